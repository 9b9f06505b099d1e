"""Golden values of embedding losses by sentence-transformers 6.2.0. Run: python3 embeddings.py > embeddings.json

Hidden states of texts, their number of tokens, and of each case the loss and its gradient with respect to the hidden
states of the real tokens, in the order of the batch: anchor, positive, negatives of each group, then the next.
"""
import json

import torch
from sentence_transformers import losses
from sentence_transformers.models import Pooling

WIDTH = 12
torch.manual_seed(20251203)
torch.set_default_dtype(torch.float64)


class Hidden(torch.nn.Module):
    """Texts are numbers, their hidden states a parameter."""

    def __init__(self, lengths, mode):
        super().__init__()
        self.lengths = torch.tensor(lengths)
        self.states = torch.nn.Parameter(torch.randn(len(lengths), max(lengths), WIDTH).round(decimals=5))
        self.pooling = Pooling(WIDTH, mode)

    def forward(self, features):
        texts = features["input_ids"][:, 0]
        mask = torch.arange(self.states.shape[1])[None, :] < self.lengths[texts][:, None]
        return self.pooling({"token_embeddings": self.states[texts], "attention_mask": mask.long()})


class Model(torch.nn.Sequential):
    def get_embedding_dimension(self):
        return WIDTH


def rounded(tensor):
    return [float(f"{x:.9g}") for x in tensor.flatten().tolist()]


def case(name, mode, lengths, columns, make, scores=None):
    model = Model(Hidden(lengths, mode))
    texts = torch.arange(len(lengths)).reshape(-1, columns)
    features = [{"input_ids": texts[:, c : c + 1]} for c in range(columns)]
    loss = make(model)(features, None if scores is None else torch.tensor(scores))
    loss.backward()
    real = [(i, t) for i, n in enumerate(lengths) for t in range(n)]
    pick = lambda tensor: rounded(torch.stack([tensor[i, t] for i, t in real]))
    return {
        "name": name,
        "pooling": mode,
        "lengths": lengths,
        "columns": columns,
        "scores": scores,
        "hidden": pick(model[0].states.detach()),
        "loss": loss.item(),
        "gradient": pick(model[0].states.grad),
    }


PAIRS = [3, 1, 2, 4, 5, 1, 2, 2]
TRIPLES = [3, 1, 2, 4, 5, 1, 2, 2, 1]
CASES = [
    case("contrast", "mean", PAIRS, 2, lambda m: losses.MultipleNegativesRankingLoss(m, scale=20.0)),
    case("contrast", "cls", TRIPLES, 3, lambda m: losses.MultipleNegativesRankingLoss(m, scale=20.0)),
    case("contrast", "mean", TRIPLES, 3, lambda m: losses.MultipleNegativesRankingLoss(m, scale=5.0)),
    case("cached", "mean", TRIPLES, 3, lambda m: losses.CachedMultipleNegativesRankingLoss(m, 20.0, mini_batch_size=2)),
    case("symmetric", "mean", PAIRS, 2, lambda m: losses.MultipleNegativesSymmetricRankingLoss(m, scale=20.0)),
    case("cosine", "mean", PAIRS, 2, losses.CosineSimilarityLoss, [0.13, 0.87, -0.4, 0.55]),
    case("cosent", "mean", PAIRS, 2, lambda m: losses.CoSENTLoss(m, scale=20.0), [0.13, 0.87, 0.13, 0.55]),
    case("triplet", "cls", TRIPLES, 3, lambda m: losses.TripletLoss(
        m, distance_metric=losses.TripletDistanceMetric.COSINE, triplet_margin=0.5)),
    case("matryoshka", "mean", TRIPLES, 3, lambda m: losses.MatryoshkaLoss(
        m, losses.MultipleNegativesRankingLoss(m, scale=20.0), [12, 5, 3], [1.0, 0.7, 1.3])),
    case("matryoshka-cosent", "mean", PAIRS, 2, lambda m: losses.MatryoshkaLoss(
        m, losses.CoSENTLoss(m, scale=20.0), [7, 2]), [0.13, 0.87, -0.4, 0.55]),
]
for entry, temperature in zip(CASES, [0.05, 0.05, 0.2, 0.05, 0.05, None, None, None, 0.05, None]):
    entry["temperature"] = temperature
print(json.dumps({"width": WIDTH, "cases": CASES}))
