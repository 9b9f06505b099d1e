"""Golden values of lsr.numerics by NumPy, from dense matrices and definitions. Run: python3 numerics.py > numerics.json"""
import json

import numpy as np

rng = np.random.default_rng(20251124)


def rearranged(m, p1, q1):
    p2, q2 = m.shape[0] // p1, m.shape[1] // q1
    return m.reshape(p1, p2, q1, q2).transpose(0, 2, 1, 3).reshape(p1 * q1, p2 * q2)


def case(s, first, second, weighted):
    a = rng.standard_normal((s, *first))
    b = rng.standard_normal((s, *second))
    weights = rng.standard_normal(s) if weighted else np.ones(s)
    terms = [w * np.kron(x, y) for w, x, y in zip(weights, a, b)]
    m = sum(terms)
    sigma = np.linalg.svd(rearranged(m, *first), compute_uv=False)
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "weights": weights.tolist() if weighted else None,
        "norm_f": np.linalg.norm(m),
        "condition_number": np.sqrt(sum(np.linalg.norm(t) ** 2 for t in terms)) / np.linalg.norm(m),
        "nearest_sum_errors": [float(np.sqrt((sigma[k:] ** 2).sum())) for k in range(1, s)],
        "matrix_singular_values": np.linalg.svd(m, compute_uv=False).tolist(),
    }


def truncated(m, p1, q1, s):
    """The nearest sum of s terms, dense."""
    p2, q2 = m.shape[0] // p1, m.shape[1] // q1
    u, sigma, vt = np.linalg.svd(rearranged(m, p1, q1), full_matrices=False)
    kept = (u[:, :s] * sigma[:s]) @ vt[:s]
    return kept.reshape(p1, q1, p2, q2).transpose(0, 2, 1, 3).reshape(m.shape)


def lora(generator, n_in, r, n_out, s):
    """A and B each replaced by the nearest sum of s terms, balanced splits given."""
    a = generator.standard_normal((n_in[0] * n_in[1], r[0] * r[1]))
    b = generator.standard_normal((r[0] * r[1], n_out[0] * n_out[1]))
    plain = truncated(a, n_in[0], r[0], s) @ truncated(b, r[0], n_out[0], s)
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "s": s,
        "plain_error": float(np.linalg.norm(plain - a @ b) / np.linalg.norm(a @ b)),
    }


def divisors(n):
    return [d for d in range(1, n + 1) if n % d == 0]


def splits(generator, rows, cols, budget):
    """Every split of a matrix that the budget holds a term of: first factor, terms, relative error."""
    m = generator.standard_normal((rows, cols))
    found = []
    for p in divisors(rows):
        for q in divisors(cols):
            sigma = np.linalg.svd(rearranged(m, p, q), compute_uv=False)
            s = min(budget // (p * q + rows // p * (cols // q)), len(sigma))
            if s >= 1:
                error = float(np.sqrt((sigma[s:] ** 2).sum() / (sigma**2).sum()))
                found.append({"rows1": p, "cols1": q, "terms": s, "error": error})
    return {"matrix": m.tolist(), "budget": budget, "splits": found}


def three_factors(generator, shapes, s):
    """A matrix that is a sum of s terms of three factors exactly."""
    factors = [generator.standard_normal((s, *shape)) for shape in shapes]
    m = sum(np.kron(np.kron(factors[0][k], factors[1][k]), factors[2][k]) for k in range(s))
    return {"matrix": m.tolist(), "rows": [p for p, _ in shapes], "cols": [q for _, q in shapes], "terms": s}


cases = [
    case(4, (5, 3), (2, 7), False),
    case(6, (4, 2), (3, 2), True),
    case(3, (11, 1), (1, 13), True),
    case(2, (1, 1), (3, 3), False),
]
later = np.random.default_rng(20251125)
print(
    json.dumps(
        {
            "sums": cases,
            "lora": lora(later, (4, 3), (2, 2), (5, 2), 2),
            "splits": splits(later, 12, 6, 40),
            "three_factors": three_factors(later, [(3, 2), (2, 1), (2, 3)], 2),
        },
        indent=1,
    )
)
