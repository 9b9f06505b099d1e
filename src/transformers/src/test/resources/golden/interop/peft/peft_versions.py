"""Writes adapters with the installed version of Hugging Face PEFT, and what that version computes with them.

    python3 peft_versions.py FOLDER

FOLDER gets, if it is not there, base (a random BERT of two layers and width 12) and, for the installed version, VERSION/CASE
with adapter_config.json and adapter_model.safetensors as PEFT saves them, and expected.json: a few inputs and the logits, in
double precision, of a model that PEFT loaded from the folder. One definition of the cases serves every version; what its
patterns and its alpha mean differs between versions. The folders here are of PEFT 0.11.1, 0.13.2, 0.14.0 and 0.15.2 with
transformers 4.45.2, and of PEFT 0.20.0 with transformers 5.6.0; PyTorch 2.15, NumPy 2.4. The last two cases, of which no
logits are kept, are of one version each.
"""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
import torch
import torch.distributed.tensor  # noqa: F401 (PEFT 0.18 and later use it without an import)
import peft
import transformers
from peft import LoKrConfig, LoraConfig, PeftModel, get_peft_model
from transformers import (
    BertConfig, BertForSequenceClassification, BertModel, RobertaConfig, RobertaForSequenceClassification)

root = sys.argv[1]
base = os.path.join(root, "base")
SIZES = dict(hidden_size=12, num_attention_heads=3, num_hidden_layers=2, intermediate_size=20, vocab_size=31,
             max_position_embeddings=16)
INPUTS = [([2, 30, 4], [0, 0, 0]), ([7, 1, 9, 12, 3], [0, 0, 1, 1, 1]), ([11, 25, 6, 6, 19, 28, 3], [0] * 7)]
QUERY_VALUE = ["query", "value"]
DENSE = ["query", "key", "value", "dense"]

# Keys in the order in which PEFT writes them, so that a loaded adapter has the patterns that it was made with.
PATTERNS = {
    "rank_pattern": {r"^bert.encoder.layer.0.attention.self.value": 4, "layer.1.attention.self.value": 2, "query": 5},
    "alpha_pattern": {r"^bert.encoder.layer.1.attention.self.query": 13, "layer.0.attention.self.query": 7, "value": 11}}
CASES = {
    "lora-patterns": LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=QUERY_VALUE, **PATTERNS),
    "lokr": LoKrConfig(task_type="SEQ_CLS", r=3, alpha=7, target_modules=QUERY_VALUE + ["intermediate.dense"]),
    "lokr-patterns": LoKrConfig(task_type="SEQ_CLS", r=3, alpha=10, decompose_both=True, decompose_factor=2,
                                target_modules=QUERY_VALUE + ["intermediate.dense"], **PATTERNS),
    # The same ranks by every version's rules, so that no shape tells a wrong alpha.
    "lora-alphas": LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=QUERY_VALUE,
                              rank_pattern={"layer.0.attention.self.query": 3}, alpha_pattern=PATTERNS["alpha_pattern"])}
# The commonest targets for BERT, which include its pooler.
POOLER = {
    "query-key-value-dense": LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=5, target_modules=DENSE),
    "all-linear": LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=5, target_modules="all-linear")}


def randomize(parameters, deviation):
    for parameter in parameters:
        parameter.data = torch.randn(parameter.shape) * deviation


def write_base():
    torch.manual_seed(20251125)
    model = BertModel(BertConfig(**SIZES))
    for name, parameter in model.named_parameters():
        norm = name.endswith("LayerNorm.weight")
        parameter.data = torch.randn(parameter.shape) * (0.2 if norm else 0.4) + (1 if norm else 0)
    model.save_pretrained(base)
    with open(os.path.join(base, "vocab.txt"), "w") as file:
        file.write("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [f"w{i}" for i in range(26)]) + "\n")


def classifier():
    return BertForSequenceClassification.from_pretrained(base, num_labels=3).eval()


def logits(model):
    model = model.double().eval()
    with torch.no_grad():
        return [model(torch.tensor([ids]), token_type_ids=torch.tensor([types])).logits[0].tolist()
                for ids, types in INPUTS]


def save(name, model, config):
    folder = os.path.join(root, peft.__version__, name)
    adapted = get_peft_model(model, config)
    randomize((p for p in adapted.parameters() if p.requires_grad), 0.5)
    adapted.save_pretrained(folder)
    readme = os.path.join(folder, "README.md")
    if os.path.exists(readme):
        os.remove(readme)
    # The name would be this machine's path.
    path = os.path.join(folder, "adapter_config.json")
    with open(path) as file:
        written = json.load(file)
    written["base_model_name_or_path"] = "tiny"
    with open(path, "w") as file:
        json.dump(written, file, indent=2, sort_keys=True)
    return folder, adapted


if not os.path.exists(base):
    write_base()
pooler = peft.__version__ in ("0.13.2", "0.20.0")
for number, (name, config) in enumerate((CASES | (POOLER if pooler else {})).items()):
    torch.manual_seed(20251126 + number)
    folder, adapted = save(name, classifier(), config)
    expected = logits(PeftModel.from_pretrained(classifier(), folder))
    assert torch.allclose(torch.tensor(expected), torch.tensor(logits(adapted)), rtol=0, atol=1e-12), name
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump({"peft": peft.__version__, "transformers": transformers.__version__,
                   "ids": [ids for ids, _ in INPUTS], "types": [types for _, types in INPUTS], "logits": expected}, file)
if peft.__version__ == "0.13.2":
    # LoRA on RoBERTa's classifier too, since its first layer is a dense as well; versions from 0.16 on leave it out.
    save("roberta-dense", RobertaForSequenceClassification(RobertaConfig(**SIZES, type_vocab_size=1)),
         LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=5, target_modules=DENSE))
if peft.__version__ == "0.20.0":
    save("dora", classifier(), LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=5, use_dora=True, target_modules=["query"]))
