"""Golden values of ordered classes, by torch, mpmath and scikit-learn. Run: python3 ordinal.py > ordinal.json

Losses −log P(y) and their gradients by the scores and by the parameters of the thresholds: of ordinary scores by torch from
differences of sigmoids, of scores and gaps far out, where these lose all digits, by mpmath with 1,000 digits. Metrics by
scikit-learn; kappa with all classes as labels, since it would count the distance of the classes that occur otherwise.
"""
import json

import mpmath
import numpy as np
import torch
from sklearn import metrics

torch.manual_seed(20261130)
torch.set_default_dtype(torch.float64)
random = np.random.default_rng(20261130)
mpmath.mp.dps = 1000


def rounded(values):
    return [float(f"{float(x):.13g}") for x in (values.tolist() if torch.is_tensor(values) else values)]


def near(classes, weighted):
    scores = torch.nn.Parameter(2 * torch.randn(9))
    parameters = torch.nn.Parameter(torch.randn(classes - 1))
    targets = torch.arange(9) % classes
    weights = 0.3 + torch.rand(classes) if weighted else torch.ones(classes)
    gaps = torch.nn.functional.softplus(parameters[1:])
    thresholds = parameters[0] + torch.cat([torch.zeros(1), torch.cumsum(gaps, 0)])
    above = torch.sigmoid(scores[:, None] - thresholds)
    one, zero = torch.ones(9, 1), torch.zeros(9, 1)
    probabilities = torch.cat([one, above], 1) - torch.cat([above, zero], 1)
    picked = -torch.log(probabilities[torch.arange(9), targets])
    value = (weights[targets] * picked).sum() / weights[targets].sum()
    value.backward()
    return {"scores": rounded(scores), "parameters": rounded(parameters), "targets": targets.tolist(),
            "weights": rounded(weights) if weighted else None, "thresholds": rounded(thresholds),
            "logs": [rounded(row) for row in torch.log(probabilities)], "loss": value.item(),
            "score_gradient": rounded(scores.grad), "parameter_gradient": rounded(parameters.grad)}


def far():
    """One score each, of the class in the middle of three and of the first and last."""
    scores, parameters = [800.25, -790.5, 0.37, 31.7, -650.1, 0.61], [-1.3, -41.7]
    targets = [1, 1, 1, 0, 2, 2]
    sigmoid = lambda x: 1 / (1 + mpmath.exp(-x))

    def loss(*values):
        first, second = values[-2], values[-2] + mpmath.log(1 + mpmath.exp(values[-1]))
        total = mpmath.mpf(0)
        for score, target in zip(values, targets):
            above = [mpmath.mpf(1), sigmoid(score - first), sigmoid(score - second), mpmath.mpf(0)]
            total -= mpmath.log(above[target] - above[target + 1])
        return total / len(targets)

    point = [mpmath.mpf(x) for x in scores + parameters]
    step = mpmath.mpf(10) ** -60

    def slope(i):
        up, down = list(point), list(point)
        up[i] += step
        down[i] -= step
        return (loss(*up) - loss(*down)) / (2 * step)

    gradient = rounded(slope(i) for i in range(len(point)))
    return {"scores": scores, "parameters": parameters, "targets": targets, "weights": None, "loss": float(loss(*point)),
            "score_gradient": gradient[:-2], "parameter_gradient": gradient[-2:]}


def scores(classes, count, noise):
    truth = random.integers(0, classes, count)
    predicted = np.clip(truth + random.integers(-noise, noise + 1, count), 0, classes - 1)
    return {"truth": truth.tolist(), "predicted": predicted.tolist(),
            "quadratic_kappa": float(metrics.cohen_kappa_score(
                truth, predicted, weights="quadratic", labels=range(classes))),
            "mae": float(metrics.mean_absolute_error(truth, predicted)),
            "accuracy": float(metrics.accuracy_score(truth, predicted))}


print(json.dumps({"losses": [near(2, False), near(3, False), near(5, True), near(7, False), far()],
                  "metrics": [scores(2, 17, 1), scores(5, 41, 1), scores(5, 40, 4), scores(7, 9, 2), scores(11, 300, 3)]}))
