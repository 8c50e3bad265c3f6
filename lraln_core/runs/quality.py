"""Quality figures of a finished run: retrieval by kinds of words, and mined pairs judged by a lexicon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lraln_core.evaluation import breakdown, lexicon
from lraln_core.evaluation.breakdown import Band, GoldWords
from lraln_core.evaluation.retrieval import RetrievalResult
from lraln_core.files import schemas
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder
from lraln_core.records import ParallelText
from lraln_core.text import lexicon as lexicon_file
from lraln_core.text.corpus import Corpus

from .context import RunContext
from .pair_source import CHUNK_SENTENCES

LEXICON_COLUMNS = ["iteration", "src_sentence", "trg_sentence", "src_token", "trg_token", "similarity"]


def retrieval_bands(
    context: RunContext, text: ParallelText, corpus: Corpus | None, before: RetrievalResult, after: RetrievalResult
) -> list[Band]:
    """Test words of the low-resource side by class, frequency and subwords."""
    gold = text.pairs()
    found = [(result.src2trg_hits.astype(float) + result.trg2src_hits) / 2 for result in (before, after)]
    counts = None
    if corpus is not None:
        counts = breakdown.count_types(())
        for start in range(0, len(corpus), CHUNK_SENTENCES):
            counts += breakdown.count_types(corpus.words(np.arange(start, min(start + CHUNK_SENTENCES, len(corpus)))))
            context.reporter.check()
    return breakdown.breakdown(
        GoldWords(text.src, gold.src_sentence, gold.src_word, *found),
        counts=counts,
        subwords=context.encoder.subword_counts(text.src),
        bootstrap_samples=context.config.evaluation.bootstrap_samples,
        rng=rng_for(context.config.seed, "breakdown"),
    )


def mined_quality(folder: RunFolder, lexicon_path: str) -> dict[str, Any] | None:
    """Unique types, sentence pairs with several word pairs and, by the lexicon if there is one, precision overall, by iteration and
    by similarity. None without mined pairs. Raises CorpusError for a lexicon that cannot be read."""
    files = folder.pair_files()
    if not files:
        return None
    pairs = pd.concat([schemas.read(path, schemas.PAIRS, LEXICON_COLUMNS).to_pandas() for path in files], ignore_index=True)
    types, groups = lexicon.unique_types(pairs), lexicon.sentence_pairs(pairs)
    figures: dict[str, Any] = {
        "pairs": len(pairs),
        "types": {"src": types.src, "trg": types.trg, "pairs": types.pairs},
        "sentence_pairs": groups.total,
        "several_pairs": groups.several,
        "several_share": groups.several_share,
        "lexicon": None,
    }
    if lexicon_path:
        entries = lexicon_file.read(Path(lexicon_path))
        bands = lexicon.precision_by_similarity(pairs, entries, lexicon.similarity_edges(pairs))
        figures["lexicon"] = {
            "file": Path(lexicon_path).name,
            "overall": lexicon.precision(pairs, entries).figures(),
            "by_iteration": {str(number): one.figures() for number, one in lexicon.precision_by_iteration(pairs, entries).items()},
            "by_similarity": [{"low": low, "high": high} | one.figures() for low, high, one in bands],
        }
    return figures
