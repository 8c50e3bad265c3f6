"""What every step of a run needs: its configuration and folder, the encoder behind the CCWR cache, and the progress reporter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lraln_core.alignment.similarity import usable
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder, open_encoder
from lraln_core.encoder.unknown_words import count_unknown
from lraln_core.errors import CorpusError, RunError, WorkspaceError
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.records import ParallelText, Progress, Words, WordVectors
from lraln_core.text import parallel
from lraln_core.text.corpus import Corpus, is_corpus_id, open_corpus, prepare_corpus

from .config import CorpusConfig, EncoderConfig, ParallelConfig, RunConfig, line_range
from .stored import with_precision

CHECKED_SENTENCES = 200  # of a text, in which words unknown to the encoder are counted
SOME_UNKNOWN, NOTHING_KNOWN = 0.1, 0.95  # shares of such words: for a warning, and for an error
FEW_PAIRS = 5
DIFFERENT_ROWS = 50


def encoder_of(options: EncoderConfig, own: Path | None = None, *, emulated: bool = False) -> Encoder:
    """The encoder of a run or, for own, the one that the run saved: it ends at the layer that was used. Raises EncoderError.

    emulated: the run was computed already, perhaps on a machine that has bfloat16 where this one does not.
    """
    name, layer = (str(own), -1) if own else (options.name, options.layer)
    return open_encoder(
        name,
        layer=layer,
        pooling=options.pooling,
        device=options.device,
        precision=options.precision,
        inner_depth=options.inner_depth,
        inner_weight=options.inner_weight,
        emulated=emulated,
    )


@dataclass(frozen=True)
class Sides:
    """The two monolingual corpora; None where a run has none."""

    src: Corpus | None
    trg: Corpus | None

    def both(self) -> tuple[Corpus, Corpus]:
        """Source and target corpus. Raises RunError when one is missing, which the configuration of a system rules out."""
        if self.src is None or self.trg is None:
            raise RunError("This system needs two monolingual corpora: set src.corpus and trg.corpus.")
        return self.src, self.trg


def _status_before(folder: RunFolder) -> dict[str, Any]:
    """What an interrupted run noted before it was interrupted; empty when training had not begun, so that its texts may change."""
    try:
        return folder.status() if folder.checkpoint.exists() else {}
    except WorkspaceError:
        return {}


class RunContext:
    """Reads corpora and parallel text, fetches CCWRs, and collects the warnings for the end of the run."""

    def __init__(self, config: RunConfig, folder: RunFolder, workspace: Workspace, reporter: Reporter):
        self.config, self.folder, self.workspace, self.reporter = config, folder, workspace, reporter
        self.cache = CcwrCache(workspace.ccwrs)
        self.warnings: list[str] = []
        self.lost_words: dict[str, int] = {}
        self.unusable_words: dict[str, int] = {}
        self._before = _status_before(folder)
        reporter.stage("encoder", "Opening the encoder; a hub model is downloaded the first time")
        self.encoder_options = with_precision(config.encoder, self._before.get("precision"))
        self.encoder = encoder_of(self.encoder_options, emulated=bool(self._before))
        reporter.note(precision=str(self.encoder.precision))

    def corpus(self, part: CorpusConfig, side: str) -> Corpus | None:
        """A prepared monolingual corpus; None where the configuration names none.

        side: "source" or "target". A corpus named by its id, or noted in the status of an interrupted run, is opened as it was
        prepared: its text file is neither read nor needed. Raises RunError, CorpusError, WorkspaceError.
        """
        if not part.given:
            return None
        self.reporter.stage("read", f"Reading the {side} corpus", unit="bytes")
        corpus = self._prepared(part, side) or self._prepare(part, side)
        name = Path(part.corpus).name or corpus.report.file
        for warning in corpus.report.warnings():
            self.warn(f"{name}: {warning}")
        checked = np.unique(np.linspace(0, len(corpus) - 1, min(CHECKED_SENTENCES, len(corpus))).astype(np.int64))
        self._require_known(corpus.words(checked), name)
        return corpus

    def _prepared(self, part: CorpusConfig, side: str) -> Corpus | None:
        """The corpus if the workspace holds it whole; None when it has to be prepared from its text file."""
        noted = self._before.get({"source": "src_corpus", "target": "trg_corpus"}[side])
        id = part.corpus_id or (noted if isinstance(noted, str) and is_corpus_id(noted) else "")
        if not id:
            return None
        try:
            corpus = open_corpus(self.workspace.corpora / id)
        except (CorpusError, WorkspaceError):
            if part.corpus:
                return None
            raise
        if corpus.language != part.language:
            raise RunError(f"The {side} corpus {id} is a text in {corpus.language!r}, the configuration says {part.language!r}.")
        return corpus.first(part.limit) if part.limit else corpus

    def _prepare(self, part: CorpusConfig, side: str) -> Corpus:
        corpus = prepare_corpus(
            Path(part.corpus),
            part.language,
            self.workspace.corpora,
            tokenized=part.tokenized,
            column=part.column,
            format=part.format,
            encoding=part.encoding,
            tier=part.tier,
            limit=0 if part.corpus_id else part.limit,
            progress=self.reporter.progress,
        )
        if part.corpus_id and corpus.id != part.corpus_id:
            raise RunError(
                f"The workspace does not hold the {side} corpus {part.corpus_id}, and {part.corpus} now has another content; add the "
                "corpus again and start a new run."
            )
        return corpus.first(part.limit) if part.corpus_id and part.limit else corpus

    def parallel_text(self, part: ParallelConfig, name: str) -> ParallelText:
        """Parallel sentences with gold links. Raises RunError when nothing is linked."""
        self.reporter.stage("read", f"Reading the {name} set")
        text = parallel.load(
            Path(part.parallel),
            self.config.src.language,
            self.config.trg.language,
            alignments=Path(part.alignments) if part.alignments else None,
            tokenized=part.tokenized,
            columns=parallel.column_pair(part.columns),
            trg_path=Path(part.target) if part.target else None,
            encoding=part.encoding,
        )
        wanted = line_range(part.lines, f"{name} lines")
        text = ParallelText(text.src[wanted], text.trg[wanted], text.links[wanted])
        if not text.link_count:
            raise RunError(
                f"The {name} set {part.parallel} has no aligned word pair, so nothing can be retrieved or learned from it; "
                "give other alignments, or none and it is aligned on the spot."
            )
        if len(text) < FEW_PAIRS:
            self.warn(
                f"The {name} set has {len(text)} sentence pairs only: its figures are little more than chance, whatever their interval."
            )
        for side, sentences in (("source", text.src), ("target", text.trg)):
            self._require_known(sentences[:CHECKED_SENTENCES], f"the {side} side of the {name} set")
        return text

    def _require_known(self, sentences: Sequence[Words], what: str) -> None:
        """Warn of words whose script the encoder does not know. Raises RunError when nearly all are such words."""
        found = count_unknown(sentences, self.encoder.tokenizer)
        if found.share > NOTHING_KNOWN:
            raise RunError(
                f"The encoder {self.encoder.name} does not know the script of {what}: {found.unknown:,} of {found.words:,} "
                "checked words are unknown to it as a whole. Choose an encoder that knows the script, add its "
                "subwords (command extend), or check the file and its language."
            )
        if found.share > SOME_UNKNOWN:
            self.warn(
                f"{found.share:.0%} of the words of {what} are unknown to the encoder as a whole, and their vectors say nothing; add "
                "subwords of the language (command extend), or choose another encoder."
            )

    def fetch(self, sentences: Sequence[Words], what: str = "corpus sentences") -> WordVectors:
        """CCWRs through the cache; words without a vector are counted under `what`."""
        words = self.cache.fetch(sentences, self.encoder, progress=self._encoding(what))
        if words.lost_words:
            self.lost_words[what] = max(words.lost_words, self.lost_words.get(what, 0))
        good = usable(words)
        if unusable := int((words.valid & ~good).sum()):
            self.unusable_words[what] = max(unusable, self.unusable_words.get(what, 0))
        if len(sentences) and not good.any():
            why = (
                "are past its length limit or invisible to it"
                if not words.valid.any()
                else "got a vector of zeros, of NaN, or of numbers too large for 16 bits; its weights may be damaged"
            )
            raise RunError(
                f"The encoder {self.encoder.name} gave no word of the {what} a vector that can be used: all {len(words):,} "
                f"{why}. Choose another encoder or encoder.layer, or check the text."
            )
        self._require_different(words.vectors[good][:DIFFERENT_ROWS], sentences, what)
        return words

    def _require_different(self, vectors: np.ndarray, sentences: Sequence[Words], what: str) -> None:
        """Raises RunError when all words have one and the same vector, though they are different words."""
        if len(vectors) < DIFFERENT_ROWS or len({word for words in sentences for word in words}) == 1:
            return
        if (vectors == vectors[0]).all():
            raise RunError(
                f"The encoder {self.encoder.name} gives all words of the {what} the same vector, so no two can be "
                "distinguished; its weights may be damaged. Choose another encoder or encoder.layer."
            )

    def dimension(self) -> int:
        """Dimensions of the encoder's vectors."""
        return self.cache.fetch([("a",)], self.encoder, progress=self._encoding("dimension probe")).dimension

    def warn(self, message: str) -> None:
        """Something the user should know, that does not stop the run."""
        self.warnings.append(message)
        self.reporter.event("warning", message=message)

    def _encoding(self, what: str) -> Progress:
        """Progress of an encoding; the stage begins only when a sentence is missing in the cache."""
        began = False

        def report(done: int, total: int) -> None:
            nonlocal began
            if not began:
                self.reporter.stage("encode", f"Encoding the {what}", total=total, unit="sentences")
                began = True
            self.reporter.progress(done, total)

        return report
