"""Work on a finished run: its space on a plane and its named entities, from the command to the files in the run folder."""

from __future__ import annotations

import argparse
import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from lraln_core import api
from lraln_core.alignment import maps as maps_module
from lraln_core.cli import ner
from lraln_core.cli.jobs import project as project_command
from lraln_core.cli.main import build_parser, main
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import open_encoder
from lraln_core.errors import Cancelled, ConfigError, CorpusError, EncoderError, MapsError, RunError
from lraln_core.files import projection_files as files
from lraln_core.files.projection_files import MOST, Method, PointSource, ProjectionOptions, load_projection
from lraln_core.files.run_folder import RunFolder, State, create
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs import worker
from lraln_core.runs.config import from_json
from lraln_core.runs.context import encoder_of
from lraln_core.runs.jobs import jobs, ner_request, score_request
from lraln_core.runs.jobs.ner_job import tag_run
from lraln_core.runs.jobs.ner_options import AdaptationConfig
from lraln_core.runs.jobs.ner_request import NerRequest
from lraln_core.runs.jobs.projection_step import draw, project
from lraln_core.runs.jobs.score_job import score
from lraln_core.runs.scores import evidence
from lraln_core.store.queries.ner import read_ner, read_pseudo_labels, read_tagged
from lraln_core.text.corpus import open_corpus

FEW = ProjectionOptions(points=50)


@pytest.fixture
def run(small_config, workspace) -> RunFolder:
    """A small run that is finished."""
    folder = create(workspace.runs / "one", small_config.to_json())
    worker.work(small_config, folder, workspace)
    return folder


@pytest.fixture
def tagged(tmp_path) -> dict[str, str]:
    """The first tagged sentences of the samples."""
    paths = {}
    for name, sentences in (("en.train", 60), ("en.dev", 12), ("mk.dev", 12), ("mk.test", 15)):
        blocks = (SAMPLE_DATA / "ner" / f"{name}.conll").read_text(encoding="utf-8").split("\n\n")[:sentences]
        (tmp_path / name).write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
        paths[name] = str(tmp_path / name)
    return paths


def request_of(tagged: dict[str, str], **changes: object) -> NerRequest:
    return NerRequest(
        **{
            "train": tagged["en.train"],
            "train_language": "en",
            "test": tagged["mk.test"],
            "language": "mk",
            "development": tagged["mk.dev"],
            "train_development": tagged["en.dev"],
        }
        | changes
    )


@pytest.mark.parametrize("source", list(PointSource))
def test_a_projection_holds_matched_words_and_neighbours_in_the_other_language(run, workspace, source):
    options = ProjectionOptions(source, points=50)
    printed = project(run, options, workspace)
    assert jobs.job_folder(run, options.job).state() is State.FINISHED and run.state() is State.FINISHED
    found = load_projection(run, options)
    points, n = found.points, found.src_count
    assert 0 < n <= 50 and 0 < len(points) - n <= 50
    assert all(words[word] == token for words, word, token in zip(points["words"], points["word"], points["token"], strict=True))
    assert (found.pairs[:, 0] < n).all() and (found.pairs[:, 1] >= n).all()
    for name in ("near_csls_before", "near_cosine_after"):
        other = np.array([set(row) & set(range(n)) == set() for row in points[name]])
        assert other[:n].all() and not other[n:].any()
    assert printed["after"]["matched_distance"] == found.figures["after"].matched_distance
    assert set(found.planes) == {Method.PCA} and np.isfinite(found.planes[Method.PCA]).all().all()


@pytest.mark.parametrize(("kind", "sentence"), [(np.float32, "not fit"), (np.float16, "square float32"), (np.int64, "square float32")])
def test_maps_that_do_not_fit_are_one_sentence_everywhere(run, workspace, tagged, tmp_path, capsys, kind, sentence):
    """The metadata are right, so only the arrays tell: 10 dimensions, where the encoder has 16, and other data types."""
    with safe_open(run.maps, framework="numpy") as file:
        metadata = file.metadata()
    size = 10 if kind is np.float32 else 16
    save_file({name: np.eye(size, dtype=kind) for name in ("src", "trg")}, run.maps, metadata)
    encoder = open_encoder(metadata["encoder"], device="cpu", precision="float32")
    text = tmp_path / "data" / "test.tsv"
    for use in (
        lambda: project(run, FEW, workspace),
        lambda: tag_run(run, request_of(tagged), workspace),
        lambda: api.evaluate(text, src_lang="mk", trg_lang="en", maps=run.maps, encoder=encoder, workspace=workspace.root),
    ):
        with pytest.raises(MapsError, match=sentence):
            use()
    arguments = ["--parallel", text, "--src-lang", "mk", "--trg-lang", "en", "--encoder", metadata["encoder"], "--maps", run.maps]
    assert main(["--workspace", str(workspace.root), "evaluate", *map(str, arguments)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert sentence in said[-1] and not any("Traceback" in line for line in said)


def test_vectors_of_the_points_are_kept_and_made_good(run, workspace, tmp_path, capsys):
    project(run, FEW, workspace)
    points, vectors = load_projection(run, FEW).points, files.load_vectors(run, FEW)
    assert vectors["after"].shape == vectors["before"].shape == (len(points), 16)
    run.projection_vectors(FEW.key).unlink()  # a projection of an earlier version
    project(run, FEW, workspace)
    assert not files.has_vectors(run, FEW)
    parser = argparse.ArgumentParser()
    project_command.add_arguments(parser)
    wanted = ["--run-dir", run.path, "--source", FEW.source, "--points", FEW.points, "--quiet", "--out", tmp_path / "a.parquet"]
    assert project_command.main(parser.parse_args(list(map(str, wanted))), workspace, lambda: False) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "embedding-atlas"
    again = files.load_vectors(run, FEW)
    assert all((again[moment] == vectors[moment]).all() for moment in vectors)
    assert pq.read_table(tmp_path / "a.parquet").column("word").to_pylist() == points["token"].tolist()


def test_the_same_options_give_the_same_points_and_coordinates(run, workspace):
    project(run, FEW, workspace)
    first = load_projection(run, FEW)
    files.remove_projection(run, FEW)
    assert not files.is_ready(run, FEW, Method.PCA)
    project(run, FEW, workspace)
    second = load_projection(run, FEW)
    assert first.points["token"].tolist() == second.points["token"].tolist()
    assert first.planes[Method.PCA].equals(second.planes[Method.PCA]) and first.figures == second.figures
    tokens = lambda seed: draw(run, ProjectionOptions(PointSource.MINED, 50, seed), workspace).src.tokens()
    assert tokens(1) == tokens(1) != tokens(2)


def test_gold_pairs_of_the_projection_are_those_of_the_test(run, workspace, small_files):
    sample = draw(run, FEW, workspace)
    assert len(sample.pairs) == 40  # 8 sentences of 5 words, all of them aligned one to one
    for src, trg in sample.pairs:
        assert (sample.src.sentence[src], sample.src.word[src]) == (sample.trg.sentence[trg], sample.trg.word[trg])


def test_a_run_that_is_not_finished_or_has_no_pairs_is_refused_in_a_sentence(run, workspace, small_config):
    unfinished = create(workspace.runs / "two", small_config.to_json())
    with pytest.raises(RunError, match="not finished"):
        project(unfinished, FEW, workspace)
    with pytest.raises(RunError, match="not finished"):
        jobs.start_job(unfinished, "x", workspace, [])
    with pytest.raises(RunError, match="no run"):
        project(RunFolder(workspace.runs / "none"), FEW, workspace)
    run.retrieval.unlink()
    with pytest.raises(RunError, match="no test set"):
        project(run, FEW, workspace)
    assert "no test set" in jobs.job_folder(run, FEW.job).status()["error"]
    run.pairs(0).write_bytes(b"x")
    with pytest.raises(RunError, match="cannot be read"):
        project(run, ProjectionOptions(PointSource.MINED, 50), workspace)


@pytest.mark.parametrize("begin", ["here", "in a process of its own"])
def test_a_run_removed_in_the_moment_in_which_a_job_begins_leaves_nothing(run, workspace, monkeypatch, begin):
    asked = jobs.require_run

    def ask_and_remove(folder: RunFolder) -> None:
        asked(folder)
        shutil.rmtree(folder.path)

    monkeypatch.setattr(jobs, "require_run", ask_and_remove)
    if begin == "here":
        with pytest.raises(RunError, match="no run"):
            jobs.do(run, "x", lambda reporter: pytest.fail("worked on a run that was removed"))
    else:
        monkeypatch.setattr(jobs.background, "start", lambda job, *_: job.path.mkdir(parents=True))
        with pytest.raises(RunError, match="no run"):
            jobs.start_job(run, "x", workspace, [])
    assert not run.path.exists()


def test_a_run_with_an_encoder_of_its_own_is_seen_through_it_afterwards(small_config, workspace, tagged):
    values = small_config.to_json()
    config = from_json(values | {"system": "full_sup", "training": values["training"] | {"steps": 6, "evaluate_every": 3}})
    folder = create(workspace.runs / "full", config.to_json())
    worker.work(config, folder, workspace)
    assert folder.encoder.is_dir()
    project(folder, FEW, workspace)
    figures = load_projection(folder, FEW).figures
    assert figures["before"].matched_distance != figures["after"].matched_distance  # its maps change nothing, its encoder does
    tag_run(folder, request_of(tagged), workspace, threads=1)
    assert read_ner(folder).outcomes["averaged"].before is not None


@pytest.mark.parametrize("values", [{"points": 49}, {"points": MOST + 1}, {"seed": -1}, {"source": "all"}])
def test_options_out_of_range_are_refused(values):
    with pytest.raises(ConfigError):
        ProjectionOptions(**values)


def test_a_damaged_projection_is_one_sentence(run, workspace):
    with pytest.raises(RunError, match="not computed"):
        load_projection(run, FEW)
    project(run, FEW, workspace)
    run.projection_plane(FEW.key, Method.PCA).write_bytes(b"PAR1")
    with pytest.raises(RunError, match="damaged"):
        load_projection(run, FEW)
    run.projection(FEW.key).write_text("[]")
    with pytest.raises(RunError, match="damaged"):
        load_projection(run, FEW)


def test_cancelling_says_so_and_leaves_nothing_half(run, workspace):
    with pytest.raises(Cancelled):
        project(run, FEW, workspace, stop=lambda: True)
    assert jobs.job_folder(run, FEW.job).state() is State.CANCELLED
    assert not list(run.path.glob("projection-*"))


def test_the_command_project(run, workspace, capsys):
    arguments = ["--workspace", str(workspace.root), "project", "--run-dir", str(run.path), "--points", "50", "--quiet"]
    assert main(arguments) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"before", "after"}
    assert main([*arguments, "--points", "1"]) == 2
    assert "choose 50 to 2000" in capsys.readouterr().err


def test_the_command_score_gives_the_scores_that_the_run_wrote(run, workspace, capsys):
    first = [pq.read_table(path).to_pydict() for path in (run.pair_scores, run.score_reference)]
    run.pair_scores.unlink()
    run.score_reference.unlink()
    assert main(["--workspace", str(workspace.root), *score_request.command(run)]) == 0
    assert json.loads(capsys.readouterr().out) == {"pairs": len(first[0]["csls"])}
    assert [pq.read_table(path).to_pydict() for path in (run.pair_scores, run.score_reference)] == first
    assert jobs.job_state(run.job(score_request.JOB)) is State.FINISHED


def test_scores_are_those_of_the_vectors_and_maps(run, workspace, small_config):
    scores, encoder = pq.read_table(run.pair_scores).to_pylist(), encoder_of(small_config.encoder)
    maps, _ = maps_module.load(run.maps)
    corpora = [open_corpus(workspace.corpora / run.summary()[f"{side}_corpus"]) for side in ("src", "trg")]
    for row in scores[:: max(1, len(scores) // 20)]:
        before = []
        for side, corpus in zip(("src", "trg"), corpora, strict=True):
            words = CcwrCache(workspace.ccwrs).fetch(corpus.words([row[f"{side}_sentence"]]), encoder)
            before.append(np.asarray(words.vectors[row[f"{side}_word"]], np.float32))
        after = [maps_module.apply(one, vector) for one, vector in zip((maps.src, maps.trg), before, strict=True)]
        for name, (src, trg) in (("cosine_before", before), ("cosine", after)):
            cosine = float(src @ trg / np.linalg.norm(src) / np.linalg.norm(trg))
            assert row[name] == pytest.approx(cosine, abs=2e-3)


def test_the_candidates_of_a_pair_are_the_nearest_words_by_the_same_scores(run, workspace):
    rows = pq.read_table(run.pair_scores).to_pylist()
    sentences = tuple(sorted({row[f"{side}_sentence"] for row in rows}) for side in ("src", "trg"))
    pool = evidence.open_pool(run, workspace, sentences)
    for row in rows[:: max(1, len(rows) // 5)]:
        found = evidence.evidence(pool, (row["src_sentence"], row["src_word"]), (row["trg_sentence"], row["trg_word"]))
        after = found["after"]
        at = after.of_src.row.tolist().index(after.trg)  # the partner is always listed
        assert after.of_src.cosine[at] == pytest.approx(row["cosine"], abs=2e-3)
        assert after.of_src.csls[at] == pytest.approx(row["csls"], abs=5e-3)
        cosines = pool.trg.vectors["after"] @ pool.src.vectors["after"][after.src]
        assert after.of_src.by_cosine == int(cosines.argmax()) and after.taken()["forward"] == (int(cosines.argmax()) == after.trg)
        assert after.of_src.cosine_rank[at] == 1 + (cosines > cosines[after.trg]).sum()
        assert (np.diff(after.of_src.csls[:10]) <= 0).all()
        before = found["before"].of_trg
        assert before.cosine[before.row.tolist().index(found["before"].src)] == pytest.approx(row["cosine_before"], abs=2e-3)


def test_candidates_are_refused_in_a_sentence_when_something_is_missing(run, workspace):
    shutil.rmtree(workspace.ccwrs)
    with pytest.raises(EncoderError, match="no longer in the cache"):
        evidence.open_pool(run, workspace, ([0], [0]))
    run.score_reference.unlink()
    with pytest.raises(RunError, match="no scores yet"):
        evidence.open_pool(run, workspace, ([0], [0]))


def test_a_run_without_pairs_cannot_be_scored(small_config, workspace):
    config = from_json(small_config.to_json() | {"system": "base"})
    folder = create(workspace.runs / "base", config.to_json())
    worker.work(config, folder, workspace)
    assert not folder.pair_scores.exists()
    with pytest.raises(RunError, match="mined no word pairs"):
        score(folder, workspace)


def test_ner_before_and_after_is_written_and_read_again(run, workspace, tagged):
    request = request_of(tagged)
    figures = tag_run(run, request, workspace, threads=1)
    assert figures == json.loads(run.ner.read_text(encoding="utf-8"))
    test = read_ner(run)
    assert list(test.outcomes) == ["target_dev", "averaged"]
    assert test.task["sentences"] == {"training": 60, "test": 15, "target_dev": 12, "source_dev": 12} and test.task["seed"] == 7
    for name, outcome in test.outcomes.items():
        assert outcome.after.f1 == figures[name]["f1"]
        assert outcome.difference[0] == pytest.approx(outcome.after.f1 - outcome.before.f1)
        rows = read_tagged(run, name, with_base=True)
        assert len(rows) == 15 and all(len(row.words) == len(row.gold) == len(row.after) == len(row.before) for row in rows)
        assert sum(tag.startswith("B-") for row in rows for tag in row.gold) == outcome.after.gold
    assert tag_run(run, request, workspace, threads=1) == figures
    assert jobs.job_folder(run, ner_request.JOB).state() is State.FINISHED


def test_ner_without_development_files_has_one_selection(run, workspace, tagged):
    tag_run(run, request_of(tagged, development="", train_development=""), workspace, threads=1)
    assert list(read_ner(run).outcomes) == ["averaged"]


def test_a_bad_file_or_language_fails_in_a_sentence_and_keeps_the_result_before(run, workspace, tagged, tmp_path):
    tag_run(run, request_of(tagged), workspace, threads=1)
    bad = tmp_path / "bad.conll"
    bad.write_text("Ana\tB-PER\nalone\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="line 2"):
        tag_run(run, request_of(tagged, test=str(bad)), workspace, threads=1)
    job = jobs.job_folder(run, ner_request.JOB)
    assert job.state() is State.FAILED and "line 2" in job.status()["error"]
    assert read_ner(run) is not None
    with pytest.raises(ConfigError, match="no map for 'sw'"):
        tag_run(run, request_of(tagged, language="sw"), workspace, threads=1)


def test_the_command_ner_of_a_run(run, workspace, tagged, capsys):
    arguments = [
        "--workspace",
        str(workspace.root),
        "ner",
        "--run-dir",
        str(run.path),
        "--threads",
        "1",
        "--lang",
        "mk",
        "--train",
        tagged["en.train"],
        "--test",
        tagged["mk.test"],
    ]
    assert main(arguments) == 0
    assert "differences" in json.loads(capsys.readouterr().out)
    for option, value in (("seed", "3"), ("layer", "-1"), ("pooling", "last"), ("precision", "float32"), ("maps", "x"), ("device", "cpu")):
        assert main([*arguments, f"--{option}", value]) == 2
        assert f"--{option} cannot be given with --run-dir" in capsys.readouterr().err
    changes = ["--preset", "paper", "--epochs", "2", "--bootstrap-samples", "30"]
    assert main([*arguments, *changes]) == 0
    task = json.loads(capsys.readouterr().out)["task"]
    assert (task["preset"], task["epochs"], task["learning_rate"], task["bootstrap_samples"]) == ("paper", 2, None, 30)
    with pytest.raises(SystemExit, match="2"):
        main([*arguments, "--epochs", "0"])
    assert "--epochs: '0' is not a whole number from 1" in capsys.readouterr().err


def test_ner_learns_from_unlabelled_text_and_keeps_its_machine_made_tags(run, workspace, tagged, tmp_path):
    text = tmp_path / "more.txt"
    text.write_text("Ana lives in Skopje.\nThe river is long.\n", encoding="utf-8")
    learn = AdaptationConfig(rounds=1, neighbours=2, agreement=True, tested=True)
    more = f"en={tagged['en.dev']}"
    request = request_of(tagged, epochs=2, adaptation=learn, unlabelled=str(text), sources=(more,))
    figures = tag_run(run, request, workspace, threads=1)
    test = read_ner(run)
    assert list(test.outcomes) == ["target_dev", "averaged", "unlabelled"]
    assert test.task["sentences"]["unlabelled"] == 2 + 15 and test.task["sentences"]["source_1"] == 12
    assert test.learned.gain[0] == pytest.approx(test.outcomes["unlabelled"].after.f1 - test.outcomes["averaged"].after.f1)
    found = read_pseudo_labels(run)
    assert figures["adaptation"]["pseudo_labels"] > 0 and all(one.stop > one.start and len(one.words) >= one.stop for one in found)
    tag_run(run, request_of(tagged, epochs=2), workspace, threads=1)
    assert read_ner(run).learned is None and read_pseudo_labels(run) == [] and not run.pseudo_labels.exists()


def test_unlabelled_text_and_sources_that_are_none_are_one_sentence(run, workspace, tagged, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n", encoding="utf-8")
    with pytest.raises(CorpusError, match="no sentence to learn from"):
        tag_run(run, request_of(tagged, adaptation=AdaptationConfig(), unlabelled=str(empty)), workspace, threads=1)
    with pytest.raises(ConfigError, match="must be CODE=FILE"):
        tag_run(run, request_of(tagged, sources=("en",)), workspace, threads=1)


def test_options_of_learning_need_learn(tagged):
    arguments = ["ner", "--train", "a", "--test", "b", "--lang", "mk"]
    for option in (["--rounds", "3"], ["--no-shares"], ["--unlabelled", "c.txt"]):
        with pytest.raises(ConfigError, match=f"{option[0].replace('--no-', '--')} has no effect without --learn"):
            ner._request(build_parser(["ner"]).parse_args([*arguments, *option]))


def test_the_command_of_a_request_gives_the_same_request(run, tagged):
    request = request_of(tagged, preset="paper", epochs=3, learning_rate=0.001, bootstrap_samples=20)
    learn = AdaptationConfig(colouring=-1.0, shares=False, prototypes=True, rounds=2)
    learning = request_of(tagged, sources=(f"sw={tagged['en.dev']}",), unlabelled=tagged["mk.test"], adaptation=learn)
    assert ner._request(build_parser(["ner"]).parse_args(learning.command(run))) == learning
    options = build_parser(["ner"]).parse_args(request.command(run))
    assert ner._request(options) == request and options.run_dir == run.path
