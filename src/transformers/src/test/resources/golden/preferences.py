"""Golden values of losses of preferences by torch, transformers and PEFT in float64. Run: python3 preferences.py > preferences.json

The formulas are those of DPO (arXiv 2305.18290, equation 7; smoothed as in TRL's DPOTrainer) and of ORPO (arXiv 2403.07691, equations 3 to 7,
and TRL's ORPOTrainer with the mean of the log-probabilities of an answer's tokens; the first term is of the answer alone). The model is
families/llama with its adapter, the reference the same with the adapter off.
"""
import json
import pathlib
import sys

import torch
from peft import PeftModel
from torch.nn.functional import logsigmoid
from transformers import LlamaForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).parent / "families"))
sys.dont_write_bytecode = True
import float64

FOLDER = pathlib.Path(__file__).parent / "families" / "llama"
torch.manual_seed(20261130)
torch.set_default_dtype(torch.float64)


def rounded(tensor):
    if tensor.dim() > 1:
        return [rounded(row) for row in tensor]
    return [float(f"{x:.12g}") for x in tensor.tolist()]


def losses(name, beta, smoothing, chosen, rejected, reference):
    """Losses and margins of pairs, given (sum of log-probabilities, number of tokens) of answers and the reference's sums."""
    if name == "dpo":
        margin = beta * ((chosen[0] - rejected[0]) - (reference[0] - reference[1]))
        return -(1 - smoothing) * logsigmoid(margin) - smoothing * logsigmoid(-margin), margin
    good, bad = chosen[0] / chosen[1], rejected[0] / rejected[1]
    log_odds = (good - bad) - (torch.log1p(-torch.exp(good)) - torch.log1p(-torch.exp(bad)))
    return -good - beta * logsigmoid(log_odds), beta * (good - bad)


def answer(model, sequence):
    ids = torch.tensor(sequence["ids"])
    logits = model(input_ids=ids[None]).logits[0, :-1]
    logps = logits.log_softmax(-1).gather(1, ids[1:, None])[sequence["given"] - 1:, 0]
    return logps.sum(), len(logps)


def column(pairs, side):
    return torch.stack([pair[side][0] for pair in pairs]), torch.tensor([float(pair[side][1]) for pair in pairs])


def sums(name, beta, smoothing):
    """The loss of numbers alone, some of them far apart."""
    chosen = -torch.tensor([3.7, 0.2, 41.0, 900.0, 12.5])
    rejected = -torch.tensor([5.1, 7.3, 40.2, 1.3, 800.0])
    lengths = torch.tensor([[3.0, 4.0], [1.0, 2.0], [17.0, 16.0], [9.0, 5.0], [7.0, 8.0]])
    reference = -torch.tensor([[4.1, 4.9], [0.3, 6.2], [39.0, 42.0], [880.0, 2.0], [11.0, 820.0]])
    chosen.requires_grad_(), rejected.requires_grad_()
    values, margins = losses(
        name, beta, smoothing, (chosen, lengths[:, 0]), (rejected, lengths[:, 1]), (reference[:, 0], reference[:, 1]))
    values.sum().backward()
    return {"loss": name, "beta": beta, "smoothing": smoothing,
            "chosen": rounded(chosen.detach()), "rejected": rounded(rejected.detach()), "lengths": rounded(lengths),
            "reference": rounded(reference), "values": rounded(values.detach()), "margins": rounded(margins.detach()),
            "by_chosen": rounded(chosen.grad), "by_rejected": rounded(rejected.grad)}


def language_model(name, beta, smoothing):
    base = float64.convert(LlamaForCausalLM.from_pretrained(FOLDER, attn_implementation="eager")).eval()
    adapted = PeftModel.from_pretrained(base, FOLDER / "adapter", is_trainable=True).double().eval()
    pairs = []
    for prompt, good, bad in ((4, 5, 2), (1, 3, 6), (6, 1, 4)):
        start = torch.randint(3, base.config.vocab_size, (prompt,)).tolist()
        pairs.append([{"ids": start + torch.randint(3, base.config.vocab_size, (count,)).tolist(), "given": prompt}
                      for count in (good, bad)])
    with float64.everywhere():
        with torch.no_grad(), adapted.disable_adapter():
            reference = torch.stack([torch.stack([answer(adapted, side)[0] for side in pair]) for pair in pairs])
        answers = [[answer(adapted, side) for side in pair] for pair in pairs]
        values, margins = losses(
            name, beta, smoothing, column(answers, 0), column(answers, 1), (reference[:, 0], reference[:, 1]))
        values.mean().backward()
    names = ("layers.0.mlp.down_proj", "layers.1.self_attn.q_proj")
    return {"loss": name, "beta": beta, "smoothing": smoothing, "pairs": pairs, "reference": rounded(reference),
            "value": values.mean().item(), "margins": rounded(margins.detach()), "gradients": {
                key.replace(".default", ""): rounded(parameter.grad) for key, parameter in adapted.named_parameters()
                if parameter.requires_grad and any(part in key for part in names)}}


CASES = (("dpo", 0.1, 0.0), ("dpo", 0.37, 0.15), ("orpo", 0.1, 0.0), ("orpo", 1.3, 0.0))
print(json.dumps({
    "sums": [sums(*case) for case in CASES],
    "language_model": [language_model(*case) for case in CASES],
}))
