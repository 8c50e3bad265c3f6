"""What every step of a run needs: its configuration, its folder, an encoder behind the cache, and a voice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lraln_core.alignment.mining import usable
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder, open_encoder
from lraln_core.encoder.unknown_words import count_unknown
from lraln_core.errors import RunError
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.records import ParallelText, Progress, Words, WordVectors
from lraln_core.text import parallel
from lraln_core.text.corpus import Corpus, prepare_corpus

from .config import CorpusConfig, EncoderConfig, ParallelConfig, RunConfig, line_range

LOOKED_AT = 200  # sentences of a text that are looked at for words the encoder does not know
SOME_UNKNOWN, NOTHING_KNOWN = 0.1, 0.95  # shares of such words
FEW_PAIRS = 5
DIFFERENT_ROWS = 50


def encoder_of(options: EncoderConfig, own: Path | None = None) -> Encoder:
    """The encoder of a run or, for own, the one that the run saved: it ends at the layer that was used. Raises EncoderError."""
    name, layer = (str(own), -1) if own else (options.name, options.layer)
    return open_encoder(name, layer=layer, pooling=options.pooling, device=options.device, precision=options.precision)


class RunContext:
    """Reads corpora and parallel text, fetches CCWRs, and keeps what has to be said at the end."""

    def __init__(self, config: RunConfig, folder: RunFolder, workspace: Workspace, reporter: Reporter):
        self.config, self.folder, self.workspace, self.reporter = config, folder, workspace, reporter
        self.cache = CcwrCache(workspace.ccwrs)
        self.warnings: list[str] = []
        self.lost_words: dict[str, int] = {}
        self.unusable_words: dict[str, int] = {}
        reporter.stage("encoder", "Opening the encoder; a hub model is downloaded the first time")
        self.encoder = encoder_of(config.encoder)

    def corpus(self, part: CorpusConfig, side: str) -> Corpus | None:
        """A prepared monolingual corpus; None where the configuration names none."""
        if not part.corpus:
            return None
        self.reporter.stage("read", f"Reading the {side} corpus", unit="bytes")
        corpus = prepare_corpus(
            Path(part.corpus),
            part.language,
            self.workspace.corpora,
            tokenized=part.tokenized,
            column=part.column,
            limit=part.limit,
            progress=self.reporter.progress,
        )
        for warning in corpus.report.warnings():
            self.warn(f"{Path(part.corpus).name}: {warning}")
        looked_at = np.unique(np.linspace(0, len(corpus) - 1, min(LOOKED_AT, len(corpus))).astype(np.int64))
        self._require_known(corpus.words(looked_at), Path(part.corpus).name)
        return corpus

    def parallel_text(self, part: ParallelConfig, name: str) -> ParallelText:
        """Parallel sentences with gold links. Raises RunError when nothing is linked."""
        self.reporter.stage("read", f"Reading the {name} set")
        text = parallel.load(
            Path(part.parallel),
            self.config.src.language,
            self.config.trg.language,
            alignments=Path(part.alignments) if part.alignments else None,
            tokenized=part.tokenized,
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
                f"The {name} set has {len(text)} sentence pairs only: what it says is little more than chance, whatever its interval."
            )
        for side, sentences in (("source", text.src), ("target", text.trg)):
            self._require_known(sentences[:LOOKED_AT], f"the {side} side of the {name} set")
        return text

    def _require_known(self, sentences: Sequence[Words], what: str) -> None:
        """Warn of words whose script the encoder does not know. Raises RunError when nearly all are such words."""
        found = count_unknown(sentences, self.encoder.tokenizer)
        if found.share > NOTHING_KNOWN:
            raise RunError(
                f"The encoder {self.encoder.name} does not know the script of {what}: {found.unknown:,} of {found.words:,} "
                "words that were looked at are unknown to it as a whole. Choose an encoder that knows the script, add its "
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
                else "got a vector of zeros, of numbers that are none, or of numbers too large to be kept; its weights may be damaged"
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
                f"The encoder {self.encoder.name} gives all words of the {what} the same vector, so none can be told from "
                "another; its weights may be damaged. Choose another encoder or encoder.layer."
            )

    def dimension(self) -> int:
        """Dimensions of the encoder's vectors."""
        return self.cache.fetch([("a",)], self.encoder, progress=self._encoding("dimension probe")).dimension

    def warn(self, message: str) -> None:
        """Something the user should know, which does not stop the run."""
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
