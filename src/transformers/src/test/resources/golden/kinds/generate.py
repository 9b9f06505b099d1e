"""Adapters that PEFT saves of HiRA, VeRA, FourierFT, MiSS and Uni-LoRA, with their updates.

Run here: python3 generate.py

with torch and peft (0.21.2) installed. Writes a folder for each, and updates.json with the weights W [in, out] of the two layers and
each adapter's ΔW [in, out] of both, in the orientation of org.lsradapt.
"""
import json
import os

import torch
from peft import FourierFTConfig, HiraConfig, MissConfig, UniLoraConfig, VeraConfig, get_peft_model

torch.manual_seed(20261129)
LAYERS = ["first", "second"]
CONFIGS = {
    "hira": HiraConfig(r=2, target_modules=LAYERS),
    "vera": VeraConfig(r=5, target_modules=LAYERS, projection_prng_key=42),
    "fourierft": FourierFTConfig(n_frequency=9, scaling=37.0, target_modules=LAYERS),
    "miss": MissConfig(r=5, target_modules=LAYERS),
    "unilora": UniLoraConfig(r=3, theta_d_length=50, save_indices=True, target_modules=LAYERS),
}


def listed(tensor):
    return [[float(f"{number:.9g}") for number in row] for row in tensor.detach().T.tolist()]


def base(state=None):
    model = torch.nn.ModuleDict({"first": torch.nn.Linear(12, 20, bias=False), "second": torch.nn.Linear(16, 10, bias=False)})
    if state:
        model.load_state_dict(state)
    return model


state = base().state_dict()
written = {"weights": {name: listed(state[f"{name}.weight"]) for name in LAYERS}, "updates": {}}
for kind, config in CONFIGS.items():
    model = get_peft_model(base({key: value.clone() for key, value in state.items()}), config)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter)
    model.save_pretrained(kind)
    os.remove(f"{kind}/README.md")
    written["updates"][kind] = {}
    for name in LAYERS:
        layer = model.base_model.model[name]
        if kind == "miss":
            delta = layer.get_delta_weight_miss("default", torch.zeros_like(layer.get_base_layer().weight))
        else:
            delta = layer.get_delta_weight("default")
        written["updates"][kind][name] = listed(delta * layer.get_base_layer().weight if kind == "hira" else delta)
json.dump(written, open("updates.json", "w"))
