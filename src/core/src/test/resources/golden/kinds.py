"""Golden values of HiRA, VeRA, FourierFT and MiSS by PEFT, and of LoRA-XS by its paper's equation with numpy's SVD, in double precision.

Run: python3 kinds.py > kinds.json

with torch, numpy and peft (0.21.2) installed. A case has a layer's weight W [in, out] and update ΔW, and for y = x·ΔW and the loss
Σ g∘y the gradients of x and of each parameter, in the orientation of org.lsradapt.baselines.
"""
import json
import sys

import numpy as np
import torch
from peft import FourierFTConfig, HiraConfig, MissConfig, VeraConfig, get_peft_model
from peft.tuners.fourierft.layer import FourierFTLinear
from peft.tuners.hira.layer import Linear as HiraLinear
from peft.tuners.miss.layer import MissLinear

torch.manual_seed(20261128)
ROWS = 3


def listed(tensor):
    return [listed(row) for row in tensor] if tensor.dim() > 0 else float(f"{tensor.item():.14g}")


def case(name, weight, x, outputs, g, delta, parameters):
    """Parameters: our name to the tensor, and a function from its numbers to ours."""
    (outputs * g).sum().backward()
    return {
        "name": name,
        "w": listed(weight.detach()),
        "x": listed(x.detach()),
        "g": listed(g),
        "grad_x": listed(x.grad),
        "delta": listed(delta.detach()),
        "values": {key: listed(turn(tensor.detach())) for key, (tensor, turn) in parameters.items()},
        "gradients": {key: listed(turn(tensor.grad)) for key, (tensor, turn) in parameters.items()},
    }


def drawn(*shape):
    return torch.randn(shape, dtype=torch.float64)


def linear(n_in, n_out):
    base = torch.nn.Linear(n_in, n_out, bias=False).double()
    torch.nn.init.normal_(base.weight)
    return base.requires_grad_(False)


def hira(name, n_in, n_out, r):
    base = linear(n_in, n_out)
    layer = HiraLinear(base, "default", config=HiraConfig(r=r), r=r).double()
    a, b = layer.hira_A["default"], layer.hira_B["default"]
    torch.nn.init.normal_(b)
    x, g = drawn(ROWS, n_in).requires_grad_(), drawn(ROWS, n_out)
    delta = (base.weight * layer.get_delta_weight("default")).T
    turn = lambda tensor: tensor.T.unsqueeze(0)
    return case(name, base.weight.T, x, layer(x) - base(x), g, delta, {"lora_A": (a, turn), "lora_B": (b, turn)})


def vera(r, key):
    """Layers of two sizes, which take their parts of the same A and B."""
    model = torch.nn.ModuleDict({"first": torch.nn.Linear(12, 20, bias=False), "second": torch.nn.Linear(16, 10, bias=False)})
    config = VeraConfig(r=r, target_modules=["first", "second"], projection_prng_key=key)
    adapted = get_peft_model(model, config).double()
    cases = []
    for name in model:
        layer = adapted.base_model.model[name]
        d, b = layer.vera_lambda_d["default"], layer.vera_lambda_b["default"]
        torch.nn.init.normal_(d)
        torch.nn.init.normal_(b)
        x, g = drawn(ROWS, layer.in_features).requires_grad_(), drawn(ROWS, layer.out_features)
        same = lambda tensor: tensor
        cases.append(case(
            f"vera {name}", layer.base_layer.weight.T, x, layer(x) - layer.base_layer(x), g,
            layer.get_delta_weight("default").T, {"vera_lambda_d": (d, same), "vera_lambda_b": (b, same)}))
    return cases


def fourier(name, n_in, n_out, n, scaling, seed):
    base = linear(n_in, n_out)
    config = FourierFTConfig(n_frequency=n, scaling=scaling, random_loc_seed=seed)
    layer = FourierFTLinear(base, "default", config=config, n_frequency=n).double()
    spectrum = layer.fourierft_spectrum["default"]
    x, g = drawn(ROWS, n_in).requires_grad_(), drawn(ROWS, n_out)
    # PEFT computes the update of float32 numbers whatever their type.
    single, torch.Tensor.float = torch.Tensor.float, torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    try:
        return case(name, base.weight.T, x, layer(x) - base(x), g, layer.get_delta_weight("default").T,
                    {"fourierft_spectrum": (spectrum, lambda tensor: tensor)})
    finally:
        torch.Tensor.float = single
        torch.set_default_dtype(torch.float32)


def lora_xs(name, n_in, n_out, r, alpha):
    weight = drawn(n_in, n_out)
    u, s, vt = np.linalg.svd(weight.numpy())
    b = vt[:r]
    signs = np.sign(b[np.arange(r), np.abs(b).argmax(axis=1)])
    a, b = torch.tensor(u[:, :r] * s[:r] * signs), torch.tensor(b * signs[:, None])
    inner = drawn(r, r).requires_grad_()
    delta = alpha / r * a @ inner @ b
    x, g = drawn(ROWS, n_in).requires_grad_(), drawn(ROWS, n_out)
    return case(name, weight, x, x @ delta, g, delta, {"lora_xs_R": (inner, lambda tensor: tensor)})


def miss(name, n_in, n_out, r):
    base = linear(n_in, n_out)
    layer = MissLinear(base, "default", config=MissConfig(r=r), r=r).double()
    block = layer.miss_block["default"]
    torch.nn.init.normal_(block)
    x, g = drawn(ROWS, n_in).requires_grad_(), drawn(ROWS, n_out)
    delta = layer.get_delta_weight_miss("default", torch.zeros_like(base.weight)).T
    return case(name, base.weight.T, x, layer(x) - base(x), g, delta, {"miss_block": (block, lambda tensor: tensor)})


json.dump(
    {
        "cases": [
            hira("hira", 12, 20, 3),
            hira("hira, fewer outputs", 20, 12, 1),
            *vera(7, 42),
            fourier("fourier, thin", 12, 20, 3, 4.5, 777),
            fourier("fourier", 15, 10, 60, 11.0, 5),
            lora_xs("lora-xs", 12, 20, 3, 7.5),
            lora_xs("lora-xs, wide", 20, 12, 12, 5.0),
            miss("miss", 12, 20, 4),
            miss("miss, incomplete", 13, 9, 5),
            miss("miss, wide", 10, 12, 9),
        ],
    },
    sys.stdout,
)
