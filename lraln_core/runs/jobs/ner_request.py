"""What an NER test of a finished run is asked to do, and where its results lie in the run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.errors import ConfigError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import SAMPLE_DATA

JOB = "ner"
TRAINING_LANGUAGE = "en"  # where there are tagged sentences, as in the paper


@dataclass(frozen=True)
class NerRequest:
    """IOB2 files: training text of one language of the run, test text of the other; the development files are optional."""

    train: str
    train_language: str
    test: str
    language: str
    development: str = ""  # of the test language; chooses the epoch as the paper does
    train_development: str = ""  # of the training language; decides how many epochs are averaged

    def command(self, run: RunFolder) -> list[str]:
        """The arguments of `ner` for this test."""
        optional = (("--dev", self.development), ("--train-dev", self.train_development))
        return [
            "ner",
            "--run-dir",
            str(run.path),
            "--train",
            self.train,
            "--train-lang",
            self.train_language,
            "--test",
            self.test,
            "--lang",
            self.language,
            *(part for option, path in optional if path for part in (option, path)),
        ]


def languages_of(config: dict[str, Any]) -> tuple[str, str]:
    """(training language, test language) of a run: English teaches if it is one of the two, else the target language."""
    src, trg = (str((config.get(side) or {}).get("language", "")) for side in ("src", "trg"))
    return (src, trg) if src == TRAINING_LANGUAGE != trg else (trg, src)


def sample_request(train_language: str, language: str) -> NerRequest | None:
    """The project's own tagged sentences; None where it has none for these languages."""
    file = lambda code, part: str(SAMPLE_DATA / "ner" / f"{code}.{part}.conll")
    request = NerRequest(
        file(train_language, "train"), train_language, file(language, "test"), language, file(language, "dev"), file(train_language, "dev")
    )
    needed = (request.train, request.test, request.development, request.train_development)
    return request if train_language != language and all(Path(path).is_file() for path in needed) else None


def require_languages(run_languages: tuple[str, str], request: NerRequest) -> None:
    """Raises ConfigError when the run has no map for a language of the request."""
    for code in (request.train_language, request.language):
        if code not in run_languages:
            raise ConfigError(f"The run is about {run_languages[0]!r} and {run_languages[1]!r}; there is no map for {code!r}.")
