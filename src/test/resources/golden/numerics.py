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


cases = [
    case(4, (5, 3), (2, 7), False),
    case(6, (4, 2), (3, 2), True),
    case(3, (11, 1), (1, 13), True),
    case(2, (1, 1), (3, 3), False),
]
print(json.dumps(cases, indent=1))
