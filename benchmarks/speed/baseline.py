"""The obvious way to do what the project does, to measure ours against: fixed padding, the target encoded again for every batch of
source sentences, Python loops over words. Written for comparison only, after the description of the method in the paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.records import Words

FIXED_LENGTH = 128  # subwords


@torch.inference_mode()
def encode(encoder: FrozenEncoder, sentences: Sequence[Words], batch_size: int = 16) -> list[np.ndarray]:
    """Vectors of the words of each sentence: one tokeniser call a sentence, every batch padded to the same length."""
    vectors = []
    for start in range(0, len(sentences), batch_size):
        batch = sentences[start : start + batch_size]
        tokens = torch.full((len(batch), FIXED_LENGTH), encoder.pad_id, dtype=torch.long)
        mask, last = torch.zeros_like(tokens), []
        for row, words in enumerate(batch):
            encoding = encoder.tokenizer.encode(list(words), is_pretokenized=True)
            ids = encoding.ids[:FIXED_LENGTH]
            tokens[row, : len(ids)], mask[row, : len(ids)] = torch.tensor(ids), 1
            last.append({word: at for at, word in enumerate(encoding.word_ids[:FIXED_LENGTH]) if word is not None})
        hidden = encoder.model(input_ids=tokens, attention_mask=mask).last_hidden_state
        vectors += [np.stack([hidden[row, at].numpy() for at in places.values()]) for row, places in enumerate(last)]
    return vectors


def mine_one_way(encoder: FrozenEncoder, src: Sequence[Words], trg: Sequence[Words], batch_size: int, source_batches: int) -> int:
    """The nearest target word of every source word of the first `source_batches` batches; the target is encoded for each of them.

    Returns how many pairs were found.
    """
    pairs = []
    for start in range(0, min(len(src), batch_size * source_batches), batch_size):
        ours = encode(encoder, src[start : start + batch_size])
        best: dict[tuple[int, int], tuple[float, int, int]] = {}
        for at in range(0, len(trg), batch_size):
            theirs = encode(encoder, trg[at : at + batch_size])
            for i, one in enumerate(ours):
                for j, other in enumerate(theirs):
                    cosine = torch.nn.functional.cosine_similarity(torch.tensor(one)[:, None], torch.tensor(other)[None], dim=-1)
                    for word in range(len(one)):
                        value, place = cosine[word].max(0)
                        if value.item() > best.get((i, word), (-2.0, 0, 0))[0]:
                            best[i, word] = value.item(), at + j, int(place)
        pairs += list(best.items())
    return len(pairs)
