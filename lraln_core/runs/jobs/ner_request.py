"""What an NER test is asked to do: one record for the command line, the page NER, jobs and suites. Loads no model library."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.errors import ConfigError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs.options import options

from .ner_options import AdaptationConfig

JOB = "ner"
TRAINING_LANGUAGE = "en"  # has tagged sentences, as in the paper
STANDARDIZED = "standardized"
BOOTSTRAP_SAMPLES = 1000


@dataclass(frozen=True)
class NerRequest:
    """One zero-shot NER test: IOB2 files, training text of one language and test text of another, and how the tagger is trained.

    The command line, the page NER, the job on a run and the suites all describe a test by this record.
    """

    train: str
    train_language: str
    test: str
    language: str
    development: str = ""  # of the test language; chooses the epoch as the paper does
    train_development: str = ""  # of the training language; decides how many epochs are averaged
    preset: str = STANDARDIZED  # options of the tagger: STANDARDIZED, or the paper's
    epochs: int | None = None  # instead of the preset's
    learning_rate: float | None = None  # instead of the preset's
    bootstrap_samples: int = BOOTSTRAP_SAMPLES
    encoding: str = ""  # of the files, where it is not UTF-8
    scheme: str = ""  # of their tags, where it is not to be told from them
    tag_column: int = 0  # from 1; 0 for the last one that holds tags in every line
    sources: tuple[str, ...] = ()  # CODE=FILE: more tagged sentences to train on, of any language
    unlabelled: str = ""  # text of the test language to learn from; where none is given, the words of `development` or `test`
    adaptation: AdaptationConfig | None = None  # None: unlabelled text is not used

    def command(self, run: RunFolder) -> list[str]:
        """The arguments of the command `ner` for this test of a run; options with their default value are left out."""
        arguments = ["ner", "--run-dir", str(run.path)]
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "sources":
                for source in value:
                    arguments += [FLAGS["sources"], source]
            elif field.name == "adaptation":
                arguments += [] if value is None else [LEARN, *_flags(value)]
            elif value != field.default:
                arguments += [FLAGS[field.name], str(value)]
        return arguments


FLAGS = {
    "train": "--train",
    "train_language": "--train-lang",
    "test": "--test",
    "language": "--lang",
    "development": "--dev",
    "train_development": "--train-dev",
    "preset": "--preset",
    "epochs": "--epochs",
    "learning_rate": "--learning-rate",
    "bootstrap_samples": "--bootstrap-samples",
    "encoding": "--encoding",
    "scheme": "--format",
    "tag_column": "--tag-column",
    "sources": "--source",
    "unlabelled": "--unlabelled",
}
LEARN = "--learn"


def _flags(config: AdaptationConfig) -> list[str]:
    """Options of the adaptation that are not their default, for the command line."""
    flags = []
    for name, declared in options(AdaptationConfig).items():
        value = getattr(config, name)
        if value != declared.default:
            flag = name.replace("_", "-")
            # one word, because argparse takes a negative number for an option
            flags.append(f"--{'' if value else 'no-'}{flag}" if declared.kind is bool else f"--{flag}={value}")
    return flags


def languages_of(config: dict[str, Any]) -> tuple[str, str]:
    """(training language, test language) of a run: English if it is one of the two, else the target language, is trained on."""
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


def sample_sources() -> dict[str, Path]:
    """Tagged sentences of the project by language, to train on besides English: the development parts, never the test parts."""
    return {path.name.split(".")[0]: path for path in sorted((SAMPLE_DATA / "ner").glob("*.dev.conll"))}


def require_languages(run_languages: tuple[str, str], request: NerRequest) -> None:
    """Raises ConfigError when the run has no map for a language of the request."""
    for code in (request.train_language, request.language):
        if code not in run_languages:
            raise ConfigError(f"The run is about {run_languages[0]!r} and {run_languages[1]!r}; there is no map for {code!r}.")
