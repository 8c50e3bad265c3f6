"""Samples of pairs for Label Studio and Argilla, and the verdicts that people gave there.

Label Studio: a JSON list of tasks with annotations, for a project with the labelling configuration LABEL_CONFIG. Argilla: JSON lines of
records with fields, responses and metadata. The place of the pair in its two corpora is in every record, so it is known again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any

from lraln_core.errors import ConfigError
from lraln_core.evaluation.judged import ADJUDICATOR, Verdict
from lraln_core.store.database import Database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.judging.results import Standing, standing
from lraln_core.store.judging.samples import Sample
from lraln_core.store.matching import coerce
from lraln_core.store.queries.neighbours import pair_at
from lraln_core.store.queries.pairs import MinedPair, pairs_by_id
from lraln_core.store.queries.runs import one_run

VERDICTS = (Verdict.RIGHT, Verdict.SIMILAR, Verdict.WRONG, Verdict.UNSURE)
LARGEST = 64 << 20  # bytes of a file that is imported
_PLACE = ("src_corpus", "src_sentence", "src_word", "trg_corpus", "trg_sentence", "trg_word")
LABEL_CONFIG = (
    '<View>\n  <HyperText name="pair" value="$html"/>\n  <Choices name="verdict" toName="pair" choice="single" showInline="true">\n'
    + "".join(f'    <Choice value="{verdict}" hotkey="{at}"/>\n' for at, verdict in enumerate(VERDICTS, 1))
    + '  </Choices>\n  <TextArea name="note" toName="pair" maxSubmissions="1"/>\n</View>\n'
)


class AnnotationFormat(StrEnum):
    """Programs whose files are written and read."""

    LABEL_STUDIO = "label-studio"
    ARGILLA = "argilla"


def export_sample(db: Database, sample: Sample, format: AnnotationFormat | str, *, verdicts: bool = False) -> str:
    """The items of a sample in the order of judging, blind: nothing says how a pair was found. verdicts: with those given so far.

    Raises ConfigError for an unknown format.
    """
    kind: AnnotationFormat = coerce(AnnotationFormat, format, "format")
    records = []
    for run_id in sample.spec.runs:
        ids = [item.pair_id for item in sample.items if item.run_id == run_id]
        said = standing(db, run_id, ids) if verdicts else {}
        run = one_run(db, run_id)
        corpora = (run.src_corpus or "", run.trg_corpus or "")
        found = {pair.pair_id: (pair, corpora, said.get(pair.pair_id, [])) for pair in pairs_by_id(db, run_id, ids)}
        records.append((run_id, found))
    by_run = dict(records)
    items = [by_run[item.run_id][item.pair_id] for item in sample.items]
    if kind is AnnotationFormat.LABEL_STUDIO:
        return json.dumps([_task(at, *item) for at, item in enumerate(items, 1)], ensure_ascii=False, indent=1)
    return "".join(json.dumps(_record(at, *item), ensure_ascii=False) + "\n" for at, item in enumerate(items, 1))


def _facts(pair: MinedPair, corpora: tuple[str, str]) -> dict[str, Any]:
    link = pair.link
    return {
        "run": pair.run_id,
        "src_corpus": corpora[0],
        "src_sentence": pair.src_sentence,
        "src_word": link.src_word,
        "trg_corpus": corpora[1],
        "trg_sentence": pair.trg_sentence,
        "trg_word": link.trg_word,
    }


def _task(number: int, pair: MinedPair, corpora: tuple[str, str], said: Sequence[Standing]) -> dict[str, Any]:
    """A task of Label Studio (documentation: "Import pre-annotated data", "Basic Label Studio JSON format")."""
    link = pair.link
    data = _facts(pair, corpora) | {
        "src_token": link.src_token,
        "trg_token": link.trg_token,
        "src_text": pair.src_text,
        "trg_text": pair.trg_text,
        "html": "".join(
            f"<p>{_marked(*side)}</p>"
            for side in ((pair.src_words, link.src_word, link.src_token), (pair.trg_words, link.trg_word, link.trg_token))
        ),
    }
    annotations = []
    for one in said:
        result = [{"from_name": "verdict", "to_name": "pair", "type": "choices", "value": {"choices": [str(one.verdict)]}}]
        if one.note:
            result.append({"from_name": "note", "to_name": "pair", "type": "textarea", "value": {"text": [one.note]}})
        annotations.append({"completed_by": {"email": one.annotator}, "result": result})
    return {"id": number, "data": data, "annotations": annotations}


def _record(number: int, pair: MinedPair, corpora: tuple[str, str], said: Sequence[Standing]) -> dict[str, Any]:
    """A record of Argilla 2 as `Dataset.records.to_json` writes it: id, fields, metadata, responses by question."""
    link = pair.link
    src, trg = _plain(pair.src_words, link.src_word, link.src_token), _plain(pair.trg_words, link.trg_word, link.trg_token)
    fields = {"pair": f"{link.src_token} \N{EN DASH} {link.trg_token}", "src": src, "trg": trg}
    responses: dict[str, list[dict[str, str]]] = {}
    for one in said:
        responses.setdefault("verdict", []).append({"value": str(one.verdict), "user_id": one.annotator})
        if one.note:
            responses.setdefault("note", []).append({"value": one.note, "user_id": one.annotator})
    return {"id": str(number), "fields": fields, "metadata": _facts(pair, corpora), "responses": responses}


def _marked(words: Sequence[str], at: int, token: str) -> str:
    shown = words or (token,)
    at = at if words else 0
    return " ".join(f"<b>{escape(word)}</b>" if number == at else escape(word) for number, word in enumerate(shown))


def _plain(words: Sequence[str], at: int, token: str) -> str:
    shown = words or (token,)
    at = at if words else 0
    return " ".join(f"**{word}**" if number == at else word for number, word in enumerate(shown))


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    kept: int  # new verdicts
    known: int  # the annotator had given the same verdict already
    unknown: int  # the pair is in no run of the workspace


@dataclass(frozen=True)
class _Verdict:
    facts: Mapping[str, Any]
    annotator: str
    verdict: str
    note: str


def import_verdicts(db: Database, content: bytes, *, sample: str = "") -> Imported:
    """Keep the verdicts of a file of Label Studio or Argilla as judgements of their annotators. sample: its text, where it is known.

    Raises ConfigError that names the first record that cannot be read; then nothing is kept.
    """
    if len(content) > LARGEST:
        raise ConfigError(f"The file has {len(content) >> 20} MB; at most {LARGEST >> 20} MB are read.")
    found = list(_verdicts(content))
    if not found:
        raise ConfigError("The file holds no verdict; export the annotations from Label Studio as JSON, from Argilla with records.to_json.")
    kept = known = unknown = 0
    for one in found:
        pair = _pair_of(db, one.facts)
        if pair is None:
            unknown += 1
            continue
        said = standing(db, pair[0], [pair[1]]).get(pair[1], [])
        if any(other.annotator == one.annotator and other.verdict == one.verdict and other.note == one.note for other in said):
            known += 1
            continue
        judge(db, pair[0], pair[1], one.verdict, annotator=one.annotator, note=one.note, sample=sample)
        kept += 1
    return Imported(kept, known, unknown)


def _verdicts(content: bytes) -> Iterator[_Verdict]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"The file is not UTF-8 (byte {error.start}).") from error
    records: Iterable[Any]
    try:
        whole = json.loads(text)
        records = whole if isinstance(whole, list) else [whole]
    except (ValueError, RecursionError):
        records = _json_lines(text)
    for number, record in enumerate(records, 1):
        try:
            yield from _of_argilla(record) if "fields" in record else _of_label_studio(record)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise ConfigError(f"Record {number} cannot be read ({type(error).__name__}: {str(error)[:80]}).") from error


def _json_lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ConfigError(f"Line {number} of the file is not JSON: {line[:60]!r}.") from error


def _of_label_studio(task: Mapping[str, Any]) -> Iterator[_Verdict]:
    for annotation in task.get("annotations") or []:
        if annotation.get("was_cancelled"):
            continue
        chosen, note = "", ""
        for result in annotation["result"]:
            if result["from_name"] == "verdict":
                chosen = result["value"]["choices"][0]
            elif result["from_name"] == "note":
                note = " ".join(result["value"]["text"])
        if chosen:
            yield _checked(task["data"], _name(annotation.get("completed_by")), chosen, note)


def _of_argilla(record: Mapping[str, Any]) -> Iterator[_Verdict]:
    responses = record.get("responses") or {}
    notes = {_name(one.get("user_id")): str(one["value"]) for one in responses.get("note") or []}
    for one in responses.get("verdict") or []:
        name = _name(one.get("user_id"))
        yield _checked(record["metadata"], name, one["value"], notes.get(name, ""))


def _name(user: Any) -> str:
    """The name of an annotator: an e-mail address, a name, or a number."""
    if isinstance(user, Mapping):
        user = user.get("email") or user.get("username") or user.get("id")
    name = str(user or "").strip()[:80]
    if not name:
        raise ValueError("an annotation without its annotator")
    return f"user {name}" if name == ADJUDICATOR else name


def _checked(facts: Mapping[str, Any], annotator: str, verdict: Any, note: str) -> _Verdict:
    if verdict not in VERDICTS:
        raise ValueError(f"the verdict {verdict!r}")
    for name in _PLACE:
        value = facts[name]
        if not isinstance(value, str if name.endswith("_corpus") else int) or isinstance(value, bool):
            raise ValueError(name)
    return _Verdict(facts, annotator, verdict, note[:1000])


def _pair_of(db: Database, facts: Mapping[str, Any]) -> tuple[str, int] | None:
    """(run, pair) at the place: of the run that the record names, else of any run on the same corpora."""
    run = str(facts.get("run") or "")
    return pair_at(db, {name: facts[name] for name in _PLACE}, run)
