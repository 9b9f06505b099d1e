"""Fits the coefficients of org.lsradapt.transformer.internal.Gelu: x*P(x^2)/Q(x^2) to Phi(x) - 1/2 and to gelu'(x) - 1/2.

    python3 gelu_coefficients.py

Needs NumPy. The rational least-squares fit is made linear by weighting with the last denominator (Sanathanan and Koerner)
and brought towards the smallest maximal error by Lawson's reweighting. Prints the error of the fit in double, and of its
evaluation in float.
"""
import math

import numpy as np

erf = np.vectorize(math.erf)


def phi(x):
    return 0.5 * erf(x / np.sqrt(2))


def derivative(x):
    return phi(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def fit(f, limit, p, q, rounds=60):
    x = limit * np.sin((np.arange(4000) + 0.5) / 4000 * np.pi / 2)
    u, y = (x / limit) ** 2, f(x)
    weight, denominator, best = np.ones_like(x), np.ones_like(x), None
    for _ in range(rounds):
        columns = np.concatenate(
            [x[:, None] * u[:, None] ** np.arange(p + 1), -y[:, None] * u[:, None] ** np.arange(1, q + 1)], 1)
        row = np.sqrt(weight) / denominator
        scale = np.linalg.norm(columns * row[:, None], axis=0)
        c = np.linalg.lstsq(columns * row[:, None] / scale, y * row, rcond=None)[0] / scale
        top, bottom = c[:p + 1], np.concatenate([[1], c[p + 1:]])
        below = np.polyval(bottom[::-1], u)
        error = np.abs(x * np.polyval(top[::-1], u) / below - y)
        if below.min() > 0 and (best is None or error.max() < best[0]):
            best = (error.max(), top / (limit * limit) ** np.arange(p + 1), bottom / (limit * limit) ** np.arange(q + 1))
        denominator = np.abs(below)
        weight = weight * (error / error.max() + 1e-3)
        weight /= weight.max()
    return best


def float_error(f, limit, top, bottom):
    x = np.linspace(-limit, limit, 200001).astype(np.float32)
    u = x * x

    def horner(c):
        r = np.full_like(u, c[-1])
        for k in c[-2::-1]:
            r = r * u + np.float32(k)
        return r

    y = x * horner(top.astype(np.float32)) / horner(bottom.astype(np.float32))
    return np.abs(y.astype(np.float64) - f(x.astype(np.float64))).max()


for name, f, limit, p, q in (("value", phi, 5.5, 5, 5), ("derivative", derivative, 6.0, 7, 6)):
    error, top, bottom = fit(f, limit, p, q)
    print(f"{name}: error {error:.1e}, in float {float_error(f, limit, top, bottom):.1e}")
    print("  P", [f"{v:.10e}" for v in top])
    print("  Q", [f"{v:.10e}" for v in bottom])
