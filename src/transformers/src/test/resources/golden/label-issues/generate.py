"""Writes label-issues.json: the rows that cleanlab lists, in its order, and its scores, for probabilities and labels that
ConfidentLearningTest makes by the same formulas. Run: python generate.py (cleanlab 2.9.0)."""

import json
import warnings

import numpy as np
from cleanlab.count import compute_confident_joint
from cleanlab.filter import find_label_issues
from cleanlab.multilabel_classification import filter as several_filter, rank as several_rank
from cleanlab.rank import get_label_quality_scores
from cleanlab.token_classification import filter as words_filter

warnings.simplefilter("ignore")


def logits(rows, classes, scale):
    return scale * np.sin(1.7 * np.arange(rows)[:, None] + 2.3 * np.arange(classes) + 0.01 * np.arange(rows)[:, None] ** 2)


def probabilities(rows, classes, scale):
    values = np.exp(logits(rows, classes, scale))
    return values / values.sum(1, keepdims=True)


def given(values, every):
    """The most probable class, of each `every`th row another one; the last class is never given, the one before it once."""
    rows, classes = values.shape
    i = np.arange(rows)
    labels = np.where(i % every == 0, (7 * i // every) % classes, values.argmax(1))
    labels = np.where(labels >= classes - 2, i % (classes - 2), labels)
    labels[5] = classes - 2
    return labels


def one_label(rows, classes, scale, every):
    values = probabilities(rows, classes, scale)
    labels = given(values, every)
    return {
        "rows": rows,
        "classes": classes,
        "scale": scale,
        "every": every,
        "joint": compute_confident_joint(labels, values).tolist(),
        "self_confidence": find_label_issues(
            labels, values, return_indices_ranked_by="self_confidence", n_jobs=1).tolist(),
        "normalized_margin": find_label_issues(
            labels, values, return_indices_ranked_by="normalized_margin", n_jobs=1).tolist(),
        "margins": get_label_quality_scores(labels, values, method="normalized_margin")[:20].tolist(),
    }


def several_labels(rows, labels, scale, every):
    values = 1 / (1 + np.exp(-logits(rows, labels, scale)))
    i = np.arange(rows)[:, None]
    has = (values > 0.5) ^ ((i + 3 * np.arange(labels)) % every == 0)
    lists = [np.flatnonzero(row).tolist() for row in has]
    return {
        "rows": rows,
        "labels": labels,
        "scale": scale,
        "every": every,
        "issues": several_filter.find_label_issues(
            lists, values, return_indices_ranked_by="self_confidence", n_jobs=1).tolist(),
        "each": np.argwhere(several_filter.find_multilabel_issues_per_class(lists, values, n_jobs=1)).tolist(),
        "scores": several_rank.get_label_quality_scores(lists, values)[:20].tolist(),
    }


def words(rows, classes, scale, every, length):
    values = probabilities(rows, classes, scale)
    labels = given(values, every)
    cuts = list(range(0, rows, length)) + [rows]
    parts = list(zip(cuts[:-1], cuts[1:]))
    issues = words_filter.find_label_issues(
        [labels[a:b].tolist() for a, b in parts], [values[a:b] for a, b in parts], n_jobs=1)
    return {"rows": rows, "classes": classes, "scale": scale, "every": every, "length": length,
            "issues": [[int(a), int(b)] for a, b in issues]}


golden = {
    "one": [one_label(300, 4, 2.0, 6), one_label(400, 6, 0.7, 9), one_label(500, 12, 3.0, 4), one_label(60, 5, 1.3, 3)],
    "several": [several_labels(300, 4, 2.0, 11), several_labels(120, 3, 0.8, 5)],
    "words": [words(250, 5, 1.5, 7, 9)],
}
with open("label-issues.json", "w") as file:
    json.dump(golden, file)
    file.write("\n")
