"""Writes the golden files of SigLIP: a small random model of two towers, what transformers computes in float64, and what its
tokenizer makes of texts, which are filled up to one length.

    python siglip.py [--out FOLDER]
"""
import argparse
import json
import pathlib
import shutil
import types

import numpy as np
import PIL.Image
import torch
import transformers as hf
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.utils import logging

import float64
from generate import ALPHA, HERE, RANK, Values, file_name, write_json
from images import fill

LENGTH = 12
TEXTS = ["a photo of a cat", "A  Photo of the DOG!", "two dogs, 12 cats' tails", "", "a,b.c [d] (e) f-g", "x " * 40]
WORDS = "a photo of the cat cats dog dogs two tails".split()
PUNCTUATION = r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"""


def write_tokenizer(folder):
    """Lower case without punctuation, as SiglipTokenizer makes of texts before SentencePiece has them."""
    special = ["<pad>", "</s>", "<unk>"]
    pieces = ["\u2581", *("\u2581" + word for word in WORDS), *"abcdefghijklmnopqrstuvwxyz12"]
    scores = [(token, 0.0) for token in special]
    scores += [(piece, -2.173 - 0.0917 * rank - 0.613 * (len(piece) == 1)) for rank, piece in enumerate(pieces)]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=2, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Lowercase(), normalizers.Replace(Regex(PUNCTUATION), ""), normalizers.Replace(Regex(r"\s+"), " "),
        normalizers.Strip()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", 1)])
    tokenizer.add_special_tokens(special)
    fast = hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="</s>", eos_token="</s>", unk_token="<unk>",
                                      model_max_length=LENGTH, padding_side="right", model_input_names=["input_ids"])
    fast.save_pretrained(folder)
    rows = []
    own = types.SimpleNamespace(do_lower_case=True, remove_punctuation=lambda text: hf.SiglipTokenizer.remove_punctuation(None, text))
    for text in TEXTS:
        ids = fast(text, truncation=True, padding="max_length")["input_ids"]
        plain = hf.SiglipTokenizer.canonicalize_text(own, text, keep_punctuation_exact_string=None)
        assert ids == fast(plain, truncation=True, padding="max_length")["input_ids"] and len(ids) == LENGTH, text
        rows.append({"text": text, "ids": ids})
    (folder / "expected_tokens.json").write_text(json.dumps(rows, indent=1) + "\n")
    return len(scores), [row["ids"] for row in rows]


def states(model, ids, pixels):
    found = {}

    def keep(name):
        def hook(module, args, output):
            found.setdefault(name, []).append((output[0] if isinstance(output, tuple) else output)[0])
        return hook
    text, vision = model.text_model, model.vision_model
    hooks = [module.register_forward_hook(keep(f"text_{i}")) for i, module in enumerate(
        [text.embeddings, *text.encoder.layers])]
    hooks += [module.register_forward_hook(keep(f"vision_{i}")) for i, module in enumerate(
        [vision.embeddings, *vision.encoder.layers])]
    texts = torch.cat([model.get_text_features(torch.tensor([row])).pooler_output for row in ids])
    images = torch.cat([model.get_image_features(image[None]).pooler_output for image in pixels])
    for hook in hooks:
        hook.remove()
    out = {name: torch.cat(parts) for name, parts in found.items()}
    out["text_embeds"] = texts / texts.norm(dim=-1, keepdim=True)
    out["image_embeds"] = images / images.norm(dim=-1, keepdim=True)
    out["logits_per_image"] = out["image_embeds"] @ out["text_embeds"].T * model.logit_scale.exp() + model.logit_bias
    return out


def zero_shot(folder):
    """The softmax of two labels for two pictures of golden/images, in float32 as a user computes them."""
    model = hf.SiglipModel.from_pretrained(folder).eval()
    tokenizer, processor = hf.AutoTokenizer.from_pretrained(folder), SiglipImageProcessorPil.from_pretrained(folder)
    ids = tokenizer([f"a photo of a {label}" for label in ("cat", "dog")], padding="max_length", return_tensors="pt")
    rows = []
    for name in ("rgb.png", "tall.jpg"):
        pixels = processor(PIL.Image.open(HERE.parent / "images" / name).convert("RGB"))["pixel_values"][0]
        with torch.no_grad():
            rows.append(model(pixel_values=torch.from_numpy(pixels)[None], input_ids=ids["input_ids"]).logits_per_image[0])
    return torch.stack(rows).double().softmax(-1)


def write_adapter(folder, values):
    targets = (r".*encoder.*\.(q_proj|k_proj|v_proj|out_proj|fc1|fc2)|text_model\.head|vision_model\.head\.mlp\.(fc1|fc2)")
    model = get_peft_model(hf.SiglipModel.from_pretrained(folder, attn_implementation="eager"), LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=targets))
    for key, parameter in sorted(model.named_parameters()):
        if ".lora_A." in key:
            values.fill(parameter, deviation=0.7 / parameter.shape[1] ** 0.5)
        elif ".lora_B." in key:
            values.fill(parameter, deviation=0.5 / RANK ** 0.5)
    model.peft_config["default"].base_model_name_or_path = "siglip"
    model.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    write_json(folder / "adapter" / "adapter_config.json", json.loads((folder / "adapter" / "adapter_config.json").read_text()))


def gradients(folder, ids, pixels):
    """The loss of pairs of an image and a text with the adapter, and its gradients."""
    model = hf.SiglipModel.from_pretrained(folder, attn_implementation="eager")
    adapted = float64.convert(PeftModel.from_pretrained(model, folder / "adapter", is_trainable=True).eval())
    ids = ids[:len(pixels)]
    with float64.everywhere(), torch.enable_grad():
        out = states(adapted.get_base_model(), ids, pixels.double())
        loss = adapted.get_base_model()(
            input_ids=torch.tensor(ids), pixel_values=pixels.double(), return_loss=True).loss
        loss.backward()
    found = {"adapted_loss": loss.detach(), "adapted_logits_per_image": out["logits_per_image"].detach()}
    for key, parameter in adapted.named_parameters():
        if parameter.requires_grad:
            found[f"grad.{file_name(key)}"] = parameter.grad.clone()
    return found


def main():
    parser = argparse.ArgumentParser(description="Writes the golden files of SigLIP.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    folder = parser.parse_args().out / "siglip"
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    values = Values("siglip")
    size, ids = write_tokenizer(folder)
    config = hf.SiglipConfig(
        text_config=dict(vocab_size=size, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=28,
                         max_position_embeddings=LENGTH, layer_norm_eps=0.0021, projection_size=24),
        vision_config=dict(hidden_size=24, num_hidden_layers=3, num_attention_heads=3, intermediate_size=40, image_size=12,
                           patch_size=4))
    model = hf.SiglipModel(config)
    fill(model, values)
    with torch.no_grad():
        model.logit_scale.fill_(1.7320508)
        model.logit_bias.fill_(-1.4142136)
    model.save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": 12, "width": 12}).save_pretrained(folder)
    model, info = hf.SiglipModel.from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
    assert not any(info.values()), info
    pixels = torch.from_numpy(values.random.standard_normal((3, 3, 12, 12)).astype(np.float32))
    model = float64.convert(model.eval())
    with float64.everywhere(), torch.no_grad():
        out = states(model, ids, pixels.double())
        whole = model(input_ids=torch.tensor(ids), pixel_values=pixels.double())
        difference = (whole.logits_per_image - out["logits_per_image"]).abs().max()
        assert difference < 1e-12, difference
    for switch in ({"hidden_act": "gelu"}, {"num_attention_heads": 4}):
        other = json.loads((folder / "config.json").read_text())
        other["text_config"] |= switch
        changed = hf.SiglipModel(hf.SiglipConfig(**other)).eval()
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
