"""What every step of a run needs: its configuration, its folder, an encoder behind the cache, and a voice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..encoder.ccwr_cache import CcwrCache
from ..encoder.registry import Encoder, open_encoder
from ..errors import RunError
from ..records import ParallelText, Progress, Words, WordVectors
from ..text import parallel
from ..text.corpus import Corpus, prepare_corpus
from ..workspace import Workspace
from .config import CorpusConfig, EncoderConfig, ParallelConfig, RunConfig, line_range
from .folder import RunFolder
from .reporter import Reporter


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
        reporter.stage("encoder", "Opening the encoder; a hub model is downloaded the first time")
        self.encoder = encoder_of(config.encoder)

    def corpus(self, part: CorpusConfig, side: str) -> Corpus | None:
        """A prepared monolingual corpus; None where the configuration names none."""
        if not part.corpus:
            return None
        self.reporter.stage("read", f"Reading the {side} corpus", unit="bytes")
        corpus = prepare_corpus(
            Path(part.corpus), part.language, self.workspace.corpora, tokenized=part.tokenized, column=part.column,
            limit=part.limit, progress=self.reporter.progress,
        )
        for warning in corpus.report.warnings():
            self.warn(f"{Path(part.corpus).name}: {warning}")
        return corpus

    def parallel_text(self, part: ParallelConfig, name: str) -> ParallelText:
        """Parallel sentences with gold links. Raises RunError when nothing is linked."""
        self.reporter.stage("read", f"Reading the {name} set")
        text = parallel.load(
            Path(part.parallel), self.config.src.language, self.config.trg.language,
            alignments=Path(part.alignments) if part.alignments else None, tokenized=part.tokenized,
        )
        wanted = line_range(part.lines, f"{name} lines")
        text = ParallelText(text.src[wanted], text.trg[wanted], text.links[wanted])
        if not text.link_count:
            raise RunError(f"The {name} set {part.parallel} has no aligned word pair, so nothing can be retrieved or learned from it.")
        return text

    def fetch(self, sentences: Sequence[Words], what: str = "corpus sentences") -> WordVectors:
        """CCWRs through the cache; words without a vector are counted under `what`."""
        words = self.cache.fetch(sentences, self.encoder, progress=self._encoding(what))
        if words.lost_words:
            self.lost_words[what] = max(words.lost_words, self.lost_words.get(what, 0))
        return words

    def dimension(self) -> int:
        """Dimensions of the encoder's vectors."""
        return self.fetch([("a",)], "dimension probe").dimension

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
