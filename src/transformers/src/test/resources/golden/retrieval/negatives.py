"""Hard negatives by sentence-transformers 6.2.0 (mine_hard_negatives). Run: python3 negatives.py > negatives.json

Texts are names of embeddings, q0, q1, ... for queries and d0, d1, ... for documents; some queries have several positives.
Of each case the settings and the rows of every output form.
"""
import json
from types import SimpleNamespace

import datasets
import numpy as np
import torch
from datasets import Dataset
from sentence_transformers.util import mine_hard_negatives

# Names of cached files, which pickle parts of PyArrow.
datasets.arrow_dataset.generate_fingerprint = lambda dataset: "0"

QUERIES, DOCUMENTS, WIDTH = 6, 40, 5
random = np.random.default_rng(20261128)
queries = random.normal(size=(QUERIES, WIDTH)).round(4)
documents = random.normal(size=(DOCUMENTS, WIDTH)).round(4)


class Stub:
    """Embeds names."""

    device = torch.device("cpu")
    model_card_data = SimpleNamespace(base_model="stub")

    def encode(self, texts, **options):
        rows = [(queries if text[0] == "q" else documents)[int(text[1:])] for text in texts]
        rows = np.array(rows, dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    encode_query = encode
    encode_document = encode

    def similarity(self, a, b):
        return torch.as_tensor(a) @ torch.as_tensor(b).T

    def similarity_pairwise(self, a, b):
        return (torch.as_tensor(a) * torch.as_tensor(b)).sum(dim=1)


order = np.argsort(-(queries / np.linalg.norm(queries, axis=1, keepdims=True)
                     @ (documents / np.linalg.norm(documents, axis=1, keepdims=True)).T), axis=1)
# Positives at several ranks, so that margins cut some candidates off.
PAIRS = [(q, int(order[q][rank])) for q, ranks in enumerate([[0], [3], [1, 6], [12], [2], [20, 5]]) for rank in ranks]
CASES = [
    dict(),
    dict(num_negatives=5, range_min=2),
    dict(num_negatives=4, range_min=1, range_max=7),
    dict(num_negatives=4, absolute_margin=0.1),
    dict(num_negatives=4, relative_margin=0.05),
    dict(num_negatives=4, relative_margin=0.2, max_score=0.6, min_score=0.1, range_min=1, range_max=12),
    dict(num_negatives=6, max_score=0.5, range_max=9),
    dict(num_negatives=3, absolute_margin=0.0),
    dict(num_negatives=35, range_max=38),
]


def rounded(value):
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return round(value, 7) if isinstance(value, float) else value


def rows(options, form):
    data = Dataset.from_dict({"query": [f"q{q}" for q, _ in PAIRS], "positive": [f"d{d}" for _, d in PAIRS]})
    mined = mine_hard_negatives(data, Stub(), corpus=[f"d{i}" for i in range(DOCUMENTS)], verbose=False,
                                output_format=form, output_scores=True, **options)
    return [rounded(list(row.values())) for row in mined]


print(json.dumps({
    "queries": queries.tolist(),
    "documents": documents.tolist(),
    "pairs": PAIRS,
    "cases": [{"options": options, **{form: rows(options, form) for form in
               ["triplet", "n-tuple", "labeled-pair", "labeled-list"]}} for options in CASES],
}))
