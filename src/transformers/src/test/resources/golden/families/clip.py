"""Writes the golden files of CLIP: a small random model of two towers, what transformers computes in float64, and what its
tokenizer makes of texts.

    python clip.py [--out FOLDER]
"""
import argparse
import json
import pathlib
import shutil

import numpy as np
import PIL.Image
import torch
import transformers as hf
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers.models.clip import modeling_clip
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.utils import logging

import float64
from generate import ALPHA, HERE, RANK, Values, file_name, write_json
from images import fill

TEXTS = ["a photo of a cat", "A  Photo of the DOG!", "", "two dogs, 12 cats' tails", "caf\u00e9 \u00fcber", "x" * 40]


def vocabulary():
    """Bytes, each also at the end of a word, and a few merges."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode
    symbols = list(bytes_to_unicode().values())
    merges = ["a t</w>", "c at</w>", "o f</w>", "p h", "o t", "ph ot", "phot o</w>", "d o", "do g</w>", "do g", "dog s</w>"]
    tokens = symbols + [s + "</w>" for s in symbols] + ["".join(m.split()) for m in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return {token: i for i, token in enumerate(tokens)}, [tuple(m.split()) for m in merges]


def write_tokenizer(folder):
    vocab, merges = vocabulary()
    tokenizer = hf.CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=20)
    tokenizer.save_pretrained(folder)
    expected = [{"text": text, "ids": tokenizer(text, truncation=True)["input_ids"]} for text in TEXTS]
    (folder / "expected_tokens.json").write_text(json.dumps(expected, indent=1) + "\n")
    return len(vocab), [row["ids"] for row in expected]


def states(model, ids, pixels):
    found = {}

    def keep(name):
        def hook(module, args, output):
            found.setdefault(name, []).append((output[0] if isinstance(output, tuple) else output)[0])
        return hook
    text, vision = model.text_model, model.vision_model
    hooks = [module.register_forward_hook(keep(f"text_{i}")) for i, module in enumerate(
        [text.embeddings, *text.encoder.layers])]
    hooks.append(text.final_layer_norm.register_forward_hook(keep("text_last")))
    hooks += [module.register_forward_hook(keep(f"vision_{i}")) for i, module in enumerate(
        [vision.pre_layrnorm, *vision.encoder.layers])]
    texts = torch.cat([model.get_text_features(torch.tensor([row])).pooler_output for row in ids])
    images = torch.cat([model.get_image_features(image[None]).pooler_output for image in pixels])
    for hook in hooks:
        hook.remove()
    out = {name: torch.cat(parts) for name, parts in found.items()}
    out["text_embeds"] = texts / texts.norm(dim=-1, keepdim=True)
    out["image_embeds"] = images / images.norm(dim=-1, keepdim=True)
    out["logits_per_image"] = out["image_embeds"] @ out["text_embeds"].T * model.logit_scale.exp()
    return out


def zero_shot(folder):
    """Probabilities of two labels for two pictures of golden/images, in float32 as a user computes them."""
    model = hf.CLIPModel.from_pretrained(folder).eval()
    tokenizer, processor = hf.CLIPTokenizer.from_pretrained(folder), CLIPImageProcessorPil.from_pretrained(folder)
    rows = []
    for name in ("rgb.png", "tall.jpg"):
        pixels = torch.from_numpy(processor(PIL.Image.open(HERE.parent / "images" / name).convert("RGB"))["pixel_values"][0])
        with torch.no_grad():
            rows.append(torch.cat([model(pixel_values=pixels[None], input_ids=torch.tensor(
                [tokenizer(f"a photo of a {label}")["input_ids"]])).logits_per_image[0] for label in ("cat", "dog")]))
    return torch.stack(rows).double().softmax(-1)


def write_adapter(folder, values):
    targets = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2", "text_projection", "visual_projection"]
    model = get_peft_model(hf.CLIPModel.from_pretrained(folder, attn_implementation="eager"), LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=targets))
    for key, parameter in sorted(model.named_parameters()):
        if ".lora_A." in key:
            values.fill(parameter, deviation=0.7 / parameter.shape[1] ** 0.5)
        elif ".lora_B." in key:
            values.fill(parameter, deviation=0.5 / RANK ** 0.5)
    model.peft_config["default"].base_model_name_or_path = "clip"
    model.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    config = json.loads((folder / "adapter" / "adapter_config.json").read_text())
    config["target_modules"].sort()
    write_json(folder / "adapter" / "adapter_config.json", config)


def gradients(folder, ids, pixels):
    """The contrastive loss of pairs of an image and a text with the adapter, and its gradients."""
    model = hf.CLIPModel.from_pretrained(folder, attn_implementation="eager")
    adapted = float64.convert(PeftModel.from_pretrained(model, folder / "adapter", is_trainable=True).eval())
    with float64.everywhere(), torch.enable_grad():
        out = states(adapted.get_base_model(), ids[:len(pixels)], pixels.double())
        loss = modeling_clip.image_text_contrastive_loss(out["logits_per_image"].T)
        loss.backward()
    found = {"adapted_loss": loss.detach(), "adapted_logits_per_image": out["logits_per_image"].detach()}
    for key, parameter in adapted.named_parameters():
        if parameter.requires_grad:
            found[f"grad.{file_name(key)}"] = parameter.grad.clone()
    return found


def main():
    parser = argparse.ArgumentParser(description="Writes the golden files of CLIP.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    folder = parser.parse_args().out / "clip"
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    values = Values("clip")
    size, ids = write_tokenizer(folder)
    config = hf.CLIPConfig(
        text_config=dict(vocab_size=size, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=28,
                         max_position_embeddings=20, eos_token_id=size - 1, bos_token_id=size - 2, layer_norm_eps=0.0021),
        vision_config=dict(hidden_size=24, num_hidden_layers=3, num_attention_heads=3, intermediate_size=40, image_size=12,
                           patch_size=4), projection_dim=10)
    model = hf.CLIPModel(config)
    fill(model, values)
    with torch.no_grad():
        model.logit_scale.fill_(1.7320508)
    model.save_pretrained(folder)
    CLIPImageProcessorPil(size={"shortest_edge": 12}, crop_size={"height": 12, "width": 12}).save_pretrained(folder)
    model, info = hf.CLIPModel.from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
    assert not any(info.values()), info
    pixels = torch.from_numpy(values.random.standard_normal((3, 3, 12, 12)).astype(np.float32))
    model = float64.convert(model.eval())
    with float64.everywhere(), torch.no_grad():
        out = states(model, ids, pixels.double())
        same = [i for i, row in enumerate(ids) if len(row) == len(ids[0])]
        whole = model(input_ids=torch.tensor([ids[i] for i in same]), pixel_values=pixels.double())
        difference = (whole.logits_per_image - out["logits_per_image"][:, same]).abs().max()
        assert difference < 1e-12, difference
    for switch in ({"hidden_act": "gelu"}, {"num_attention_heads": 4}):
        other = json.loads((folder / "config.json").read_text())
        other["text_config"] |= switch
        changed = hf.CLIPModel(hf.CLIPConfig(**other)).eval()
        changed.load_state_dict({k: v.float() for k, v in model.state_dict().items()})
        with torch.no_grad():
            moved = (states(changed, ids, pixels)["logits_per_image"].double() - out["logits_per_image"]).abs().max()
        assert moved > 1e-4, (switch, moved)
    out["zero_shot"] = zero_shot(folder)
    write_adapter(folder, values)
    out |= gradients(folder, ids, pixels)
    out = {name: value.reshape(1) if value.dim() == 0 else value for name, value in out.items()}
    stored = {"pixel_values": pixels, "input_ids": torch.tensor(sum(ids, [])).int(),
              "offsets": torch.tensor([0] + [len(row) for row in ids]).cumsum(0).int()}
    save_file(stored | {name: value.contiguous() for name, value in out.items()}, folder / "expected.safetensors")
    print(sorted(name for name in out if not name.startswith("grad.")), sum(f.stat().st_size for f in folder.rglob("*")) // 1024, "KiB")


if __name__ == "__main__":
    main()
