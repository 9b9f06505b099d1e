"""Writes bert-base-hidden.json: hidden states of BERT-base uncased for three texts in one padded batch.

    PYTHONPATH=FOLDER python3 bert_base_hidden.py > bert-base-hidden.json

FOLDER holds a PyTorch implementation as module `encoder`, with load("bert") giving a model and
model.hidden(ids, types, mask) its last hidden states. PyTorch 2, FLOAT. Kept per token: the first eight numbers and the
Euclidean norm of its state.
"""
import json

import torch
from encoder import WordPiece, load

PAIRS = [
    ("The quick brown fox jumps over the lazy dog.", None),
    ("Amrozi accused his neighbour of distorting the evidence.", "He said that his neighbour had distorted the evidence on purpose."),
    ("Rain.", "Snow and sleet, then sun."),
]
tokens = [WordPiece().encode(a, b, 64) for a, b in PAIRS]
longest = max(len(ids) for ids, _ in tokens)
pad = lambda row: row + [0] * (longest - len(row))
ids = torch.tensor([pad(i) for i, _ in tokens])
types = torch.tensor([pad(t) for _, t in tokens])
mask = torch.tensor([pad([1] * len(i)) for i, _ in tokens])
with torch.no_grad():
    hidden = load("bert").hidden(ids, types, mask)
out = []
for (first, second), (i, t), states in zip(PAIRS, tokens, hidden):
    out.append({
        "first": first, "second": second, "ids": i, "types": t,
        "states": [[round(float(x), 6) for x in state[:8]] for state in states[:len(i)]],
        "norms": [round(float(state.norm()), 5) for state in states[:len(i)]],
    })
print(json.dumps(out))
