"""Writes a ModernBERT, LoRA with a classifier on it as Hugging Face PEFT saves them by default, and what PEFT computes with them.

    python3 modernbert.py FOLDER

FOLDER gets base (a random masked language model of two layers and width 12) and lora with adapter_config.json,
adapter_model.safetensors and expected.json: a few inputs and the logits, in double precision, of a model that PEFT loaded
from the folder. The classifier's dense layer and normalization are the base model's: PEFT saves neither. float64.py of the
families, which this imports, says what double precision needs. PEFT 0.21.2, transformers 5.25.0, PyTorch 2.15.
"""
import json
import os
import sys

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import ModernBertConfig, ModernBertForMaskedLM, ModernBertForSequenceClassification

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "families"))
import float64

root = sys.argv[1]
base, folder = os.path.join(root, "base"), os.path.join(root, "lora")
INPUTS = [[1, 30, 2], [1, 7, 9, 12, 3, 2], [1, 25, 6, 6, 19, 28, 3, 11, 2]]


def randomize(parameters):
    for name, parameter in parameters:
        norm = "norm" in name
        parameter.data = torch.randn(parameter.shape) * (0.2 if norm else 0.4) + (1 if norm else 0)


def classifier():
    return ModernBertForSequenceClassification.from_pretrained(base, num_labels=3, attn_implementation="eager").eval()


def logits(model):
    model = float64.convert(model).eval()
    with torch.no_grad(), float64.everywhere():
        return [model(torch.tensor([ids])).logits[0].tolist() for ids in INPUTS]


torch.manual_seed(20261206)
model = ModernBertForMaskedLM(ModernBertConfig(
    vocab_size=31, hidden_size=12, num_attention_heads=3, num_hidden_layers=2, intermediate_size=20,
    max_position_embeddings=16, global_attn_every_n_layers=2, local_attention=4, pad_token_id=0, bos_token_id=1,
    cls_token_id=1, eos_token_id=2, sep_token_id=2))
randomize(model.named_parameters())
model.save_pretrained(base)
words = {word: i for i, word in enumerate(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"] + [f"w{i}" for i in range(26)])}
tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer.save(os.path.join(base, "tokenizer.json"))

adapted = get_peft_model(
    classifier(), LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=["Wqkv", "Wo", "Wi"]))
randomize((name, p) for name, p in adapted.named_parameters() if p.requires_grad)
adapted.save_pretrained(folder)
os.remove(os.path.join(folder, "README.md"))
# The name would be this machine's path.
path = os.path.join(folder, "adapter_config.json")
with open(path) as file:
    written = json.load(file)
written["base_model_name_or_path"] = "tiny"
with open(path, "w") as file:
    json.dump(written, file, indent=2, sort_keys=True)
expected = logits(PeftModel.from_pretrained(classifier(), folder))
assert torch.allclose(torch.tensor(expected), torch.tensor(logits(adapted)), rtol=0, atol=1e-12)
with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump({"peft": peft.__version__, "transformers": transformers.__version__, "ids": INPUTS,
               "types": [[0] * len(ids) for ids in INPUTS], "logits": expected}, file)
