"""The best valid IOB2 tagging of a sentence, in place of the best tag of each word by itself."""

from __future__ import annotations

import numpy as np

from .scores import TAGS


def allowed() -> np.ndarray:
    """(tags, tags) bool: whether the tag of the column may follow that of the row. I- follows B- or I- of its own type alone."""
    labels = np.arange(len(TAGS))
    inside = (labels > 0) & (labels % 2 == 0)
    follows = (labels[:, None] == labels) | (labels[:, None] == labels - 1)
    may: np.ndarray = ~inside | follows
    return may


def transitions(labels: np.ndarray, offsets: np.ndarray, weight: float) -> np.ndarray:
    """(tags, tags) score of the column's tag after the row's, -inf where IOB2 rules it out.

    weight times log p(tag | tag before) / p(tag), from the training tags, each pair counted a tenth more than it occurs: the scores of
    single words hold p(tag) already. weight 0 leaves only the rule. A sentence begins as after O. labels (n,), offsets (sentences + 1,).
    """
    before = np.concatenate([[0], labels[:-1]])[: len(labels)]
    before[offsets[:-1][offsets[:-1] < len(labels)]] = 0
    counts = np.full((len(TAGS), len(TAGS)), 0.1)
    np.add.at(counts, (before, labels), 1)
    share = np.bincount(labels, minlength=len(TAGS)) + 0.1
    scores = weight * (np.log(counts / counts.sum(axis=1, keepdims=True)) - np.log(share / share.sum()))
    return np.where(allowed(), scores, -np.inf)


def decode(scores: np.ndarray, offsets: np.ndarray, change: np.ndarray | None = None) -> np.ndarray:
    """Viterbi decoding: the valid tagging of each sentence with the highest sum of scores. -> (n_words,) int64 labels

    scores (n_words, tags) finite, log probabilities; offsets (n_sentences + 1,) first row of each sentence; change as `transitions`
    returns it, the bare rule when not given. Sentences go together, word by word: the number of steps is the length of the longest one.
    """
    result = np.zeros(len(scores), np.int64)
    if not len(scores):
        return result
    if change is None:
        change = np.where(allowed(), 0.0, -np.inf)
    lengths = np.diff(offsets)
    order = np.argsort(-lengths, kind="stable")
    starts, sizes = offsets[:-1][order], lengths[order]
    best = np.zeros((len(lengths), len(TAGS)))
    back = np.zeros((int(lengths.max()), len(lengths), len(TAGS)), np.int8)
    for at in range(len(back)):
        n = int((sizes > at).sum())  # the longest sentences come first
        here = scores[starts[:n] + at].astype(np.float64)
        if at == 0:
            best[:n] = here + change[0]
            continue
        reached = best[:n, :, None] + change
        back[at, :n] = reached.argmax(axis=1)
        best[:n] = reached.max(axis=1) + here
    label = best.argmax(axis=1)
    for at in range(len(back) - 1, -1, -1):
        n = int((sizes > at).sum())
        result[starts[:n] + at] = label[:n]
        label[:n] = back[at, np.arange(n), label[:n]]
    return result
