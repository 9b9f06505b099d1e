"""Golden values of several labels a text, by torch, transformers, PEFT and scikit-learn. Run: python3 labels.py > labels.json

Losses of random scores by BCEWithLogitsLoss; the loss of families/bert as transformers computes it with the problem_type
multi_label_classification, and its gradients by the adapter there; and scores by scikit-learn, with the largest F1 that
any threshold gives.
"""
import json
import pathlib
import warnings

import numpy as np
import torch
from peft import PeftModel
from safetensors.torch import load_file
from sklearn import metrics
from transformers import BertForSequenceClassification

FOLDER = pathlib.Path(__file__).parent / "families" / "bert"
torch.manual_seed(20261128)
torch.set_default_dtype(torch.float64)
random = np.random.default_rng(20261128)
warnings.filterwarnings("ignore", module="sklearn")


def rounded(tensor):
    if tensor.dim() > 1:
        return [rounded(row) for row in tensor]
    return [float(f"{x:.12g}") for x in tensor.tolist()]


def loss(weighted):
    scores = torch.nn.Parameter(4 * torch.randn(5, 4))
    with torch.no_grad():
        scores[0, 1], scores[3, 2] = 800.0, -790.0
    targets = torch.randint(0, 2, (5, 4)).double()
    targets[2] = 0
    weights = torch.tensor([0.37, 1.9, 5.3, 1.0]) if weighted else None
    value = torch.nn.BCEWithLogitsLoss(pos_weight=weights)(scores, targets)
    value.backward()
    return {"scores": rounded(scores.detach()), "targets": rounded(targets),
            "weights": None if weights is None else rounded(weights), "loss": value.item(),
            "gradient": rounded(scores.grad)}


def model():
    """What transformers computes itself; PEFT trains the adapter's own head."""
    base = BertForSequenceClassification.from_pretrained(
        FOLDER, problem_type="multi_label_classification", attn_implementation="eager").double().eval()
    adapted = PeftModel.from_pretrained(base, FOLDER / "adapter", is_trainable=True).double().eval()
    expected = load_file(FOLDER / "expected.safetensors")
    offsets = expected["offsets"].tolist()
    pieces = list(zip(offsets, offsets[1:]))
    pad = lambda rows: torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    batch = {name: pad([expected[name][a:b].long() for a, b in pieces]) for name in ("input_ids", "token_type_ids")}
    batch["attention_mask"] = pad([torch.ones(b - a, dtype=int) for a, b in pieces])
    targets = torch.randint(0, 2, (len(pieces), base.config.num_labels)).double()
    value = adapted(**batch, labels=targets).loss
    value.backward()
    return {"targets": rounded(targets), "loss": value.item(), "gradients": {
        name.replace(".default", "").replace(".modules_to_save", ""): rounded(parameter.grad)
        for name, parameter in adapted.named_parameters() if parameter.requires_grad}}


def scores():
    labels = 5
    truth = random.random((40, labels)) < [0.5, 0.1, 0.3, 0.0, 0.8]
    probabilities = np.round(np.clip(0.35 * truth + 0.7 * random.random((40, labels)), 0.01, 0.99), 2)
    thresholds = [0.5, 0.3, 0.61, 0.5, 0.2]
    said = probabilities >= thresholds
    best = []
    for c in range(labels):
        precision, recall, _ = metrics.precision_recall_curve(truth[:, c], probabilities[:, c])
        best.append(float(np.nan_to_num(2 * precision * recall / (precision + recall)).max()) if truth[:, c].any() else 0.0)
    each = metrics.precision_recall_fscore_support(truth, said, zero_division=0)
    return {"truth": truth.astype(int).tolist(), "probabilities": probabilities.tolist(), "thresholds": thresholds,
            "best": best,
            "each": [[float(x) for x in row] for row in zip(*each)],
            "micro": [float(x) for x in metrics.precision_recall_fscore_support(
                truth, said, average="micro", zero_division=0)[:3]],
            "macro_f1": float(metrics.f1_score(truth, said, average="macro", zero_division=0,
                                               labels=np.flatnonzero(truth.any(axis=0)))),
            "accuracy": float(metrics.accuracy_score(truth, said))}


print(json.dumps({"losses": [loss(False), loss(True)], "model": model(), "scores": scores()}))
