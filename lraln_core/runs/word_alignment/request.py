"""What the job behind the page Word alignment is asked to do. Loads no model library, so that the app can make one."""

from __future__ import annotations

from dataclasses import dataclass

from lraln_core.files.run_folder import RunFolder

JOB = "word-alignment"
MOST_PAIRS = 1000  # sentence pairs of a text that are stored
USUAL_PAIRS = 200
TYPED_KEPT = 20  # typed sentence pairs that are kept
LONGEST_TYPED = 1000  # characters


@dataclass(frozen=True)
class SimilarityRequest:
    """Sentence pairs of a file, typed ones, or, with neither, the test set of the run."""

    parallel: str = ""
    alignments: str = ""
    tokenized: bool = False
    src_text: str = ""
    trg_text: str = ""
    pairs: int = USUAL_PAIRS

    @property
    def typed(self) -> bool:
        return bool(self.src_text or self.trg_text)

    def command(self, run: RunFolder) -> list[str]:
        """The arguments of the command `similarities`. Typed text is joined to its option, or a leading hyphen would be one."""
        arguments = ["similarities", "--run-dir", str(run.path), "--pairs", str(self.pairs), "--quiet"]
        if self.typed:
            return [*arguments, f"--src-text={self.src_text}", f"--trg-text={self.trg_text}"]
        if self.parallel:
            arguments += ["--parallel", self.parallel]
            arguments += ["--alignments", self.alignments] * bool(self.alignments) + ["--tokenized"] * self.tokenized
        return arguments
