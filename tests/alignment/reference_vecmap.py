"""VecMap written a second time, straight from the description in Artetxe et al. 2018, to check the project's own against it.

Plain numpy, row vectors, whole matrices, a random mask drawn in full. Shares no code with lraln_core.
"""

import numpy as np


def lengths_centre_lengths(m):
    m = m / np.linalg.norm(m, axis=1, keepdims=True)
    m = m - m.mean(axis=0)
    return m / np.linalg.norm(m, axis=1, keepdims=True)


def mean_of_largest(similarity, k):
    return np.sort(similarity, axis=1)[:, -k:].mean(axis=1)


def hide(scores, keep, rng):
    """Section 3.3: every element is set to zero with probability 1 - keep."""
    return scores if keep >= 1 else np.where(rng.random(scores.shape) < keep, scores, 0)


def advanced(x, z, pairs):
    """Section 3.4 with both weights 0.5: the embeddings of both languages in the common space."""

    def inverse_root(m):
        _, s, vt = np.linalg.svd(m, full_matrices=False)
        return vt.T @ np.diag(1 / s) @ vt

    white_x, white_z = inverse_root(x[pairs[:, 0]]), inverse_root(z[pairs[:, 1]])
    u, s, vt = np.linalg.svd((x[pairs[:, 0]] @ white_x).T @ (z[pairs[:, 1]] @ white_z))
    v = vt.T
    out_x = (x @ white_x @ u) * np.sqrt(s)
    out_z = (z @ white_z @ v) * np.sqrt(s)
    return out_x @ u.T @ np.linalg.inv(white_x) @ u, out_z @ v.T @ np.linalg.inv(white_z) @ v


def vecmap(x, z, seed, rng, self_learning=True, cutoff=20000, keep=0.1, growth=2.0, interval=50, threshold=1e-6, k=10):
    """-> both embeddings, mapped; the objective of every iteration."""
    x, z = lengths_centre_lengths(x.astype(float)), lengths_centre_lengths(z.astype(float))
    pairs, best, improved_at, step, objectives = np.asarray(seed), -100.0, 0, 1, []
    last = not self_learning
    while True:
        if step - improved_at > interval:
            last = last or keep >= 1.0
            keep, improved_at = min(1.0, growth * keep), step
        if last:
            return (*advanced(x, z, pairs), objectives)
        u, _, vt = np.linalg.svd(x[pairs[:, 0]].T @ z[pairs[:, 1]])
        similarity = (x[:cutoff] @ u @ vt) @ z[:cutoff].T
        by_src = similarity - mean_of_largest(similarity.T, k) / 2
        by_trg = similarity.T - mean_of_largest(similarity, k) / 2
        forward, backward = hide(by_src, keep, rng).argmax(axis=1), hide(by_trg, keep, rng).argmax(axis=1)
        pairs = np.vstack([np.stack([np.arange(len(forward)), forward], 1), np.stack([backward, np.arange(len(backward))], 1)])
        objective = (similarity.max(axis=1).mean() + similarity.max(axis=0).mean()) / 2
        objectives.append(objective)
        if objective - best >= threshold:
            best, improved_at = objective, step
        step += 1


def accuracy(x, z, gold, csls):
    """Share of the gold pairs whose target is the nearest of all targets, by cosine or by CSLS with 10 neighbours."""
    x, z = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (x, z))
    similarity = x @ z.T
    if csls:
        similarity = 2 * similarity - mean_of_largest(similarity, 10)[:, None] - mean_of_largest(similarity.T, 10)
    return float((similarity[gold[:, 0]].argmax(axis=1) == gold[:, 1]).mean())
