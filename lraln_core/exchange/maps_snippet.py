"""Instructions for using the maps of a run outside this project, with any transformers model."""

from __future__ import annotations

from typing import Any

from lraln_core.choices import BUILT_IN, INNER_WEIGHT, Pooling
from lraln_core.text.languages import language_name

_PIECE = {
    Pooling.LAST: "its last piece (subword)",
    Pooling.FIRST: "its first piece (subword)",
    Pooling.MEAN: "the mean of its pieces (subwords); the map may be applied before or after taking the mean",
}


def snippet(config: dict[str, Any], side: str = "src") -> str:
    """Python code for one language of a run; `model` and `inputs` are a transformers model and the output of its tokenizer."""
    encoder = config.get("encoder") or {}
    layer, depth, weight = encoder.get("layer", -1), encoder.get("inner_depth", 0), encoder.get("inner_weight", INNER_WEIGHT)
    layer = layer if type(layer) is int else -1
    begin = 'from safetensors.torch import load_file\nmaps = load_file("maps.safetensors")\n'
    mapped = f'maps.get("{side}_mean", 0)) @ maps["{side}"].T\n'
    if not (isinstance(depth, float) and depth > 0 and isinstance(weight, int | float)):
        return f"{begin}vectors = (model(**inputs, output_hidden_states=True).hidden_states[{layer}] - {mapped}"
    number = f"len(states) - {-layer}" if layer < 0 else str(layer)
    return (
        f"import torch\n{begin}"
        "states = model(**inputs, output_hidden_states=True).hidden_states\n"
        f"layer = {number}\n"
        f"inner = min(round({depth:g} * layer), layer - 1)\n"
        f"vectors = (torch.cat([states[layer], {weight:g} * states[inner]], -1) - {mapped}"
    )


def how_to(config: dict[str, Any], *, own_encoder: bool = False) -> str:
    """Explanation of the snippet."""
    encoder = config.get("encoder") or {}
    pooling = encoder.get("pooling", Pooling.LAST)
    codes = [(config.get(side) or {}).get("language") for side in ("src", "trg")]
    names = [language_name(code) if code else "the language" for code in codes]
    model = str(encoder.get("name", BUILT_IN))
    if own_encoder:
        model = "the model in the folder encoder/ of the run"
    elif model == BUILT_IN:
        model = "intfloat/multilingual-e5-small, whose weights are built in here in a compact form"
    return (
        f"model and inputs are a transformers model and what its tokenizer returns; the maps were made for {model}. "
        f"For {names[0]} the map is called src, for {names[1]} trg. The vector of a word is the one at "
        f"{_PIECE.get(pooling, _PIECE[Pooling.LAST])}. Words of both languages can then be compared by their cosine."
    )
