"""Retrieval scores as the published code of the paper computes them, to set figures beside the paper's.

Where CSLS is 2 cos(x, y) - r(y), the published code divides the query by its own norm, but the candidates by the norm of their whole
matrix |Y|, and r by the norms of both matrices:

    score(x, y) = 2 x.y / (|x| |Y|) - r(y),  r(y) = mean of the csls_k highest x'.y / (|X| |Y|) over the words x' of the other side

A common factor |Y| does not change the order, so 2 x.y / |x| - mean(x'.y) / |X| is what is computed here. |X| grows with the number
of words, so the second term nearly vanishes.
"""

from __future__ import annotations

import numpy as np
import torch

ROWS_AT_ONCE = 2048


def answers(src: np.ndarray, trg: np.ndarray, csls_k: int) -> tuple[np.ndarray, np.ndarray]:
    """The best target of every source and the best source of every target; ties go to the smaller row.

    src (n, d) and trg (m, d) are the vectors of gold-linked words, not scaled. -> (n,) and (m,) int64, -1 without any candidate.
    """
    return _best(src, trg, csls_k), _best(trg, src, csls_k)


def _best(queries: np.ndarray, candidates: np.ndarray, csls_k: int) -> np.ndarray:
    if not len(queries) or not len(candidates):
        return np.full(len(queries), -1, np.int64)
    x, y = torch.from_numpy(queries), torch.from_numpy(candidates)
    neighbours = min(csls_k, len(x))
    parts = y.split(ROWS_AT_ONCE)  # type: ignore[no-untyped-call]
    r = torch.cat([(part @ x.T).topk(neighbours, 1, sorted=False).values.mean(1) for part in parts])
    penalty = r / max(float(x.norm()), 1e-5)
    found = []
    for part in x.split(ROWS_AT_ONCE):  # type: ignore[no-untyped-call]
        length = part.norm(dim=1, keepdim=True).clamp(min=1e-5)
        found.append((2 * (part / length) @ y.T - penalty).max(1).indices)
    return torch.cat(found).numpy()
