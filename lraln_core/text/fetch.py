"""Texts from the Hugging Face hub, or a folder with the same layout: plain files and Parquet only, no code of a data set is run.

Source and licence are recorded beside every file, in NAME.source.json.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import langcodes
import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.errors import CorpusError
from lraln_core.files.atomic import disk_errors, replacing, write_json

from . import iob2
from .formats.sentences import split_sentences
from .iob2 import TaggedSentence
from .languages import get_language

_NER_TAGS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-DATE", "I-DATE")
_SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class DataSet:
    """Where a data set lies on the hub, its licence, and the function that writes its files."""

    repository: str
    licence: str
    make: Callable[[Source, str, Path, int], list[Path]]
    revision: str = "main"


@dataclass(frozen=True)
class Source:
    """The files of one repository, on the hub or in a folder that has the same layout (FOLDER/REPOSITORY/FILE)."""

    folder: Path | None
    repository: str
    revision: str

    def file(self, name: str) -> Path:
        """A local copy of one file. Raises CorpusError where it cannot be had."""
        if self.folder is not None:
            path = self.folder / self.repository / name
            if not path.is_file():
                raise CorpusError(f"Cannot find {path}; check the language and the folder.")
            return path
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

        place = f"{name} of {self.repository}"
        try:
            return Path(hf_hub_download(self.repository, name, repo_type="dataset", revision=self.revision))
        except GatedRepoError as error:
            raise CorpusError(
                f"{place} is given to registered users only: accept its conditions on huggingface.co, then log in (hf auth login)."
            ) from error
        except (LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError) as error:
            raise CorpusError(f"Cannot reach the hub for {place}; fetching needs a network (and HF_HUB_OFFLINE unset).") from error
        except EntryNotFoundError as error:
            raise CorpusError(f"The hub has no file {place}; the data set may lack this language.") from error
        except HfHubHTTPError as error:
            raise CorpusError(f"The hub refuses {place} ({error}).") from error

    def rows(self, name: str, columns: list[str]) -> Iterator[dict[str, Any]]:
        """The rows of a Parquet file. Raises CorpusError for damage and missing columns."""
        path = self.file(name)
        try:
            with pq.ParquetFile(path) as file:
                missing = set(columns) - set(file.schema_arrow.names)
                if missing:
                    raise CorpusError(f"{name} of {self.repository} has no column {sorted(missing)[0]!r}.")
                for batch in file.iter_batches(1000, columns=columns):
                    yield from batch.to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise CorpusError(f"{name} of {self.repository} is damaged ({error}); fetch it again.") from error


def fetch(name: str, language: str, folder: Path, *, sentences: int = 0, source: Path | None = None) -> list[Path]:
    """Write a data set of DATA_SETS into `folder` and return its files; `sentences` limits running text (0: all).

    source is a folder with the layout of the hub, instead of the hub.
    Raises CorpusError (unknown name, no network, no such language, damage), LanguageError, WorkspaceError (disk).
    """
    if name not in DATA_SETS:
        raise CorpusError(f"Unknown data set {name[:40]!r}; choose one of {', '.join(DATA_SETS)}.")
    code = get_language(language).code
    data_set = DATA_SETS[name]
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written = data_set.make(Source(source, data_set.repository, data_set.revision), language, folder, sentences)
    origin = {"data_set": name, "repository": data_set.repository, "revision": data_set.revision, "licence": data_set.licence}
    for path in written:
        write_json(path.with_name(f"{path.name}.source.json"), origin | {"language": code})
    return written


def _flores(source: Source, language: str, folder: Path, limit: int) -> list[Path]:
    """Two files, one a side, line i with line i."""
    code = _flores_code(language)
    paths = []
    for side in (code, "eng_Latn"):
        found = (str(row["text"]) for row in source.rows(f"devtest/{side}.parquet", ["text"]))
        paths.append(_write_lines(folder / f"flores.devtest.{side}.txt", found, limit))
    return paths


def _ner(source: Source, code: str, files: str, folder: Path, name: str) -> list[Path]:
    paths = []
    for split in _SPLITS:
        tagged = []
        for row in source.rows(files.format(split=split), ["tokens", "ner_tags"]):
            if any(not 0 <= tag < len(_NER_TAGS) for tag in row["ner_tags"]) or len(row["tokens"]) != len(row["ner_tags"]):
                raise CorpusError(f"{split} of {source.repository} has a sentence whose tags do not fit: {str(row['tokens'])[:60]}.")
            words = tuple("_".join(str(token).split()) or "_" for token in row["tokens"])
            tagged.append(TaggedSentence(words, tuple(_NER_TAGS[tag] for tag in row["ner_tags"])))
        path = folder / f"{name}.{code}.{split}.iob2"
        iob2.write(path, tagged)
        paths.append(path)
    return paths


def _masakhaner(source: Source, language: str, folder: Path, limit: int) -> list[Path]:
    code = _iso_639_3(language)
    return _ner(source, code, f"{code}/{{split}}/0000.parquet", folder, "masakhaner2")


def _wikiann(source: Source, language: str, folder: Path, limit: int) -> list[Path]:
    code = get_language(language).code
    return _ner(source, code, f"{code}/{{split}}-00000-of-00001.parquet", folder, "wikiann")


def _wikipedia(source: Source, language: str, folder: Path, limit: int) -> list[Path]:
    code = get_language(language).code

    def found() -> Iterator[str]:
        for row in source.rows(f"20231101.{code}/train-00000-of-00001.parquet", ["text"]):
            for paragraph in str(row["text"]).split("\n"):
                if paragraph.strip():
                    yield from split_sentences(paragraph.strip(), code)

    return [_write_lines(folder / f"wikipedia.{code}.txt", found(), limit)]


def _tatoeba(source: Source, language: str, folder: Path, limit: int) -> list[Path]:
    code = _FLORES_INDIVIDUAL.get(get_language(language).base, _iso_639_3(language))
    rows = source.rows(f"{code}-eng/test/0000.parquet", ["sentence1", "sentence2"])
    lines = ("\t".join(" ".join(str(row[side]).split()) for side in ("sentence1", "sentence2")) for row in rows)
    return [_write_lines(folder / f"tatoeba.{code}-eng.tsv", lines, limit)]


def _write_lines(path: Path, lines: Iterable[str], limit: int = 0) -> Path:
    """One sentence a line, at most `limit` (0: all). Raises CorpusError where there is none; no file is written then."""
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        count = 0
        for line in itertools.islice(lines, limit or None):
            file.write(f"{' '.join(line.split(chr(10)))}\n")
            count += 1
        if not count:
            raise CorpusError(f"The data set holds no sentence for {path.name}.")
    return path


def _flores_code(language: str) -> str:
    """FLORES writes ISO 639-3 and script; a language without a script in its code takes its usual one."""
    if re.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", language):
        return language
    maximal = langcodes.Language.get(get_language(language).code).maximize()
    return f"{_FLORES_INDIVIDUAL.get(maximal.language or '', maximal.to_alpha3())}_{maximal.script}"


# FLORES names individual languages where CLDR counts the macrolanguage.
_FLORES_INDIVIDUAL = {"sw": "swh", "ne": "npi", "fa": "pes", "ar": "arb", "mg": "plt", "om": "gaz", "az": "azj", "ms": "zsm", "mn": "khk"}


def _iso_639_3(language: str) -> str:
    return langcodes.Language.get(get_language(language).base).to_alpha3()


_CONVERTED = "refs/convert/parquet"  # where the hub keeps every data set as Parquet, SUBSET/SPLIT/0000.parquet
DATA_SETS: dict[str, DataSet] = {
    "flores": DataSet("openlanguagedata/flores_plus", "CC BY-SA 4.0", _flores),
    "masakhaner2": DataSet("masakhane/masakhaner2", "AFL 3.0", _masakhaner, _CONVERTED),
    "wikiann": DataSet("unimelb-nlp/wikiann", "see the data set's page", _wikiann),
    "wikipedia": DataSet("wikimedia/wikipedia", "CC BY-SA and GFDL", _wikipedia),
    "tatoeba": DataSet("mteb/tatoeba-bitext-mining", "CC BY 2.0 FR", _tatoeba, _CONVERTED),
}
