"""Golden values of rerankers' losses by sentence-transformers 6.2.0. Run: python3 rerankers.py > rerankers.json

Scores of each query's passages, one query after the other, with what is known of each passage (relevance, grades, or a
teacher's scores), and of each case the loss and its gradient with respect to the scores.
"""
import json

import torch
from sentence_transformers.cross_encoder import CrossEncoder, losses

torch.manual_seed(20261128)
torch.set_default_dtype(torch.float64)
# The losses cast to 32 bits.
torch.Tensor.float = lambda tensor: tensor.double()


class Scores(CrossEncoder):
    """A cross-encoder whose pairs' scores are parameters, each pair's named by its passage."""

    num_labels = 1
    device = torch.device("cpu")

    def __init__(self, count):
        torch.nn.Module.__init__(self)
        self.scores = torch.nn.Parameter(3 * torch.randn(count))

    def preprocess(self, pairs, **options):
        return {"index": torch.tensor([int(passage) for _, passage in pairs])}

    def forward(self, features):
        return {"scores": self.scores[features["index"]]}


def rounded(tensor):
    return [float(f"{x:.12g}") for x in tensor.flatten().tolist()]


def case(name, known):
    sizes = [len(query) for query in known]
    model = Scores(sum(sizes))
    passages, first = [], 0
    for size in sizes:
        passages.append([str(i) for i in range(first, first + size)])
        first += size
    queries = [f"q{i}" for i in range(len(sizes))]
    if name == "binary":
        pairs = [(query, passage) for query, some in zip(queries, passages) for passage in some]
        columns = [[query for query, _ in pairs], [passage for _, passage in pairs]]
        value = losses.BinaryCrossEntropyLoss(model)(columns, torch.tensor([y for query in known for y in query]))
    elif name == "listwise":
        value = losses.LambdaLoss(model)([queries, passages], [torch.tensor(query) for query in known])
    else:
        columns = [queries] + [list(column) for column in zip(*passages)]
        value = losses.MarginMSELoss(model)(columns, [torch.tensor(query) for query in known])
    value.backward()
    return {
        "loss": name,
        "known": known,
        "scores": rounded(model.scores.detach()),
        "value": value.item(),
        "gradient": rounded(model.scores.grad),
    }


print(json.dumps({"cases": [
    case("binary", [[1.0, 0.0, 0.0], [0.0, 1.0], [0.35]]),
    case("listwise", [[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]),
    case("listwise", [[2.0, 0.0, 3.0, 1.0, 0.0, 1.0, 2.0], [0.0, 1.0], [0.4, 0.9, 0.1]]),
    case("margin", [[7.31, 2.17, -1.03], [0.29, 1.43, -3.61]]),
    case("margin", [[0.91, 0.13], [-0.47, -2.03]]),
]}))
