"""Encoder names: a revision after an @, and snapshots without safetensors weights."""

from __future__ import annotations

import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from lraln_core.choices import OFFERED
from lraln_core.encoder import registry
from lraln_core.errors import EncoderError


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A hub with one snapshot; what was asked for is recorded. Nothing is there without asking the network."""
    asked = []

    def download(name, *, revision=None, local_files_only=False, allow_patterns):
        asked.append((name, revision, local_files_only))
        if local_files_only:
            raise LocalEntryNotFoundError("not here")
        return str(tmp_path)

    monkeypatch.setattr(registry, "snapshot_download", download)
    return asked, tmp_path


def test_a_revision_after_an_at_sign_is_asked_for(hub):
    asked, folder = hub
    (folder / "model.safetensors").write_bytes(b"")
    assert registry.hub_folder("owner/model@refs/pr/1") == folder
    assert registry.hub_folder("owner/model") == folder
    named, plain = ("owner/model", "refs/pr/1"), ("owner/model", None)
    assert asked == [(*named, True), (*named, False), (*plain, True), (*plain, False)]


@pytest.mark.parametrize("name, remedy", [
    ("microsoft/xlm-align-base", "use microsoft/xlm-align-base@refs/pr/1."),
    ("facebook/xlm-v-base", "use facebook/xlm-v-base@643a987."),
    ("owner/model", "AutoModel.from_pretrained(n).save_pretrained"),
    ("microsoft/xlm-align-base@refs/pr/1", "convert it once"),
])  # fmt: skip
def test_pickled_weights_are_refused_with_what_to_do(hub, name, remedy):
    (hub[1] / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(EncoderError, match="pickled weights are not read") as caught:
        registry.hub_folder(name)
    assert remedy in str(caught.value) and "\n" not in str(caught.value)


def test_offered_names_have_the_revision_they_need():
    for name in OFFERED:
        repository, _, revision = name.partition("@")
        assert registry.SAFETENSORS_REVISIONS.get(repository, revision) == revision
