"""Folders that say they are language models: damaged, lying about their size, naming code, holding pickles instead of weights."""

from __future__ import annotations

import json
import pickle
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from safetensors.numpy import load as arrays_of
from safetensors.numpy import save as save_arrays

from benchmarks.robustness.malformed.damage import change_value, damage
from benchmarks.robustness.malformed.entry_points import EntryPoint, as_json, safetensors_draw, safetensors_special

Files = dict[str, bytes]
"""Files of a folder that differ from the good one; b"" with the name "-x" takes x away."""
LETTERS = "abcdefghijklmnop"
EVIL = "import os\nopen('EVIL', 'w').close()\nclass Evil:\n    def __init__(self, *a, **k): open('EVIL', 'w').close()\n"


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self._path), "w")


def small_checkpoint(folder: Path) -> Path:
    """A BERT of two layers over single letters, saved as transformers saves it."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {piece: i for i, piece in enumerate([*special, *LETTERS, *("##" + letter for letter in LETTERS)])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        pad_token_id=0,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]"
    ).save_pretrained(folder)
    return folder


def entry_points(root: Path) -> Iterator[EntryPoint]:
    """Opening an encoder and encoding a sentence with it."""
    from lraln_core.encoder.registry import open_encoder

    good = small_checkpoint(root / "good" / "checkpoint")
    files = {path.name: path.read_bytes() for path in good.iterdir()}

    def take(changes: Files, place: Path) -> object:
        folder = place / "encoder"
        shutil.copytree(good, folder)
        for name, raw in changes.items():
            (folder / name).write_bytes(raw) if name[0] != "-" else (folder / name[1:]).unlink()
        try:
            return open_encoder(str(folder), device="cpu").encode([("abc", "d", "z")]).vectors
        finally:
            if any(place.rglob("EVIL")) or Path("EVIL").exists():
                raise AssertionError("code of the checkpoint was run")

    def of_file(name: str, draw: Callable[[random.Random], bytes]) -> Callable[[random.Random], Files]:
        return lambda rng: {name: draw(rng)}

    def changed(name: str) -> Callable[[random.Random], bytes]:
        value = json.loads(files[name])
        return lambda rng: as_json(change_value(value, rng)) if rng.random() < 0.8 else damage(files[name], rng)

    weights = files["model.safetensors"]
    yield EntryPoint(
        "encoder, code and pickles", {}, take, of_file("config.json", changed("config.json")), list(_hostile(files, root)), 0.4
    )
    yield EntryPoint("encoder, sizes", {}, take, of_file("config.json", _sizes(json.loads(files["config.json"]))), (), 0.4)
    yield EntryPoint("encoder, config.json", {}, take, of_file("config.json", changed("config.json")), (), 0.7)
    yield EntryPoint("encoder, tokenizer.json", {}, take, of_file("tokenizer.json", changed("tokenizer.json")), (), 0.7)
    yield EntryPoint(
        "encoder, tokenizer_config.json", {}, take, of_file("tokenizer_config.json", changed("tokenizer_config.json")), (), 0.4
    )
    yield EntryPoint(
        "encoder, weights",
        {},
        take,
        of_file("model.safetensors", safetensors_draw(weights)),
        [{"model.safetensors": raw} for raw in safetensors_special(weights)[:80]],
        0.8,
    )


def _sizes(config: dict[str, Any]) -> Callable[[random.Random], bytes]:
    """Numbers in config.json that would take all memory, or make no network."""
    names = [name for name, value in config.items() if isinstance(value, int) and not isinstance(value, bool)]
    values = (-1, 0, 1, 3, 17, 1000, 10**5, 10**7, 2**31 - 1, 2**31, 2**40, 2**63, 10**30, 0.5, "16", None, True)
    return lambda rng: as_json(config | {rng.choice(names): rng.choice(values) for _ in range(rng.choice((1, 1, 2)))})


def _hostile(files: Files, root: Path) -> Iterator[Files]:
    """Every way in which a checkpoint may ask for code to be run."""
    config, tokenizer = json.loads(files["config.json"]), json.loads(files["tokenizer_config.json"])
    evil = {"evil.py": EVIL.encode(), "modeling_evil.py": EVIL.encode(), "tokenization_evil.py": EVIL.encode()}
    canary = pickle.dumps(Canary(root / "outside" / "unpickled"))
    maps = (
        {name: "evil.Evil" for name in ("AutoConfig", "AutoModel", "AutoTokenizer")},
        {"AutoModel": "someone/evil--evil.Evil"},
        {"AutoTokenizer": [None, "evil.Evil"]},
        "evil.Evil",
        [],
        {"AutoModel": "../evil.Evil"},
    )
    for auto_map in maps:
        for more in ({}, {"model_type": "evil"}, {"trust_remote_code": True}, {"architectures": ["Evil"]}):
            yield evil | {"config.json": as_json(config | {"auto_map": auto_map} | more)}
        yield evil | {"tokenizer_config.json": as_json(tokenizer | {"auto_map": auto_map, "tokenizer_class": "Evil"})}
    for more in ({"_attn_implementation": "someone/evil"}, {"attn_implementation": "someone/evil:evil"}, {"_name_or_path": "someone/evil"},
                 {"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}, {"quantization_config": "evil"},
                 {"dtype": "__import__('os')"}, {"torch_dtype": "os.system"}, {"custom_pipelines": {"x": {"impl": "evil.Evil"}}},
                 {"transformers_weights": "../../outside/mine.txt"}, {"model_type": ["bert"]}, {"model_type": "gpt2"}, {"is_decoder": True},
                 {"add_cross_attention": True}, {"hidden_act": "evil"}, {"hidden_act": "__import__"}, {"use_kernels": True},
                 {"layer_types": ["evil"]}, {"tie_word_embeddings": "x"}, {"chunk_size_feed_forward": -3}, {"pad_token_id": 10**9},
                 {"position_embedding_type": "evil"}, {"id2label": {"a": []}}, {"dict": {}}, {"from_pretrained": 1}):  # fmt: skip
        yield evil | {"config.json": as_json(config | more)}
    for name in ("pytorch_model.bin", "model.bin", "tf_model.h5", "flax_model.msgpack", "model.pkl"):
        yield {name: canary}
        yield {name: canary, "-model.safetensors": b""}
    yield {"model.safetensors": canary}
    yield {"model.safetensors": canary, "pytorch_model.bin": canary}
    for target in ("pytorch_model.bin", "../../outside/mine.txt", "/etc/passwd", "model.safetensors"):
        index = as_json({"metadata": {}, "weight_map": {"embeddings.word_embeddings.weight": target}})
        yield {"model.safetensors.index.json": index, "pytorch_model.bin": canary}
        yield {"model.safetensors.index.json": index, "-model.safetensors": b"", "x.safetensors": files["model.safetensors"]}
    yield {"adapter_config.json": as_json({"base_model_name_or_path": "someone/evil", "peft_type": "LORA"})}
    yield {"tokenizer.model": canary, "-tokenizer.json": b""}
    yield {"vocab.txt": b"a\nb\n", "-tokenizer.json": b""}
    yield {"-tokenizer.json": b"", "-tokenizer_config.json": b""}
    yield {"-config.json": b""}
    yield {"chat_template.jinja": b"{{ ''.__class__.__mro__[1].__subclasses__() }}", "custom_generate.py": EVIL.encode()}
    arrays = arrays_of(files["model.safetensors"])
    for change in (lambda a: a * float("nan"), lambda a: a * 0, lambda a: a * 1e38, lambda a: a.astype("int64"), lambda a: a[:1]):
        yield {"model.safetensors": save_arrays({name: change(array) for name, array in arrays.items()}, {"format": "pt"})}
    yield {"model.safetensors": save_arrays({}, {"format": "pt"})}
    yield {"model.safetensors": save_arrays({f"evil.{name}": array for name, array in arrays.items()}, {"format": "pt"})}
    yield {"tokenizer.json": files["tokenizer.json"].replace(b'"##p":', b'"##p":99999, "##q":')}
