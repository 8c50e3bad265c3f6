"""Samples for Label Studio and Argilla: blind, and read back with the verdicts given there."""

from __future__ import annotations

import json

import pytest

from lraln_core.errors import ConfigError
from lraln_core.exchange.annotation_files import LABEL_CONFIG, Imported, export_sample, import_verdicts
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.judging.results import ADJUDICATED, agreement_of_run, precision_of_run
from lraln_core.store.judging.review import disputed, guidelines, queue, write_guidelines
from lraln_core.store.judging.samples import SampleSpec, draw
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.sync import sync
from tests.store.store_folders import verdicts_of, write_sample


@pytest.fixture
def db(workspace):
    write_sample(workspace)
    database = open_database(workspace)
    sync(database, workspace)
    yield database
    database.close()


@pytest.fixture
def sample(db):
    return draw(db, SampleSpec(PairFilter("run-1"), size=3))


def test_label_studio_tasks_are_blind_and_come_back(db, sample) -> None:
    tasks = json.loads(export_sample(db, sample, "label-studio"))
    assert len(tasks) == 3 and all(task["annotations"] == [] for task in tasks)
    assert not {"similarity", "forward", "iteration"} & set(tasks[0]["data"]) and "<b>" in tasks[0]["data"]["html"]
    choice = {"from_name": "verdict", "to_name": "pair", "type": "choices", "value": {"choices": ["wrong"]}}
    note = {"from_name": "note", "to_name": "pair", "type": "textarea", "value": {"text": ["far", "off"]}}
    tasks[0]["annotations"] = [{"completed_by": {"email": "ana@x"}, "result": [choice, note]}, {"completed_by": 7, "result": [choice]}]
    tasks[1]["annotations"] = [{"completed_by": 7, "result": [choice], "was_cancelled": True}]
    content = json.dumps(tasks).encode()
    assert import_verdicts(db, content, sample=sample.spec.text()) == Imported(2, 0, 0)
    first = sample.items[0].pair_id
    assert verdicts_of(db) == [(first, "7", "wrong", ""), (first, "ana@x", "wrong", "far off")]
    assert import_verdicts(db, content) == Imported(0, 2, 0)  # nothing twice
    again = json.loads(export_sample(db, sample, "label-studio", verdicts=True))
    assert len(again[0]["annotations"]) == 2
    assert 'name="verdict"' in LABEL_CONFIG and "$html" in LABEL_CONFIG


def test_argilla_records_come_back(db, sample) -> None:
    judge(db, "run-1", sample.items[0].pair_id, "right", annotator="ana", note="sure")
    lines = export_sample(db, sample, "argilla", verdicts=True).splitlines()
    records = [json.loads(line) for line in lines]
    assert records[0]["responses"] == {"verdict": [{"value": "right", "user_id": "ana"}], "note": [{"value": "sure", "user_id": "ana"}]}
    assert records[0]["fields"]["src"].count("**") == 2
    records[1]["responses"] = {"verdict": [{"value": "similar", "user_id": "ben"}]}
    content = "\n".join(map(json.dumps, records)).encode()
    assert import_verdicts(db, content) == Imported(1, 1, 0)
    assert import_verdicts(db, json.dumps(records).encode()) == Imported(0, 2, 0)  # as one list, too


def test_a_pair_of_another_workspace_is_counted_and_left_out(db, sample) -> None:
    records = [json.loads(line) for line in export_sample(db, sample, "argilla").splitlines()]
    records[0]["responses"] = {"verdict": [{"value": "right", "user_id": "ana"}]}
    records[0]["metadata"]["src_corpus"] = "elsewhere"
    assert import_verdicts(db, json.dumps(records).encode()) == Imported(0, 0, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda record: record["responses"]["verdict"][0].update(value="perhaps"), "the verdict 'perhaps'"),
        (lambda record: record["responses"]["verdict"][0].pop("user_id"), "without its annotator"),
        (lambda record: record["metadata"].update(src_word="1"), "src_word"),
        (lambda record: record.pop("metadata"), "metadata"),
    ],
)
def test_a_record_that_cannot_be_read_is_named_and_nothing_is_kept(db, sample, change, message) -> None:
    records = [json.loads(line) for line in export_sample(db, sample, "argilla").splitlines()]
    for record in records:
        record["responses"] = {"verdict": [{"value": "right", "user_id": "ana"}]}
    change(records[2])
    with pytest.raises(ConfigError, match=f"Record 3.*{message}"):
        import_verdicts(db, json.dumps(records).encode())
    assert verdicts_of(db) == []


@pytest.mark.parametrize("content", [b"\xff", b"[]", b"{not json", b'[{"data": {}}]', b"3"])
def test_other_files_are_refused_in_a_sentence(db, content: bytes) -> None:
    with pytest.raises(ConfigError):
        import_verdicts(db, content)


def test_a_decision_stands_above_the_verdicts_and_is_no_annotator(db) -> None:
    for annotator, verdict in (("ana", "right"), ("ben", "wrong"), ("cem", "wrong")):
        judge(db, "run-1", 0, verdict, annotator=annotator)
    judge(db, "run-1", 1, "right", annotator="ana")
    judge(db, "run-1", 1, "right", annotator="ben")
    judge(db, "run-1", 2, "right", annotator="ana")  # one opinion only
    assert [(one.pair_id, one.decision) for one in disputed(db, "run-1")] == [(0, None)]
    every, settled = (precision_of_run(db, PairFilter("run-1"), who).overall.counts for who in ("", ADJUDICATED))
    assert every == {"wrong": 1, "right": 2} and settled == {"right": 1}
    judge(db, "run-1", 0, "right", annotator="(adjudication)")
    assert disputed(db, "run-1")[0].decision.verdict == "right"
    every, settled = (precision_of_run(db, PairFilter("run-1"), who).overall.counts for who in ("", ADJUDICATED))
    assert every == {"right": 3} and settled == {"right": 2}
    assert all("(adjudication)" not in (one.first, one.second) for one in agreement_of_run(db, "run-1"))


def test_every_item_goes_to_as_many_annotators_as_wanted() -> None:
    team = ["ana", "ben", "cem"]
    queues = {name: queue(10, team, 2, name) for name in team}
    assert [sum(item in mine for mine in queues.values()) for item in range(10)] == [2] * 10
    assert {len(mine) for mine in queues.values()} <= {6, 7}
    assert queue(4, team, 2, "ana") == [0, 1, 3]
    assert queue(3, [], 2, "anybody") == [0, 1, 2] and queue(3, ["ana"], 5, "ana") == [0, 1, 2]
    with pytest.raises(ConfigError, match="not among ana, ben, cem"):
        queue(4, team, 2, "dan")


def test_guidelines_are_kept_in_the_workspace(workspace) -> None:
    usual = guidelines(workspace)
    assert "not translations of each other" in usual
    write_guidelines(workspace, "Only nouns.")
    assert guidelines(workspace) == "Only nouns."
    write_guidelines(workspace, " ")
    assert guidelines(workspace) == usual
    with pytest.raises(ConfigError):
        write_guidelines(workspace, "x" * 20_001)
