"""The ONNX file of the BERT in golden/interop/peft/base, as PyTorch's exporter writes it.

    python3 generate.py

Needs PyTorch, transformers and onnx. bert.onnx was written with PyTorch 2.15.0 and transformers 5.24.0: weights of linear
layers, which the exporter turns to [in, out], bear names of its own; all are raw_data.
"""
import os

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import BertModel

here = os.path.dirname(os.path.abspath(__file__))
model = BertModel.from_pretrained(
    os.path.join(here, "../interop/peft/base"), attn_implementation="eager", add_pooling_layer=False).eval()


class Hidden(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids, attention_mask, token_type_ids).last_hidden_state


names = ["input_ids", "attention_mask", "token_type_ids"]
ones = torch.ones(2, 5, dtype=torch.long)
torch.onnx.export(
    Hidden(), (ones, ones, 0 * ones), os.path.join(here, "bert.onnx"), dynamo=False, opset_version=17, input_names=names,
    output_names=["last_hidden_state"],
    dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names + ["last_hidden_state"]})
