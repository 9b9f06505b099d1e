"""Writes adapters as other libraries save them, and what their layers add to an output, by PyTorch in double precision.

    python3 interop.py FOLDER

FOLDER gets lora, rslora, lokr (as PEFT saves them), authors.safetensors (the state dict of LSR-Adapt's authors) and
expected.json: for each, by layer, an input x and what the adapter adds to the layer's output. Each rule is written here
from its definition: PEFT's LoRA is linear(linear(x, A), B)·α/r or ·α/√r with r and α by pattern, its LoKr linear(x, kron(w1,
w2))·α/r, the authors' layer linear(linear(x, Σ kron(A1, A2)), Σ kron(B1, B2))·α/r. PyTorch 2.6, NumPy 2.2.
"""
import json
import math
import os
import re
import struct
import sys

import torch
from torch.nn.functional import linear

root = sys.argv[1]
torch.manual_seed(20251124)
SIZES = {"query": (12, 12), "value": (12, 12), "intermediate.dense": (20, 12), "output.dense": (12, 20)}
expected = {}


def normal(*shape):
    return torch.randn(*shape, dtype=torch.float32)


def size(layer):
    return SIZES[next(s for s in SIZES if layer.endswith("." + s) and not layer.endswith("attention." + s))]


def save(path, tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def adapter(folder, config, tensors):
    os.makedirs(os.path.join(root, folder), exist_ok=True)
    with open(os.path.join(root, folder, "adapter_config.json"), "w") as file:
        json.dump(config, file, indent=2)
    save(os.path.join(root, folder, "adapter_model.safetensors"), tensors)


def keep(name, layer, added):
    x = normal(2, size(layer)[1]).double()
    expected.setdefault(name, {})[layer] = {"x": x.tolist(), "added": added(x).tolist()}


def by_pattern(patterns, path, otherwise):
    for key, value in patterns.items():
        if re.match(rf"(.*\.)?({key})$", path):
            return value
    return otherwise


BASE = {
    "auto_mapping": None, "base_model_name_or_path": "tiny", "inference_mode": True, "peft_type": None, "revision": None,
    "task_type": "SEQ_CLS", "layers_pattern": None, "layers_to_transform": None, "exclude_modules": None}
LORA = BASE | {
    "peft_type": "LORA", "bias": "none", "fan_in_fan_out": False, "init_lora_weights": True, "layer_replication": None,
    "loftq_config": {}, "lora_dropout": 0.1, "megatron_config": None, "megatron_core": "megatron.core",
    "modules_to_save": ["classifier", "score"], "use_dora": False, "lora_bias": False, "eva_config": None,
    "corda_config": None, "trainable_token_indices": None, "qalora_group_size": 16, "use_qalora": False,
    "target_parameters": None, "peft_version": "0.18.0"}


def lora(name, prefix, head, layers, config):
    tensors = {}
    for layer in layers:
        path = prefix + layer
        r = by_pattern(config["rank_pattern"], path, config["r"])
        alpha = by_pattern(config["alpha_pattern"], path, config["lora_alpha"])
        c = alpha / math.sqrt(r) if config["use_rslora"] else alpha / r
        a, b = normal(r, size(layer)[1]), normal(size(layer)[0], r)
        tensors[f"base_model.model.{path}.lora_A.weight"] = a
        tensors[f"base_model.model.{path}.lora_B.weight"] = b
        keep(name, layer, lambda x, a=a, b=b, c=c: linear(linear(x, a.double()), b.double()) * c)
    for key, shape in head.items():
        tensors["base_model.model." + key] = normal(*shape)
    adapter(name, LORA | config, tensors)


three = [f"encoder.layer.{i}.attention.self.{part}" for i in range(3) for part in ("query", "value")]
lora("lora", "bert.", {"classifier.weight": (3, 12), "classifier.bias": (3,)}, three,
     {"r": 5, "lora_alpha": 16, "use_rslora": False, "target_modules": ["query", "value"],
      "rank_pattern": {r"layer\.1\..*value": 2, "query": 3}, "alpha_pattern": {"layer.2.attention.self.query": 0.75}})
lora("rslora", "roberta.",
     {"classifier.dense.weight": (12, 12), "classifier.dense.bias": (12,), "classifier.out_proj.weight": (2, 12),
      "classifier.out_proj.bias": (2,)},
     ["encoder.layer.0.intermediate.dense", "encoder.layer.2.intermediate.dense", "encoder.layer.2.output.dense"],
     {"r": 7, "lora_alpha": 3, "use_rslora": True, "rank_pattern": {}, "alpha_pattern": {"intermediate.dense": 11},
      "target_modules": r".*encoder\.layer\.([02])\.intermediate\.dense|.*layer\.2\.output\.dense"})

# LoKr: w1 and w2 whole or as products, with wide and tall ones; r = 2, and 1 in one layer.
tensors = {}
LOKR_LAYERS = {
    "encoder.layer.0.attention.self.query": ((3, 4), (4, 3), False, False),
    "encoder.layer.0.attention.self.value": ((4, 3), (3, 4), True, False),
    "encoder.layer.1.attention.self.query": ((2, 6), (6, 2), False, True),
    "encoder.layer.1.intermediate.dense": ((4, 3), (5, 4), True, True),
    "encoder.layer.2.output.dense": ((1, 5), (12, 4), False, True)}
for layer, (first, second, product1, product2) in LOKR_LAYERS.items():
    r = by_pattern({"layer.2.output.dense": 1}, layer, 2)
    alpha = by_pattern({"query": 6}, layer, 5)
    whole = []
    for part, shape, product in (("lokr_w1", first, product1), ("lokr_w2", second, product2)):
        if product:
            a, b = normal(shape[0], r), normal(r, shape[1])
            tensors[f"base_model.model.{layer}.{part}_a"], tensors[f"base_model.model.{layer}.{part}_b"] = a, b
            whole.append(a.double() @ b.double())
        else:
            w = normal(*shape)
            tensors[f"base_model.model.{layer}.{part}"] = w
            whole.append(w.double())
    delta = torch.kron(*whole) * (alpha / r)
    keep("lokr", layer, lambda x, delta=delta: linear(x, delta))
adapter("lokr", BASE | {
    "peft_type": "LOKR", "task_type": "FEATURE_EXTRACTION", "r": 2, "alpha": 5, "rank_dropout": 0.0, "module_dropout": 0.0,
    "use_effective_conv2d": False, "decompose_both": True, "decompose_factor": -1, "rank_dropout_scale": False,
    "init_weights": True, "modules_to_save": None, "rank_pattern": {"layer.2.output.dense": 1},
    "alpha_pattern": {"query": 6}, "target_modules": sorted(LOKR_LAYERS)}, tensors)

# The authors' layers: s = 5 terms, inner size r = 2, lora_alpha = 3; the head too.
tensors = {}
for layer in three:
    a1, a2, b1, b2 = normal(5, 2, 4), normal(5, 2, 3), normal(5, 6, 2), normal(5, 2, 2)
    tensors |= {f"bert.{layer}.lora_A1": a1, f"bert.{layer}.lora_A2": a2, f"bert.{layer}.lora_B1": b1,
                f"bert.{layer}.lora_B2": b2}
    a = sum(torch.kron(x.double(), y.double()) for x, y in zip(a1, a2))
    b = sum(torch.kron(x.double(), y.double()) for x, y in zip(b1, b2))
    keep("authors", layer, lambda x, a=a, b=b: linear(linear(x, a), b) * (3 / 2))
save(os.path.join(root, "authors.safetensors"), tensors | {"classifier.weight": normal(3, 12), "classifier.bias": normal(3)})

with open(os.path.join(root, "expected.json"), "w") as file:
    json.dump(expected, file)
