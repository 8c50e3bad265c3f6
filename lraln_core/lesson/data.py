"""The data of a lesson: sample sentences, their CCWRs and nearest neighbours, in one file of the workspace."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lraln_core.alignment.similarity import unit_rows
from lraln_core.errors import WorkspaceError
from lraln_core.files.atomic import replacing
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.records import Words, WordVectors, from_lengths
from lraln_core.text import lexicon

VERSION = 3  # raise it when the same sample files would give another lesson
CSLS_K = 10  # neighbours that CSLS averages over, as in the paper
_SIDES = ("src", "trg", "test_src", "test_trg")


@dataclass(frozen=True)
class Texts:
    """Sentences of one language with their CCWRs, one row a word in reading order."""

    language: str
    sentences: tuple[Words, ...]
    words: WordVectors

    @functools.cached_property
    def tokens(self) -> tuple[str, ...]:
        """All words in reading order."""
        return tuple(word for sentence in self.sentences for word in sentence)

    @functools.cached_property
    def vectors(self) -> np.ndarray:
        """(n, d) float32, as the encoder gave them."""
        return self.words.vectors.astype(np.float32)

    @functools.cached_property
    def units(self) -> np.ndarray:
        """(n, d) float32, length 1; zero rows stay zero."""
        return unit_rows(self.vectors)

    def place(self, row: int) -> tuple[int, int]:
        """Sentence and word index of a row."""
        return int(self.words.sentence[row]), int(self.words.position[row])

    def sentence_of(self, row: int) -> Words:
        return self.sentences[self.words.sentence[row]]


@dataclass(frozen=True)
class Nearest:
    """Nearest neighbours among all words of the lesson: rows of the other language, and cosines."""

    forward: np.ndarray  # (n,) int64, the nearest target word of every source word, by cosine
    backward: np.ndarray  # (m,) int64, the nearest source word of every target word
    similarity: np.ndarray  # (n,) float32, cosine of every source word and its nearest
    csls: np.ndarray  # (n,) int64, the nearest target word of every source word by CSLS

    @functools.cached_property
    def mutual(self) -> np.ndarray:
        """(n,) bool: source words that are the nearest of their nearest."""
        return self.backward[self.forward] == np.arange(len(self.forward))


@dataclass(frozen=True)
class Pictures:
    """The same words laid out in a plane in several ways, and random vectors laid out in one of them."""

    src: np.ndarray  # (p,) int64, rows of the source words
    trg: np.ndarray  # (q,) int64, rows of the target words
    planes: dict[str, np.ndarray]  # name -> (p + q, 2) float32; `noise` is that of random vectors


@dataclass(frozen=True)
class Part:
    """The recipe up to one part: shares of linked words whose translation is retrieved."""

    name: str  # last, mean, normalised, two_layers or glosses
    accuracy: float  # among all words of the other side
    low: float
    high: float
    inside: float  # among the words of the translated sentence


@dataclass(frozen=True)
class Recipe:
    """All parts in the order in which they are added, and some sentences with their word-by-word glosses."""

    parts: tuple[Part, ...]
    glosses: tuple[tuple[Words, Words], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"parts": [vars(part) for part in self.parts], "glosses": [list(map(list, pair)) for pair in self.glosses]}


@dataclass(frozen=True)
class Lesson:
    """One language and English, with the sentence pairs of the test."""

    src: Texts
    trg: Texts
    nearest: Nearest
    test_src: Texts
    test_trg: Texts
    links: np.ndarray  # (l, 2) int64, rows of test_src and test_trg that translate each other
    pictures: Pictures | None = None
    recipe: Recipe | None = None

    @property
    def pair(self) -> str:
        return f"{self.src.language}-{self.trg.language}"

    @functools.cached_property
    def lexicon(self) -> dict[str, set[str]]:
        """Translations of single words in lower case, from the sample data."""
        return lexicon.read(SAMPLE_DATA / "lexicon" / f"{self.pair}.tsv")

    def translates(self, src: int, trg: int) -> bool | None:
        """Whether the word list gives target row `trg` as a translation of source row `src`; None for words it lacks."""
        known = self.lexicon.get(self.src.tokens[src].lower())
        return None if known is None else self.trg.tokens[trg].lower() in known


def folder_of(pair: str, workspace: Workspace) -> RunFolder:
    """The folder of a lesson: its status, log and file."""
    return RunFolder(workspace.root / "lessons" / pair)


def file_of(pair: str, workspace: Workspace) -> Path:
    return folder_of(pair, workspace).path / "lesson.safetensors"


def sample_files(pair: str) -> tuple[Path, Path, Path, Path]:
    """The two corpora, the test sentences and their links."""
    src, trg = pair.split("-")
    corpora, parallel = SAMPLE_DATA / "corpora", SAMPLE_DATA / "parallel"
    return corpora / f"{src}.txt", corpora / f"{trg}.txt", parallel / f"{pair}.tsv", parallel / f"{pair}.pharaoh"


@functools.lru_cache(maxsize=8)
def edition(pair: str) -> str:
    """Hash of the sample files and VERSION; a lesson file with another one is prepared again."""
    digest = hashlib.blake2b(f"{VERSION}".encode(), digest_size=12)
    for path in sample_files(pair):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def save(lesson: Lesson, path: Path) -> None:
    """Write the file atomically."""
    arrays = {"links": lesson.links} | {f"nearest.{name}": getattr(lesson.nearest, name) for name in Nearest.__dataclass_fields__}
    if lesson.pictures is not None:
        arrays |= {"pictures.src": lesson.pictures.src, "pictures.trg": lesson.pictures.trg}
        arrays |= {f"plane.{name}": plane.astype(np.float32) for name, plane in lesson.pictures.planes.items()}
    texts = {}
    for side in _SIDES:
        part: Texts = getattr(lesson, side)
        arrays |= {f"{side}.vectors": part.words.vectors.astype(np.float16), f"{side}.valid": part.words.valid}
        texts[side] = {"language": part.language, "sentences": part.sentences}
    metadata = {"edition": edition(lesson.pair), "texts": json.dumps(texts, ensure_ascii=False)}
    if lesson.recipe is not None:
        metadata["recipe"] = json.dumps(lesson.recipe.to_json(), ensure_ascii=False)
    with replacing(path) as temporary:
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, temporary, metadata=metadata)


def is_ready(pair: str, workspace: Workspace) -> bool:
    """Whether the lesson was prepared from the sample files as they are now."""
    try:
        with safe_open(file_of(pair, workspace), framework="numpy") as file:
            return (file.metadata() or {}).get("edition") == edition(pair)
    except (OSError, SafetensorError):
        return False


def load(path: Path) -> Lesson:
    """Read a lesson. Raises WorkspaceError when the file is missing or damaged."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata()
            texts = json.loads(metadata["texts"])
            recipe = _recipe(json.loads(metadata["recipe"])) if "recipe" in metadata else None
            arrays = {name: file.get_tensor(name) for name in file.keys()}
        sides = {side: _texts(texts[side], arrays[f"{side}.vectors"], arrays[f"{side}.valid"]) for side in _SIDES}
        nearest = Nearest(*(arrays[f"nearest.{name}"] for name in Nearest.__dataclass_fields__))
        links = arrays["links"]
        n, m = (len(sides[side].words) for side in ("src", "trg"))
        for rows, size, limit in ((nearest.forward, n, m), (nearest.csls, n, m), (nearest.backward, m, n)):
            if rows.shape != (size,) or rows.dtype != np.int64 or not ((rows >= 0) & (rows < limit)).all():
                raise ValueError("a nearest word outside the texts")
        pictures = _pictures(arrays, n, m)
        tests = np.array([len(sides[side].words) for side in ("test_src", "test_trg")])
        if links.ndim != 2 or links.dtype != np.int64 or not ((links >= 0) & (links < tests)).all():
            raise ValueError("a link to a word outside the texts")
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise WorkspaceError(f"{path} is missing or damaged; prepare the lesson again.") from error
    return Lesson(sides["src"], sides["trg"], nearest, sides["test_src"], sides["test_trg"], arrays["links"], pictures, recipe)


def _pictures(arrays: dict[str, np.ndarray], n: int, m: int) -> Pictures | None:
    """The planes of a lesson file; None when it has none. Raises ValueError when they do not fit the words."""
    planes = {name.removeprefix("plane."): array for name, array in arrays.items() if name.startswith("plane.")}
    if not planes:
        return None
    src, trg = arrays["pictures.src"], arrays["pictures.trg"]
    for rows, limit in ((src, n), (trg, m)):
        if rows.ndim != 1 or rows.dtype != np.int64 or not ((rows >= 0) & (rows < limit)).all():
            raise ValueError("a point outside the texts")
    if any(plane.shape != (len(src) + len(trg), 2) or not np.isfinite(plane).all() for plane in planes.values()):
        raise ValueError("a plane of another size")
    return Pictures(src, trg, planes)


def _recipe(values: dict[str, Any]) -> Recipe:
    """The inverse of Recipe.to_json. Raises KeyError, TypeError, ValueError for other values."""
    parts = tuple(
        Part(str(part["name"]), *(float(part[name]) for name in ("accuracy", "low", "high", "inside"))) for part in values["parts"]
    )
    return Recipe(parts, tuple((tuple(map(str, real)), tuple(map(str, gloss))) for real, gloss in values["glosses"]))


def _texts(values: dict, vectors: np.ndarray, valid: np.ndarray) -> Texts:
    sentences = tuple(tuple(words) for words in values["sentences"])
    lengths = [len(words) for words in sentences]
    if sum(lengths) != len(vectors):
        raise ValueError("words and vectors differ in number")
    return Texts(values["language"], sentences, from_lengths(vectors, lengths, valid))
