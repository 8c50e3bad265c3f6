"""Learning and adding pieces in one call, as runs/extension.py does in two."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lraln_core.encoder.training.language_model import LanguageModel
from lraln_core.encoder.training.subwords import learn_pieces
from lraln_core.encoder.training.vocabulary import Extension, add_pieces


def extend_vocabulary(opened: LanguageModel, words: Counter[str], size: int, **options: Any) -> Extension:
    """Add up to `size` pieces learned from the words."""
    return add_pieces(opened, learn_pieces(words, opened.tokenizer, size), words, **options)
