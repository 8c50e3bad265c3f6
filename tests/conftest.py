"""Shared fixtures: a tiny BERT and a tiny XLM-R checkpoint made on the spot, a fake encoder, an empty workspace."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # several small jobs on few cores: do not spin while waiting
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import pytest

from lraln_core.files.workspace import Workspace
from lraln_core.records import from_lengths

# Left out by `make test-fast`: the real language model, whole runs, Streamlit pages, servers, browsers, and single tests that take
# seconds. Beginnings of test ids; a test may carry @pytest.mark.slow itself instead.
SLOW = (
    "tests/api/",
    "tests/app/",
    "tests/cli/",
    "tests/alignment/test_dictionaries.py::test_hidden_entries_are_as_frequent_as_under_a_mask",
    "tests/alignment/test_gloss_maps.py",
    "tests/alignment/test_vecmap.py::test_dictionary_accuracy_is_that_of_the_reference",
    "tests/cluster/test_ray_engine.py::test_files_are_those_of_one_machine_also_when_a_node_is_killed",
    "tests/cluster/test_store_commands.py",
    "tests/cluster/test_runs_over_stores.py",
    "tests/encoder/test_adaptation.py",
    "tests/encoder/test_denoising.py",
    "tests/encoder/test_embedded.py",
    "tests/encoder/test_vocabulary.py::test_the_built_in_encoder_can_be_extended",
    "tests/evaluation/test_ner.py::test_english_to_macedonian_with_the_built_in_encoder",
    "tests/evaluation/test_space.py::test_umap_with_a_seed_gives_the_same_plane_and_can_be_stopped",
    "tests/exchange/",
    "tests/files/test_workspace.py::test_a_disk_that_fills_up_ends_a_run_in_a_sentence_and_it_resumes",
    "tests/runs/test_corpus_ids.py",
    "tests/runs/test_damaged_checkpoint.py",
    "tests/runs/test_denoising_systems.py",
    "tests/runs/test_full_model_loop.py",
    "tests/runs/test_jobs_on_a_run.py",
    "tests/runs/test_queue.py",
    "tests/runs/test_suite",
    "tests/runs/test_unhappy_data.py",
    "tests/runs/test_whole_run.py",
    "tests/store/test_compare_queries.py",
    "tests/store/test_judging_samples.py",
    "tests/store/test_migrations.py",
    "tests/store/test_old_workspace.py",
    "tests/store/test_dictionary.py",
    "tests/store/test_pair_filters.py",
    "tests/store/test_pair_scores_stored.py",
    "tests/store/test_store_",
    "tests/text/test_corpus.py::test_two_processes_at_once",
    "tests/text/test_every_language.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)


LETTERS = "abcdefghijklmnopqrstuvwxyzабвгдежзијклмнопрстуфхцчшќѓљњџѕјè.,'"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace").require_writable()


class FakeEncoder:
    """A word's vector is a random direction drawn from its spelling, the same in every sentence."""

    precision = "float32"

    def __init__(self, dimension: int = 8):
        self.dimension, self.fingerprint, self.calls = dimension, f"fake{dimension}", []

    def encode(self, sentences, *, progress=None):
        self.calls.append(list(sentences))
        flat = [word for words in sentences for word in words]
        rows = [np.random.default_rng(list(hashlib.sha256(w.encode()).digest())).standard_normal(self.dimension) for w in flat]
        vectors = np.array(rows, np.float32).reshape(-1, self.dimension)
        if progress:
            progress(len(sentences), len(sentences))
        return from_lengths(vectors, [len(words) for words in sentences], np.ones(len(flat), bool))


@pytest.fixture
def fake_encoder() -> FakeEncoder:
    return FakeEncoder()


# torch and transformers are imported by the fixtures that need them: a test of something else starts seconds earlier.
def _save(folder: Path, model: Any, tokenizer: Any, **special: str) -> Path:
    from transformers import PreTrainedTokenizerFast

    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """WordPiece over single letters: every letter is a subword."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {piece: i for i, piece in enumerate([*special, *LETTERS, *("##" + letter for letter in LETTERS)])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        pad_token_id=0,
    )
    return _save(
        tmp_path_factory.mktemp("tiny-bert"),
        BertModel(config),
        tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


@pytest.fixture(scope="session")
def tiny_xlmr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unigram over single letters, positions counted from pad_id + 1 as RoBERTa does."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import XLMRobertaConfig, XLMRobertaModel

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [(piece, 0.0) for piece in special] + [("▁", -2.0)] + [(letter, -3.0) for letter in sorted(set(LETTERS))]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=66,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    return _save(
        tmp_path_factory.mktemp("tiny-xlmr"),
        XLMRobertaModel(config),
        tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
    )
