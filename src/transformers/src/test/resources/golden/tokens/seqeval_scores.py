"""Writes seqeval.json beside itself: tags of random sentences, right and predicted ones of which some begin spans with I-, and what
seqeval says of them in its default mode.

    python seqeval_scores.py

Written with Python 3.11, seqeval 1.2.2 and NumPy 2.4.6.
"""
import json
import pathlib
import warnings

import numpy as np
from seqeval.metrics import accuracy_score, classification_report
from seqeval.metrics.sequence_labeling import get_entities

warnings.filterwarnings("ignore")  # of numbers that are 0 of 0, which are 0
HERE = pathlib.Path(__file__).parent


def tags(random, labels, length, outside):
    prefixes = random.choice(["B", "I"], length, p=[0.3, 0.7])
    kinds = random.choice(labels, length)
    return [("O" if random.random() < outside else f"{p}-{k}") for p, k in zip(prefixes, kinds)]


def changed(random, right, labels, rate):
    other = tags(random, labels, len(right), 0.5)
    return [o if random.random() < rate else r for r, o in zip(right, other)]


def case(random, labels, said, sentences, outside, rate):
    right = [tags(random, labels, int(n), outside) for n in random.integers(1, 12, sentences)]
    predicted = [changed(random, row, said, rate) for row in right]
    report = classification_report(right, predicted, output_dict=True)
    scores = {name: {key: float(value) for key, value in report[name].items()} for name in report
              if name not in ("macro avg", "weighted avg")}
    return {"right": right, "predicted": predicted, "accuracy": float(accuracy_score(right, predicted)),
            "scores": scores, "spans": [[[a, b + 1, k] for k, a, b in get_entities(row)] for row in predicted]}


def main():
    random = np.random.default_rng(7)
    labels = ["LOC", "PER", "ORG-X"]
    cases = [
        case(random, labels, labels, 12, 0.6, 0.3),
        case(random, labels, labels, 5, 0.3, 0.9),
        case(random, ["LOC"], ["PER"], 3, 0.5, 1.0),  # nothing is right
        case(random, labels, ["DATE", "LOC"], 6, 0.7, 0.5),  # a label that never is right
        case(random, labels, labels, 4, 0.9, 0.0),  # all is right
    ]
    (HERE / "seqeval.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
