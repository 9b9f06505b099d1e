"""The ONNX files of the BERT in golden/interop/peft/base and of the DeBERTa in golden/families/deberta-v3, as PyTorch's
exporter writes them.

    python3 generate.py

Needs PyTorch, transformers and onnx. bert.onnx was written with PyTorch 2.15.0 and transformers 5.24.0: weights of linear
layers, which the exporter turns to [in, out], bear names of its own; all are raw_data. deberta.onnx has the layers of queries and
keys twice each: for tokens, and for relative embeddings (share_att_key).
"""
import os

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import BertModel, DebertaV2Model

here = os.path.dirname(os.path.abspath(__file__))


class Hidden(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model.eval()

    def forward(self, *inputs):
        return self.model(*inputs).last_hidden_state


def export(model, file, *names):
    ones = torch.ones(2, 5, dtype=torch.long)
    torch.onnx.export(
        Hidden(model), (ones, ones, 0 * ones)[:len(names)], os.path.join(here, file), dynamo=False, opset_version=17,
        input_names=list(names), output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in (*names, "last_hidden_state")})


export(BertModel.from_pretrained(os.path.join(here, "../interop/peft/base"), attn_implementation="eager",
                                 add_pooling_layer=False), "bert.onnx", "input_ids", "attention_mask", "token_type_ids")
export(DebertaV2Model.from_pretrained(os.path.join(here, "../families/deberta-v3")), "deberta.onnx",
       "input_ids", "attention_mask")
