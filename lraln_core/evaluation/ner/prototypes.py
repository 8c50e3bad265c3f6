"""Prototypes of the tags: the mean word of each tag in two languages, pulled together, and used to correct machine-made tags.

Source: ProKD [Ge et al. 2023], on frozen word vectors. A linear map of the words maps their means, so aligning prototypes needs no batch
of target words, and the map folds into the linear tagger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from lraln_core.threads import one_thread

from .tagger import LinearTagger

STEPS, BATCH, RATE = 150, 512, 1e-3
TEMPERATURE = 0.1  # of cosines, in the contrastive loss
FEWEST = 3.0  # words a tag needs on both sides for a prototype


@dataclass(frozen=True)
class Prototypes:
    """The mean word of each tag."""

    means: np.ndarray  # (tags, d) float32
    words: np.ndarray  # (tags,) float64, sum of the weights behind each mean


def prototypes(vectors: np.ndarray, probabilities: np.ndarray) -> Prototypes:
    """Weighted means. vectors (n, d), probabilities (n, tags) of each word's tags; rows of zeros take no part."""
    words = probabilities.sum(axis=0, dtype=np.float64)
    means = (probabilities.T.astype(np.float64) @ vectors) / np.maximum(words, 1e-9)[:, None]
    return Prototypes(means.astype(np.float32), words)


def align(
    tagger: LinearTagger, vectors: np.ndarray, labels: np.ndarray, src: Prototypes, trg: Prototypes, rng: np.random.Generator
) -> LinearTagger:
    """The tagger behind a residual map I + R that pulls prototypes of a tag together and those of different tags apart.

    R is learned with the cross-entropy of the training words, vectors (n, d) and labels (n,), plus the contrastive loss of the
    prototypes of both languages [as in ProKD]. Tags with fewer than FEWEST words on a side have no prototype. The result is
    W (I + R) E + b as one linear layer.
    """
    kept = np.flatnonzero((src.words >= FEWEST) & (trg.words >= FEWEST))
    if len(kept) < 2:
        return tagger
    centre = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    scale = np.float32(np.sqrt(((vectors - centre) ** 2).mean()) or 1.0)

    def move(rows: np.ndarray) -> torch.Tensor:
        return torch.from_numpy((rows - centre) / scale)

    inputs, truth = move(vectors), torch.from_numpy(labels)
    both = torch.stack([move(src.means[kept]), move(trg.means[kept])])
    weight, offset = torch.from_numpy(tagger.weight * scale), torch.from_numpy(tagger.bias + tagger.weight @ centre)
    residual = torch.zeros(inputs.shape[1], inputs.shape[1], requires_grad=True)
    adam = torch.optim.Adam([residual], lr=RATE, weight_decay=1e-4)
    answers = torch.arange(len(kept))
    with one_thread():
        for _ in range(STEPS):
            batch = torch.from_numpy(rng.integers(0, len(labels), BATCH))
            x = inputs[batch]
            loss = torch.nn.functional.cross_entropy((x + x @ residual.T) @ weight.T + offset, truth[batch])
            one, other = torch.nn.functional.normalize(both + both @ residual.T, dim=-1)
            cosine = one @ other.T / TEMPERATURE
            loss = loss + (torch.nn.functional.cross_entropy(cosine, answers) + torch.nn.functional.cross_entropy(cosine.T, answers)) / 2
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
    matrix = tagger.weight + tagger.weight @ residual.detach().numpy()
    return LinearTagger(matrix, tagger.bias + (tagger.weight - matrix) @ centre)


def corrected(probabilities: np.ndarray, vectors: np.ndarray, known: Prototypes, *, sharpness: float = 1.0) -> np.ndarray:
    """Tag probabilities times the nearness to the prototypes, normalised: the labels of prototypical self-training [as in ProKD].

    Nearness is softmax(-sharpness (distance^2 - mean) / deviation) over the tags that have a prototype; the others keep the mean nearness.
    """
    squares = (vectors**2).sum(axis=1)[:, None] - 2 * vectors @ known.means.T + (known.means**2).sum(axis=1)
    has = known.words >= FEWEST
    if has.sum() < 2:
        return probabilities
    spread = float(squares[:, has].std()) or 1.0
    scores = np.where(has, -sharpness * squares / spread, 0)
    scores = np.where(has, scores, scores[:, has].mean(axis=1, keepdims=True))
    near = np.exp(scores - scores.max(axis=1, keepdims=True))
    product = probabilities * near
    return np.asarray(product / product.sum(axis=1, keepdims=True), np.float32)
