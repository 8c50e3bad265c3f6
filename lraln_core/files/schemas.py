"""What the result files hold: the schema of every Parquet file and the shape of the JSON documents, for writers and readers alike.

Positions of sentences and words count from 0. A reader asks for the columns it needs and gets them in the types given here,
also from files of older versions that stored smaller integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import pyarrow as pa
import pyarrow.parquet as pq

from .atomic import replacing

COMPRESSION = "zstd"
DIRECTIONS = ("src2trg", "trg2src")  # of word retrieval
MOMENTS = ("before", "after")  # alignment
_WORDS = pa.list_(pa.string())

# corpora/<id>/sentences.parquet
SENTENCES = pa.schema(
    [
        ("position", pa.int64()),
        ("line", pa.int64()),  # of the text file, from 1
        ("text", pa.string()),
        ("words", _WORDS),
    ]
)

# the same for a text with interlinear glosses: one a word, "" where it has none
GLOSSED_SENTENCES = SENTENCES.append(pa.field("glosses", _WORDS))

# runs/<id>/pairs-NNNN.parquet: the word pairs mined in one iteration; sentences are positions in the two corpora
PAIRS = pa.schema(
    [
        ("iteration", pa.int32()),
        ("src_sentence", pa.int64()),
        ("src_word", pa.int32()),
        ("src_token", pa.string()),
        ("trg_sentence", pa.int64()),
        ("trg_word", pa.int32()),
        ("trg_token", pa.string()),
        ("similarity", pa.float32()),
        ("forward", pa.bool_()),
        ("backward", pa.bool_()),
    ]
)
PLACE = ("src_sentence", "src_word", "trg_sentence", "trg_word")
"""The columns that say where a word pair stands in its two corpora."""

PAIR_COLUMNS = (*PLACE, "similarity", "forward", "backward")
"""The columns of a mined pair that `records.WordPairs` holds, in its order."""

# runs/<id>/type-pairs.parquet: for each source word type its best target type by CSLS, best first; expected_precision is null where
# too few words of known translation calibrate it
TYPE_PAIRS = pa.schema(
    [
        ("src_word", pa.string()),
        ("trg_word", pa.string()),
        ("src_count", pa.int64()),
        ("trg_count", pa.int64()),
        ("similarity", pa.float32()),
        ("csls", pa.float32()),
        ("mutual", pa.bool_()),
        ("expected_precision", pa.float32()),
    ]
)

# runs/<id>/pair-scores.parquet: each distinct place of the mined pairs once, scored with the final maps (evaluation/pair_scores.py)
PAIR_SCORES = pa.schema(
    [
        ("src_sentence", pa.int64()),
        ("src_word", pa.int32()),
        ("trg_sentence", pa.int64()),
        ("trg_word", pa.int32()),
        ("cosine_before", pa.float32()),  # of the CCWRs as the encoder gives them
        ("cosine", pa.float32()),  # of the mapped CCWRs, as all that follow
        ("csls", pa.float32()),
        ("src_hubness", pa.float32()),  # 1 is the average
        ("trg_hubness", pa.float32()),
        ("alike", pa.int8()),  # spelling: evaluation.spelling.Alike
        ("in_lexicon", pa.bool_()),  # the lexicon has this pair; null where it does not know both words
        ("src_frequent", pa.bool_()),  # among the most frequent words of its corpus, mostly function words
        ("trg_frequent", pa.bool_()),
    ]
)
SCORES = tuple(name for name in PAIR_SCORES.names if name not in PLACE)
"""The columns of PAIR_SCORES that say something of a place."""

# runs/<id>/score-reference.parquet: the words of each language that stand for all in the neighbourhoods of CSLS and in hubness
SCORE_REFERENCE = pa.schema(
    [
        ("side", pa.string()),  # src or trg
        ("sentence", pa.int64()),
        ("word", pa.int32()),
        *((f"{name}_{when}", pa.float32()) for when in MOMENTS for name in ("r", "limit")),  # evaluation.pair_scores.Reference
    ]
)

# runs/<id>/test.parquet: the sentence pairs of the test set
TEST_SENTENCES = pa.schema([("position", pa.int64()), ("src_words", _WORDS), ("trg_words", _WORDS)])

# runs/<id>/retrieval.parquet: one row a gold link; answers are -1 where no word had a vector
RETRIEVAL = pa.schema(
    [
        ("src_sentence", pa.int64()),
        ("src_word", pa.int32()),
        ("src_token", pa.string()),
        ("trg_sentence", pa.int64()),
        ("trg_word", pa.int32()),
        ("trg_token", pa.string()),
        *((f"hit_{when}_{direction}", pa.bool_()) for when in MOMENTS for direction in DIRECTIONS),
        *(
            (f"answer_{when}_{direction}_{part}", pa.int32())
            for when in MOMENTS
            for direction in DIRECTIONS
            for part in ("sentence", "word")
        ),
    ]
)

# runs/<id>/predictions.parquet and predictions-base.parquet: tagged test sentences; protocol is how the tagger was selected
PREDICTIONS = pa.schema(
    [
        ("split", pa.string()),
        ("protocol", pa.string()),
        ("position", pa.int64()),
        ("words", _WORDS),
        ("gold", _WORDS),
        ("predicted", _WORDS),
    ]
)

# runs/<id>/pseudo-labels.parquet: entities that a tagger found in unlabelled text; words start to stop - 1 of the sentence
PSEUDO_LABELS = pa.schema(
    [
        ("sentence", pa.int64()),
        ("words", _WORDS),
        ("start", pa.int64()),
        ("stop", pa.int64()),
        ("type", pa.string()),
        ("confidence", pa.float64()),  # lowest probability of a tag of its words
        ("consistency", pa.float64()),  # lowest share of neighbours with the same tag; null where it was not asked for
        ("agreed", pa.bool_()),  # both taggers trained on different data found it
        ("dropped", pa.bool_()),  # by the denoiser
    ]
)

NEARNESS = ("csls", "cosine")
# runs/<id>/projection-<key>.parquet: near_* are point numbers in the other language, nearest first, similarity_* their cosines
PROJECTION_POINTS = pa.schema(
    [
        ("side", pa.string()),  # src or trg
        ("sentence", pa.int64()),
        ("word", pa.int64()),
        ("token", pa.string()),
        ("words", _WORDS),
        *(
            field
            for when in MOMENTS
            for nearness in NEARNESS
            for field in (
                (f"near_{nearness}_{when}", pa.list_(pa.int64())),
                (f"similarity_{nearness}_{when}", pa.list_(pa.float32())),
            )
        ),
    ]
)

# runs/<id>/projection-<key>-<method>.parquet: coordinates of the points
PROJECTION_PLANE = pa.schema([(f"{axis}_{when}", pa.float32()) for when in MOMENTS for axis in ("x", "y")])

# what an export of mined pairs holds (TSV, Parquet)
EXPORTED_PAIRS = pa.schema(
    [
        ("run_id", pa.string()),
        ("pair_id", pa.int64()),
        ("iteration", pa.int32()),
        ("src_token", pa.string()),
        ("trg_token", pa.string()),
        ("similarity", pa.float32()),
        ("forward", pa.bool_()),
        ("backward", pa.bool_()),
        ("multi", pa.bool_()),  # the sentence pair has several pairs in that iteration
        ("src_sentence", pa.int64()),
        ("src_word", pa.int32()),
        ("trg_sentence", pa.int64()),
        ("trg_word", pa.int32()),
        ("src_words", _WORDS),
        ("trg_words", _WORDS),
        ("src_text", pa.string()),
        ("trg_text", pa.string()),
        # under the final maps; null where the run was not scored
        ("cosine_before", pa.float32()),
        ("cosine", pa.float32()),
        ("csls", pa.float32()),
        ("src_hubness", pa.float32()),
        ("trg_hubness", pa.float32()),
    ]
)


class Status(TypedDict, total=False):
    """status.json of a run or a job; an absent key was not known yet."""

    state: str  # run_folder.State
    stage: str
    done: int
    total: int
    unit: str
    rate: float | None  # units a second
    seconds_left: float | None
    message: str
    error: str | None
    started: str  # ISO 8601 in UTC, as `updated`
    updated: str
    pid: int
    versions: dict[str, str]  # of the libraries
    src_corpus: str | None  # ids of the corpora the run reads
    trg_corpus: str | None
    dashboard: str  # address of the Ray dashboard, where one runs


class MetricRow(TypedDict):
    """One row of metrics.json."""

    step: int
    split: str  # test or development
    direction: str  # src2trg, trg2src or mean
    name: str  # retrieval_accuracy
    when: str  # before or after
    value: float
    low: float
    high: float


class Summary(TypedDict):
    """summary.json, written last by a run that finished."""

    id: str
    name: str
    system: str
    seed: int
    src_language: str
    trg_language: str
    src_corpus: str | None
    trg_corpus: str | None
    encoder: str
    own_encoder: bool  # the run trained the encoder itself
    iterations: int
    mined_pairs: int
    steps: int
    best_step: int
    scoring: str
    seconds: dict[str, float]  # by stage
    sentences_encoded: int
    retrieval: dict[str, Any] | None  # before, after, change of the test set
    development: dict[str, Any] | None
    lost_words: dict[str, int]
    warnings: list[str]
    run_dir: str


def build(columns: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """A table with the columns of `schema` from arrays or lists by name. Raises pyarrow errors for what does not fit."""
    return pa.table(dict(columns), schema=schema)


def write(path: Path, columns: Mapping[str, Any], schema: pa.Schema) -> None:
    """Write a Parquet file atomically. Raises WorkspaceError when the file cannot be written."""
    with replacing(path) as temporary:
        pq.write_table(build(columns, schema), temporary, compression=COMPRESSION)


def read(path: Path, schema: pa.Schema, columns: Sequence[str] | None = None, **options: Any) -> pa.Table:
    """The columns of a Parquet file (all of `schema` by default), in the types of `schema`; options go to pyarrow's `read_table`.

    Raises OSError, KeyError or pa.ArrowException when the file is missing, damaged or lacks a column.
    """
    wanted = subset(schema, columns or schema.names)
    return pq.read_table(path, columns=wanted.names, **options).select(wanted.names).cast(wanted)


def subset(schema: pa.Schema, columns: Sequence[str]) -> pa.Schema:
    """The fields of these columns, in this order."""
    return pa.schema([schema.field(name) for name in columns])
