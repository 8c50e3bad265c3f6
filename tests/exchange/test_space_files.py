"""Words and vectors for Embedding Atlas and the Embedding Projector: the same words in the same order, hostile text in its cell."""

import csv
import io
import zipfile

import numpy as np
import pyarrow.parquet as pq
import pytest

from lraln_core.errors import ConfigError, RunError
from lraln_core.exchange.space_files import SpaceFormat, format_of, space_bytes, write_space
from lraln_core.files import projection_files as files
from lraln_core.files.run_folder import RunFolder
from tests.app.jobs_by_hand import add_projection

SRC = [["река", "тече"], ["=1+1\t\n<b>", "."]]
TRG = [["river", "flows"], ["army"], ["the"]]


@pytest.fixture
def space(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    options = add_projection(folder, SRC, TRG)
    vectors = {moment: np.arange(20, dtype=np.float32).reshape(5, 4) + shift for moment, shift in (("before", 0.5), ("after", 0.0))}
    files.save_vectors(folder, options, vectors)
    return files.load_projection(folder, options), files.load_vectors(folder, options), folder, options


def test_a_parquet_table_for_embedding_atlas(space, tmp_path):
    projection, vectors, *_ = space
    write_space(tmp_path / "a.parquet", SpaceFormat.ATLAS, projection, vectors, ("mk", "en"))
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert [row["word"] for row in rows] == ["река", "=1+1\t\n<b>", "river", "army", "the"]
    assert [row["language"] for row in rows] == ["mk", "mk", "en", "en", "en"]
    assert rows[0]["sentence"] == "река тече" and rows[0]["partners"] == ["river"] and rows[3]["partners"] == []
    assert rows[1]["vector_after"] == [4, 5, 6, 7] and rows[1]["vector_before"] == [4.5, 5.5, 6.5, 7.5]
    assert (rows[3]["x_before"], rows[3]["y_before"], rows[3]["x_after"], rows[3]["y_after"]) == (3, 1, 1.5, 0)
    assert rows[0]["neighbors_after"]["ids"] == [2, 3, 4]
    assert rows[0]["neighbors_after"]["distances"] == pytest.approx([0.1, 0.2, 0.3])


def test_tables_for_the_embedding_projector(space):
    projection, vectors, *_ = space
    content = io.BytesIO(space_bytes(SpaceFormat.PROJECTOR, projection, vectors, ("mk", "en")))
    with zipfile.ZipFile(content) as archive:
        tables = {name: archive.read(name).decode() for name in archive.namelist()}
    assert tables["vectors-after.tsv"].splitlines()[1] == "4\t5\t6\t7"
    assert [len(text.splitlines()) for text in tables.values()] == [5, 5, 6]
    rows = list(csv.reader(tables["metadata.tsv"].splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows[0] == ["word", "language", "partners", "sentence"] and all(len(row) == 4 for row in rows)
    assert rows[2] == ["=1+1 <b>", "mk", "", "=1+1 <b> ."]


def test_the_ending_says_the_format(tmp_path):
    assert [format_of(tmp_path / name) for name in ("a.parquet", "a.ZIP")] == list(SpaceFormat)
    with pytest.raises(ConfigError, match="a.tsv: the name of a file of vectors ends in .parquet"):
        format_of(tmp_path / "a.tsv")


def test_vectors_that_are_missing_or_damaged_are_one_sentence(space):
    _, _, folder, options = space
    folder.projection_vectors(options.key).write_bytes(b"x")
    with pytest.raises(RunError, match="is damaged; compute the points again"):
        files.load_vectors(folder, options)
    files.remove_projection(folder, options)
    with pytest.raises(RunError, match="were not kept; compute them again"):
        files.load_vectors(folder, options)
