"""Golden values of the baselines in double precision, by their authors' code or PEFT.

Run: python3 baselines.py PEVIT/vision_benchmark/evaluation/model.py CDKA/run_exp.py > baselines.json

with torch and peft (0.21.2) installed, and clones of github.com/eric-ai-lab/PEViT (be6fb43, KAdaptation) and
github.com/rainstonee/CDKA (c70fe51), of which single functions are taken out and run as they are. KronA's authors
published no code; its values are torch.kron by the paper's equation.

A case has a layer's update ΔW [in, out], and for y = x·ΔW and the loss Σ g∘y the gradients of x and of each parameter,
in the orientation of org.lsradapt.baselines.
"""
import ast
import json
import math
import sys
from types import SimpleNamespace

import torch
from peft import LoKrConfig
from peft.tuners.lokr.layer import Linear as LoKrLinear

torch.set_default_dtype(torch.float64)
torch.manual_seed(20261126)
ROWS = 3


def functions(path, *names):
    """Functions of a file, wherever in it they are, without importing it."""
    tree = ast.parse(open(path).read())
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in names]
    scope = {"torch": torch, "math": math}
    exec(compile(ast.Module(body=found, type_ignores=[]), path, "exec"), scope)
    return [scope[name] for name in names]


def listed(tensor):
    return [listed(row) for row in tensor] if tensor.dim() > 0 else round(tensor.item(), 13)


def drawn(*shape):
    return torch.randn(shape).requires_grad_()


def case(name, x, outputs, g, delta, parameters):
    """Parameters: our name to the tensor's numbers, and a function from its gradient to ours."""
    (outputs * g).sum().backward()
    return {
        "name": name,
        "x": listed(x),
        "g": listed(g),
        "grad_x": listed(x.grad),
        "delta": listed(delta),
        "values": {key: listed(turn(tensor)) for key, (tensor, turn) in parameters.items()},
        "gradients": {key: listed(turn(tensor.grad)) for key, (tensor, turn) in parameters.items()},
    }


def one_term(tensor):
    return tensor.T.unsqueeze(0)


def one_term_in(tensor):
    return tensor.unsqueeze(0)


def lokr(name, n_in, n_out, r, alpha):
    base = torch.nn.Linear(n_in, n_out, bias=False)
    torch.nn.init.zeros_(base.weight)
    layer = LoKrLinear(base, "default", LoKrConfig(r=r, alpha=alpha), r=r, alpha=alpha)
    parameters = {}
    for part, ours, turn in (
        (layer.lokr_w1, "first", one_term),
        (layer.lokr_w2, "second", one_term),
        (layer.lokr_w2_b, "second_in", one_term_in),
        (layer.lokr_w2_a, "second_out", one_term),
    ):
        if "default" in part:
            torch.nn.init.normal_(part["default"])
            parameters[ours] = (part["default"], turn)
    x, g = drawn(ROWS, n_in), torch.randn(ROWS, n_out)
    return case(name, x, layer(x), g, layer.get_delta_weight("default").T, parameters)


def krona(name, first, second, scale):
    a, b = drawn(*first), drawn(*second)
    delta = scale * torch.kron(a, b)
    x, g = drawn(ROWS, delta.shape[0]), torch.randn(ROWS, delta.shape[1])
    whole = lambda tensor: tensor.unsqueeze(0)
    return case(name, x, x @ delta, g, delta, {"first": (a, whole), "second": (b, whole)})


def cdka(name, kron, n_in, n_out, r1, r2, r, alpha):
    """Term i is rows i, i + r, … of lora_A.weight and columns i, i + r, … of lora_B.weight, as reinit_lora_modules has it."""
    a, b = drawn(r * r1, n_in // r2), drawn(n_out // r1, r * r2)
    weight = alpha / math.sqrt(r) * sum(kron(b[:, i::r], a[i::r]) for i in range(r))
    x, g = drawn(ROWS, n_in), torch.randn(ROWS, n_out)
    first = lambda tensor: torch.stack([tensor[:, i::r].T for i in range(r)])
    second = lambda tensor: torch.stack([tensor[i::r].T for i in range(r)])
    return case(name, x, x @ weight.T, g, weight.T, {"first": (b, first), "second": (a, second)})


def kadaptation(name, adapter_forward, n, n_in, n_out):
    """Two layers with the same phm_rule: the authors' adapter_forward without its bias and dropout."""
    rule_left, rule_right = drawn(n, n, 1), drawn(n, 1, n)
    layers, shared = [], {"first_in": (rule_left, lambda t: t.transpose(1, 2)), "first_out": (rule_right, lambda t: t)}
    for index in range(2):
        left, right = drawn(n, n_in // n, 1), drawn(n, 1, n_out // n)
        module = SimpleNamespace(
            lora_attn_alpha=128, lora_attn_dim=4, factorized_phm=True, factorized_phm_rule=True,
            q_proj_adapter1_left=left, q_proj_adapter1_right=right, v_proj_adapter1_left=left,
            v_proj_adapter1_right=right, phm_rule1_left=rule_left, phm_rule1_right=rule_right,
            kdropout=lambda h: h, b=torch.zeros(n_out))
        x, g = drawn(ROWS, n_in), torch.randn(ROWS, n_out)
        delta = adapter_forward(module, torch.eye(n_in), "q")
        own = {"second_in": (left, lambda t: t.transpose(1, 2)), "second_out": (right, lambda t: t)}
        layers.append((x, adapter_forward(module, x, "q"), g, delta, own))
    cases = [case(f"{name} {i}", *layer) for i, layer in enumerate(layers)]
    for one in cases:
        one["values"].update({key: listed(turn(tensor)) for key, (tensor, turn) in shared.items()})
        one["gradients"].update({key: listed(turn(tensor.grad)) for key, (tensor, turn) in shared.items()})
    return cases


def lokr_start():
    """How far the parameters of a layer of some size lie from 0 at the start."""
    layer = LoKrLinear(torch.nn.Linear(768, 768), "default", LoKrConfig(r=8, alpha=8), r=8, alpha=8)
    return {
        ours: part["default"].abs().max().item()
        for ours, part in (("first", layer.lokr_w1), ("second_in", layer.lokr_w2_b), ("second_out", layer.lokr_w2_a))
    }


kron, = functions(sys.argv[2], "kron")
_, adapter_forward = functions(sys.argv[1], "kronecker_product_einsum_batched", "adapter_forward")
json.dump(
    {
        "lokr_start": lokr_start(),
        "cases": [
            lokr("lokr", 12, 20, 2, 7.5),
            lokr("lokr, fewer outputs", 20, 12, 2, 5.0),
            lokr("lokr, whole", 12, 12, 3, 4.5),
            krona("krona", (3, 4), (4, 5), 1.7),
            krona("krona, thin", (2, 20), (6, 1), 0.6),
            cdka("cdka", kron, 12, 20, 2, 4, 3, 5.0),
            cdka("cdka, thin", kron, 12, 20, 1, 2, 2, 5.0),
            *kadaptation("kadaptation", adapter_forward, 4, 12, 20),
        ],
    },
    sys.stdout,
)
