"""One schema for the writer and the reader of every table."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lraln_core.errors import WorkspaceError
from lraln_core.files import schemas
from lraln_core.records import WordPairs


def test_what_is_written_is_read_in_the_types_of_the_schema(tmp_path):
    path = tmp_path / "test.parquet"
    schemas.write(path, {"position": range(2), "src_words": [["a"], []], "trg_words": [["b", "c"], ["d"]]}, schemas.TEST_SENTENCES)
    assert pq.read_schema(path).equals(schemas.TEST_SENTENCES)
    assert schemas.read(path, schemas.TEST_SENTENCES, ["trg_words"]).to_pydict() == {"trg_words": [["b", "c"], ["d"]]}


def test_smaller_integers_of_older_files_are_read(tmp_path):
    path = tmp_path / "retrieval.parquet"
    pq.write_table(pa.table({"src_word": np.arange(3, dtype=np.int32), "src_sentence": np.arange(3, dtype=np.int32)}), path)
    table = schemas.read(path, schemas.PAIRS, ["src_sentence", "src_word"])
    assert table.schema.types == [pa.int64(), pa.int32()] and table["src_sentence"].to_pylist() == [0, 1, 2]


def test_a_missing_column_and_values_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "pairs.parquet"
    pq.write_table(pa.table({"src_word": ["a"]}), path)
    with pytest.raises((KeyError, pa.ArrowException)):
        schemas.read(path, schemas.PAIRS, ["src_word", "similarity"])
    with pytest.raises(pa.ArrowException):
        schemas.read(path, schemas.PAIRS, ["src_word"])
    with pytest.raises(pa.ArrowException):
        schemas.build({name: ["x"] for name in schemas.PAIRS.names}, schemas.PAIRS)


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError):
        schemas.write(tmp_path / "file" / "t.parquet", {"position": [0], "src_words": [[]], "trg_words": [[]]}, schemas.TEST_SENTENCES)


def test_the_columns_of_a_pair_are_those_of_the_record():
    assert tuple(WordPairs.__dataclass_fields__) == schemas.PAIR_COLUMNS
