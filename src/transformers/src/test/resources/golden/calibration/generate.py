"""Writes calibration.json: temperatures by SciPy and expected calibration errors by a plain loop over bins, for logits that
CalibrationTest makes by the same formulas. Run: python generate.py (NumPy, SciPy)."""

import json

import numpy as np
from scipy.optimize import minimize_scalar

ROWS = 300


def temperature(logits, truth):
    def loss(u):
        scaled = logits / np.exp(u)
        top = scaled.max(1)
        return (np.log(np.exp(scaled - top[:, None]).sum(1)) + top - scaled[np.arange(ROWS), truth]).mean()

    bounds = (np.log(0.05), np.log(20))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x))


def error(probabilities, right):
    edges = np.linspace(0, 1, 16)
    total = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (probabilities > low) & (probabilities <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - probabilities[inside].mean())
    return float(total)


def confidence(logits):
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return (shares / shares.sum(1, keepdims=True)).max(1)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


i = np.arange(ROWS)
logits = 4 * np.sin(1.7 * i[:, None] + 2.3 * np.arange(3))
truth = np.where(i % 10 < 7, logits.argmax(1), i * 7 % 3)
right = logits.argmax(1) == truth
one = temperature(logits, truth)
pair = logits[:, :2]
has = np.stack([(pair[:, k] > 0) ^ (i % (5 + k) == 0) for k in range(2)], 1)
two = [temperature(np.stack([np.zeros(ROWS), pair[:, k]], 1), has[:, k].astype(int)) for k in range(2)]
golden = {
    "classes": {
        "temperatures": [one],
        "before": error(confidence(logits), right),
        "after": error(confidence(logits / one), right),
    },
    "labels": {
        "temperatures": two,
        "before": error(sigmoid(pair).ravel(), has.ravel()),
        "after": error(sigmoid(pair / np.array(two)).ravel(), has.ravel()),
    },
}
with open("calibration.json", "w") as file:
    json.dump(golden, file, indent=2)
    file.write("\n")
