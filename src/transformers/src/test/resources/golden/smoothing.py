"""Golden values of smoothed labels by torch, transformers and PEFT. Run: python3 smoothing.py > smoothing.json

Scores of classes by torch's cross_entropy with label_smoothing, with and without weights of classes, and by the Trainer's
LabelSmoother, which has none; and the loss of families/llama with its adapter as the Trainer smooths it, with some gradients.
"""
import json
import pathlib
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import LlamaForCausalLM, trainer_pt_utils
from transformers.trainer_pt_utils import LabelSmoother

sys.path.insert(0, str(pathlib.Path(__file__).parent / "families"))
sys.dont_write_bytecode = True
import float64

trainer_pt_utils.torch = float64._Float64Torch()  # it sums in float32

FOLDER = pathlib.Path(__file__).parent / "families" / "llama"
IGNORED = -100
torch.manual_seed(20261129)
torch.set_default_dtype(torch.float64)


def rounded(tensor):
    if tensor.dim() > 1:
        return [rounded(row) for row in tensor]
    return [float(f"{x:.12g}") for x in tensor.tolist()]


def classes(smoothing, weighted, ignoring):
    scores = torch.nn.Parameter(3 * torch.randn(6, 4))
    labels = torch.tensor([0, 3, 1, 3, 2, 0])
    if ignoring:
        labels[1] = labels[5] = IGNORED
    weights = torch.tensor([0.41, 2.3, 1.0, 0.77]) if weighted else None
    value = torch.nn.functional.cross_entropy(scores, labels, weights, label_smoothing=smoothing)
    value.backward()
    if not weighted:
        trainer = LabelSmoother(epsilon=smoothing)({"logits": scores}, labels)
        assert abs(trainer.item() - value.item()) < 1e-12, (trainer, value)
    return {"smoothing": smoothing, "scores": rounded(scores.detach()), "labels": labels.tolist(),
            "weights": None if weights is None else rounded(weights), "loss": value.item(),
            "gradient": rounded(scores.grad)}


def language_model(smoothing):
    base = float64.convert(LlamaForCausalLM.from_pretrained(FOLDER, attn_implementation="eager")).eval()
    adapted = PeftModel.from_pretrained(base, FOLDER / "adapter", is_trainable=True).double().eval()
    expected = load_file(FOLDER / "expected.safetensors")
    offsets = expected["offsets"].tolist()
    pieces = [expected["input_ids"][a:b].long() for a, b in zip(offsets, offsets[1:])]
    pad = lambda rows, value: torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    with float64.everywhere():
        logits = adapted(input_ids=pad(pieces, 0), attention_mask=pad([torch.ones_like(p) for p in pieces], 0)).logits
        value = LabelSmoother(epsilon=smoothing)({"logits": logits}, pad(pieces, IGNORED), shift_labels=True)
        value.backward()
    names = ("layers.0.mlp.down_proj", "layers.1.self_attn.q_proj")
    return {"smoothing": smoothing, "loss": value.item(), "gradients": {
        name.replace(".default", ""): rounded(parameter.grad) for name, parameter in adapted.named_parameters()
        if parameter.requires_grad and any(part in name for part in names)}}


print(json.dumps({
    "classes": [classes(0.1, False, False), classes(0.3, True, False), classes(0.2, False, True)],
    "language_model": [language_model(0.1), language_model(0.37)],
}))
