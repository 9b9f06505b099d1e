"""Runs transformers' models in float64 throughout, and notices where something else slips in.

`model.double()` is not enough. With transformers 5.24 these stay in float32:
- LLaMA and its like: the rotary frequencies, angles, cosines and sines; RMSNorm's variance; the softmax of eager attention;
- ModernBERT: the rotary frequencies, angles, cosines and sines, and the rotation; the softmax of eager attention;
- DeBERTa-v2: the scale of the scores, sqrt(head size * number of terms), and the logarithms of the position buckets;
- ViT, DeiT, CLIP and SigLIP: the softmax of eager attention;
- DINOv2, with and without registers: interpolated positions;
- the losses, by `logits.float()`.
BERT and RoBERTa need nothing. While `everywhere()` is active, the other models' modules see a `torch` whose float32 is
float64, `Tensor.float()` is `Tensor.double()`, and new tensors are float64. Their code runs unchanged otherwise. A
dispatch mode fails on any operation, backward ones included, that gives a floating-point tensor of another type.
"""
import contextlib

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import modeling_rope_utils
from transformers.models.clip import modeling_clip
from transformers.models.deberta_v2 import modeling_deberta_v2
from transformers.models.deit import modeling_deit
from transformers.models.dinov2 import modeling_dinov2
from transformers.models.dinov2_with_registers import modeling_dinov2_with_registers
from transformers.models.gemma2 import modeling_gemma2
from transformers.models.gemma3 import modeling_gemma3
from transformers.models.llama import modeling_llama
from transformers.models.mistral import modeling_mistral
from transformers.models.modernbert import modeling_modernbert
from transformers.models.phi3 import modeling_phi3
from transformers.models.qwen2 import modeling_qwen2
from transformers.models.qwen3 import modeling_qwen3
from transformers.models.siglip import modeling_siglip
from transformers.models.smollm3 import modeling_smollm3
from transformers.models.vit import modeling_vit

MODULES = (modeling_clip, modeling_deberta_v2, modeling_deit, modeling_dinov2, modeling_dinov2_with_registers,
           modeling_gemma2, modeling_gemma3, modeling_llama, modeling_mistral, modeling_modernbert, modeling_phi3,
           modeling_qwen2, modeling_qwen3, modeling_rope_utils, modeling_siglip, modeling_smollm3, modeling_vit)


class _Float64Torch:
    float = float32 = torch.float64

    def __getattr__(self, name):
        return getattr(torch, name)


class _OnlyFloat64(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor) and leaf.is_floating_point() and leaf.dtype != torch.float64:
                raise AssertionError(f"{function} gave {leaf.dtype} {tuple(leaf.shape)}, expected float64")
        return result


@contextlib.contextmanager
def everywhere():
    before, plain = torch.get_default_dtype(), torch.Tensor.float
    try:
        torch.set_default_dtype(torch.float64)
        torch.Tensor.float = torch.Tensor.double
        for module in MODULES:
            module.torch = _Float64Torch()
        with _OnlyFloat64():
            yield
    finally:
        for module in MODULES:
            module.torch = torch
        torch.Tensor.float = plain
        torch.set_default_dtype(before)


def convert(model):
    """Converts the weights, and computes the rotary frequencies again: they were rounded to float32 on loading."""
    model.double()
    with everywhere():
        for module in model.modules():
            if hasattr(module, "scalar_embed_scale"):
                module.embed_scale = torch.tensor(module.scalar_embed_scale)
            if isinstance(module, modeling_modernbert.ModernBertRotaryEmbedding):
                for kind in module.layer_types:
                    frequencies, _ = module.compute_default_rope_parameters(module.config, layer_type=kind)
                    setattr(module, f"{kind}_inv_freq", frequencies)
            elif type(module).__name__ == "Gemma3RotaryEmbedding":  # one rule for each kind of layer
                for kind in module.layer_types:
                    rule = (module.compute_default_rope_parameters if module.rope_type[kind] == "default"
                            else modeling_rope_utils.ROPE_INIT_FUNCTIONS[module.rope_type[kind]])
                    frequencies, scaling = rule(module.config, layer_type=kind)
                    setattr(module, f"{kind}_inv_freq", frequencies)
                    setattr(module, f"{kind}_attention_scaling", scaling)
            elif type(module).__name__.endswith("RotaryEmbedding"):
                rule = (module.compute_default_rope_parameters if module.rope_type == "default"
                        else modeling_rope_utils.ROPE_INIT_FUNCTIONS[module.rope_type])
                module.inv_freq, module.attention_scaling = rule(module.config)
                module.original_inv_freq = module.inv_freq.clone()
                module.long_inv_freq = None  # of long texts, computed when the first comes
    return model
