"""Writes the golden files of the models that read images, as generate.py does those of texts:

    python images.py [--out FOLDER] [CASE ...]

Random images stand for the pixels that an image processor would make; golden/images has what processors make of files.

What the cases are there for:

vit: gelu, class token, biases
vit-no-bias: no bias of query, key and value, gelu_new, one channel, three layers, an image that patches do not fill
vit-interpolated: images of 22 × 8 for a model of 16 × 16: positions interpolated
deit, deit-interpolated: a second special token
dinov2: layer scale, class token beside the mean of the patches
dinov2-interpolated: images of 12 × 20 for a model of 28 × 28, no bias of query, key and value
dinov2-gated: gated feed-forward part, whose width is rounded up to a multiple of 8
dinov2-registers: three registers, which the mean leaves out
dinov2-registers-interpolated: images of 32 × 12 for a model of 28 × 28, positions interpolated with antialiasing to
    more and to fewer; gated
clip-vision, clip-vision-interpolated: CLIP's image tower under CLIPForImageClassification, which reads the mean of
    the patches
siglip-vision, siglip-vision-interpolated: SigLIP's under SiglipForImageClassification, with and without the pooling
    in the file, which is not read
"""
import argparse
import json
import pathlib
import shutil
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
import transformers as hf
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers.utils import logging

import float64
from generate import (ALPHA, HERE, RANK, Values, file_name, gain, near, write_json)

LAYERS = "q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2"
GATED_LAYERS = "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"
CLIP_LAYERS = "q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"


@dataclass
class Case:
    model: type
    config: hf.PreTrainedConfig
    size: tuple = ()  # of the images, where it is not the configured one
    count: int = 4
    switches: tuple = ()
    layers: tuple | str = LAYERS  # their names, or an expression

    @property
    def vision(self):
        return getattr(self.config, "vision_config", self.config)

    @property
    def shape(self):
        return self.vision.num_channels, *(self.size or (self.vision.image_size, self.vision.image_size))

    @property
    def interpolates(self):
        asks = self.size and "dinov2" not in self.config.model_type  # which interpolates whenever it has to
        return {"interpolate_pos_encoding": True} if asks else {}


def vit(size=(), switches=(), **config):
    config = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40, image_size=12,
                  patch_size=4, num_labels=3) | config
    return Case(hf.ViTForImageClassification, hf.ViTConfig(**config), size, switches=switches)


def deit(size=(), **config):
    config = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, image_size=12,
                  patch_size=4, num_labels=3) | config
    return Case(hf.DeiTForImageClassification, hf.DeiTConfig(**config), size)


def dinov2(size=(), switches=(), **config):
    config = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=12, patch_size=4,
                  num_labels=3) | config
    return Case(hf.Dinov2ForImageClassification, hf.Dinov2Config(**config), size, switches=switches,
                layers=GATED_LAYERS if config.get("use_swiglu_ffn") else LAYERS)


def registers(size=(), switches=(), **config):
    config = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=12, patch_size=4,
                  num_register_tokens=3, num_labels=3) | config
    return Case(hf.Dinov2WithRegistersForImageClassification, hf.Dinov2WithRegistersConfig(**config), size,
                switches=switches, layers=GATED_LAYERS if config.get("use_swiglu_ffn") else LAYERS)


def clip(size=(), switches=(), **vision):
    vision = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, image_size=12,
                  patch_size=4) | vision
    text = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=10,
                bos_token_id=8, eos_token_id=9)
    return Case(hf.CLIPForImageClassification, hf.CLIPConfig(vision_config=vision, text_config=text, num_labels=3), size,
                switches=switches, layers=CLIP_LAYERS)


def siglip(size=(), switches=(), **vision):
    vision = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, image_size=12,
                  patch_size=4) | vision
    text = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=10)
    return Case(hf.SiglipForImageClassification,
                hf.SiglipConfig(vision_config=vision, text_config=text, num_labels=3), size, switches=switches,
                layers=r".*encoder.*\.(q_proj|k_proj|v_proj|out_proj|fc1|fc2)")


CASES = {
    "vit": vit(switches=({"hidden_act": "gelu_new"}, {"num_attention_heads": 4})),
    "vit-no-bias": vit(num_hidden_layers=3, qkv_bias=False, hidden_act="gelu_new", layer_norm_eps=0.0037, num_channels=1,
                       image_size=10, patch_size=3, num_labels=2,
                       switches=({"hidden_act": "gelu"}, {"layer_norm_eps": 1e-12})),
    "vit-interpolated": vit(size=(22, 8), image_size=16),
    "deit": deit(),
    "deit-interpolated": deit(size=(16, 20), num_labels=2),
    "dinov2": dinov2(switches=({"hidden_act": "gelu_new"}, {"num_attention_heads": 4})),
    "dinov2-interpolated": dinov2(size=(12, 20), image_size=28, qkv_bias=False, layer_norm_eps=0.0031, mlp_ratio=3,
                                  num_attention_heads=3, num_labels=2, switches=({"layer_norm_eps": 1e-6},)),
    "dinov2-gated": dinov2(use_swiglu_ffn=True, hidden_size=20, hidden_act="relu"),
    "dinov2-registers": registers(switches=({"hidden_act": "gelu_new"}, {"num_attention_heads": 4})),
    "dinov2-registers-interpolated": registers(size=(32, 12), image_size=28, num_register_tokens=1, qkv_bias=False,
                                               use_swiglu_ffn=True, num_labels=2),
    "clip-vision": clip(layer_norm_eps=0.0023, switches=({"vision_config": {"hidden_act": "gelu"}},)),
    "clip-vision-interpolated": clip(size=(16, 20), hidden_act="gelu", num_hidden_layers=1),
    "siglip-vision": siglip(layer_norm_eps=0.0019, switches=({"vision_config": {"hidden_act": "gelu"}},)),
    "siglip-vision-interpolated": siglip(size=(16, 20), num_hidden_layers=1, vision_use_head=False),
}


def fill(model, values):
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            values.fill_linear(module, gain(name))
        elif isinstance(module, torch.nn.Conv2d):
            inputs = module.weight[0].numel()
            values.fill(module.weight, deviation=0.8 / inputs ** 0.5)
            if module.bias is not None:
                values.fill(module.bias, deviation=0.1)
        elif isinstance(module, torch.nn.Embedding):
            values.fill(module.weight, deviation=0.5)
        elif isinstance(module, torch.nn.MultiheadAttention):
            values.fill(module.in_proj_weight, deviation=0.9 / module.embed_dim ** 0.5)
            values.fill(module.in_proj_bias, deviation=0.1)
        elif "Norm" in type(module).__name__:
            values.fill_norm(module)
        else:
            for _, parameter in module.named_parameters(recurse=False):
                values.fill(parameter, deviation=0.5)


def load(case, folder):
    model, info = case.model.from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
    assert not any(info.values()), f"{folder.name}: {info}"
    return model.eval()


def write_adapter(name, case, folder, values):
    model = get_peft_model(load(case, folder), LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=case.layers if isinstance(case.layers, str) else list(case.layers), modules_to_save=["classifier"]))
    for key, parameter in sorted(model.named_parameters()):
        if ".lora_A." in key:
            values.fill(parameter, deviation=0.7 / parameter.shape[1] ** 0.5)
        elif ".lora_B." in key:
            values.fill(parameter, deviation=0.5 / RANK ** 0.5)
        elif ".modules_to_save." in key:
            values.fill(parameter, deviation=1.5 / parameter.shape[-1] ** 0.5)
    adapter = folder / "adapter"
    model.peft_config["default"].base_model_name_or_path = name
    model.save_pretrained(adapter, save_embedding_layers=False)
    (adapter / "README.md").unlink()
    config = json.loads((adapter / "adapter_config.json").read_text())
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()
    write_json(adapter / "adapter_config.json", config)


def states(model, case, pixels):
    """What the embeddings and each layer give, and the final norm."""
    base = (model.get_base_model() if isinstance(model, PeftModel) else model).base_model
    found, hooks = {}, []
    if hasattr(base, "vision_model"):
        vision = base.vision_model
        first = getattr(vision, "pre_layrnorm", vision.embeddings)
        modules = [first, *vision.encoder.layers]
        if isinstance(base, hf.SiglipForImageClassification):
            modules.append(vision.post_layernorm)
    else:
        layers = base.encoder.layer if hasattr(base, "encoder") else base.layers
        modules = [base.embeddings, *layers, base.layernorm]
    for i, module in enumerate(modules):
        name = "last_hidden" if module is modules[-1] else f"hidden_{i}"

        def keep(module, args, output, name=name):
            found[name] = output[0] if isinstance(output, tuple) else output
        hooks.append(module.register_forward_hook(keep))
    found["logits"] = model(pixel_values=pixels, **case.interpolates).logits
    for hook in hooks:
        hook.remove()
    return {name: value.reshape(-1, value.shape[-1]) for name, value in found.items()}


def compute(case, model, adapted, pixels, labels):
    with torch.no_grad():
        out = states(model, case, pixels)
        out["loss"] = F.cross_entropy(out["logits"], labels)
    with torch.enable_grad():
        after = states(adapted, case, pixels)
        loss = F.cross_entropy(after["logits"], labels)
        loss.backward()
    out["adapted_logits"], out["adapted_loss"] = after["logits"].detach(), loss.detach()
    for key, parameter in adapted.named_parameters():
        if parameter.requires_grad:
            out[f"grad.{file_name(key)}"] = parameter.grad.clone()
    return out


def check_switches(case, model, pixels, expected):
    for switch in case.switches:
        config = model.config.to_dict()
        for key, value in switch.items():
            config[key] = config[key] | value if isinstance(value, dict) else value
        other = case.model(type(case.config).from_dict(config)).eval()
        other.load_state_dict(model.state_dict())
        with torch.no_grad():
            changed = states(other, case, pixels.float())["logits"]
        moved = ((changed.double() - expected["logits"]).abs().max() / expected["logits"].abs().max()).item()
        assert moved > 1e-5, f"{switch} moves the logits by {moved} of the largest only"


def write_case(name, case, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    values = Values(name)
    model = case.model(case.config)
    fill(model, values)
    model.save_pretrained(folder)
    write_adapter(name, case, folder, values)
    pixels = torch.from_numpy(values.random.standard_normal((case.count, *case.shape)).astype(np.float32))
    labels = torch.from_numpy(values.random.integers(0, case.config.num_labels, case.count))
    model = float64.convert(load(case, folder))
    adapted = float64.convert(
        PeftModel.from_pretrained(load(case, folder), folder / "adapter", is_trainable=True).eval())
    with float64.everywhere():
        expected = compute(case, model, adapted, pixels.double(), labels)
        with torch.no_grad():
            own = model(pixel_values=pixels.double(), labels=labels, **case.interpolates).loss
        near("loss", own, expected["loss"], 1e-12)
    moved = (expected["adapted_logits"] - expected["logits"]).abs().mean().item()
    assert moved > 0.05, f"the adapter moves the logits by {moved} only"
    check_switches(case, load(case, folder).float(), pixels, expected)
    stored = {"pixel_values": pixels, "labels": labels.int()}
    stored |= {key: value.reshape(1) if value.dim() == 0 else value.contiguous() for key, value in expected.items()}
    save_file(stored, folder / "expected.safetensors")
    print(f"{name:20} {sum(f.stat().st_size for f in folder.rglob('*')) // 1024} KiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Writes the golden files of the models that read images.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    arguments = parser.parse_args()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name in arguments.cases or CASES:
        write_case(name, CASES[name], arguments.out / name)


if __name__ == "__main__":
    main()
