"""How much of a random update adapters of a shape can take on: L-BFGS on the factors of A and B, from random starts.

python3 docs/random_targets.py

Prints, for a normal 64 x 64 target, d, the split of r, s, the numbers, the free numbers F of the update, the mean share of the
target's energy over three starts, and that share times in * out / F. Needs NumPy and SciPy.
"""
import numpy as np
from scipy.optimize import minimize

LETTERS = "ijk", "xyz"
SHAPES = [(1, (64,), (3,)), (4, (8, 8), (2, 2)), (3, (8, 8), (3, 3)), (4, (8, 8), (3, 2)), (6, (8, 8), (2, 2)),
          (5, (8, 8), (3, 2)), (2, (8, 8), (4, 4)), (3, (8, 8), (4, 4)), (8, (4, 4, 4), (2, 2, 2)),
          (6, (4, 4, 4), (3, 2, 2)), (10, (4, 4, 4), (2, 2, 2)), (5, (4, 4, 4), (3, 3, 2)), (12, (4, 4, 4), (2, 2, 2))]


def indices(d):
    return ["s" + LETTERS[0][i] + LETTERS[1][i] for i in range(d)], LETTERS[0][:d] + LETTERS[1][:d]


def dense(factors):
    parts, whole = indices(len(factors))
    rows = int(np.prod([f.shape[1] for f in factors]))
    return np.einsum(",".join(parts) + "->" + whole, *factors, optimize=True).reshape(rows, -1)


def gradients(gradient, factors):
    parts, whole = indices(len(factors))
    folded = gradient.reshape([f.shape[1] for f in factors] + [f.shape[2] for f in factors])
    for i, part in enumerate(parts):
        others = [f for j, f in enumerate(factors) if j != i]
        names = [whole] + [p for j, p in enumerate(parts) if j != i]
        if others:
            yield np.einsum(",".join(names) + "->" + part, folded, *others, optimize=True)
        else:
            yield folded[None]


def share(target, s, p, q, seed):
    rng = np.random.default_rng(seed)
    d = len(p)
    shapes = [(s, a, b) for a, b in zip(p, q)] + [(s, b, a) for a, b in zip(p, q)]
    sizes = [int(np.prod(shape)) for shape in shapes]
    start = np.concatenate([rng.standard_normal(n) * (s * len(target)) ** (-0.5 / d) for n in sizes])
    energy = (target**2).sum()

    def loss(x):
        parts = [v.reshape(shape) for v, shape in zip(np.split(x, np.cumsum(sizes)[:-1]), shapes)]
        a, b = dense(parts[:d]), dense(parts[d:])
        error = a @ b - target
        slopes = [*gradients(error @ b.T, parts[:d]), *gradients(a.T @ error, parts[d:])]
        return 0.5 * (error**2).sum() / energy, np.concatenate([g.ravel() for g in slopes]) / energy

    options = dict(maxiter=1500, maxfun=4500, maxcor=20)
    return 1 - 2 * minimize(loss, start, jac=True, method="L-BFGS-B", options=options).fun


def free(s, p, q):
    numbers = [a * b for a, b in zip(p, q)]
    every = int(np.prod(numbers))
    if len(p) == 1:
        return every
    bounds = [every, s * (sum(numbers) - len(p) + 1)]
    for n in numbers:
        rank = min(s, n, every // n)
        bounds.append(rank * (n + every // n - rank))
    return min(bounds)


def main():
    target = np.random.default_rng(3).standard_normal((64, 64))
    print("d q s numbers free share share*in*out/free")
    for s, p, q in SHAPES:
        update = 2 * free(s, p, q) - (sum(n * n for n in q) - len(q) + 1)
        mean = np.mean([share(target, s, p, q, seed) for seed in range(3)])
        print(len(p), q, s, 2 * s * sum(a * b for a, b in zip(p, q)), update,
              f"{mean:.4f} {mean * target.size / update:.3f}", flush=True)


if __name__ == "__main__":
    main()
