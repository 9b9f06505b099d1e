"""Writes variants.json and truncation.json. The first: what transformers computes in float64 where config.json says something in an older or a second place, or where
special tokens are spelled out in a text. Each is the golden model of another case with some fields changed. The second: texts and pairs cut at their beginning.

    python variants.py [--out FOLDER]
"""
import argparse
import json
import pathlib
import tempfile

import torch
import transformers as hf
from safetensors.torch import load_file
from transformers.utils import logging

import float64
from generate import HERE, write_json

ROPE = {"rope_parameters": None}  # taken out
LLAMA3 = {"rope_type": "llama3", "factor": 5.5, "low_freq_factor": 1.3, "high_freq_factor": 4.0}
TEXTS = [[5, 9, 33, 12, 7, 41, 3, 26, 18, 50, 11, 4], [8, 30, 6]]
CLIP_TEXTS = [[523, 66, 70, 524], [523, 66, 524, 70, 71, 10, 524], [523, 10, 70, 10, 68, 524]]

VARIANTS = [
    ("llama-theta-beside-parameters", "llama-classification",
     {"rope_parameters": {"rope_type": "default"}, "rope_theta": 37.0}, TEXTS),
    ("llama-theta-in-parameters-and-beside", "llama-classification",
     {"rope_parameters": {"rope_type": "default", "rope_theta": 37.0}, "rope_theta": 900.0}, TEXTS),
    ("llama-theta-beside-linear", "llama-classification",
     {"rope_parameters": {"rope_type": "linear", "factor": 3.0}, "rope_theta": 37.0}, TEXTS),
    ("llama-scaling-and-parameters", "llama-classification",
     {"rope_scaling": {"rope_type": "linear", "factor": 3.0}, "rope_parameters": {"rope_type": "default", "rope_theta": 37.0}},
     TEXTS),
    ("llama-empty-scaling-and-parameters", "llama-classification",
     {"rope_scaling": {}, "rope_parameters": {"rope_type": "default", "rope_theta": 37.0}}, TEXTS),
    ("llama-theta-in-scaling", "llama-classification",
     ROPE | {"rope_scaling": {"type": "linear", "factor": 3.0, "rope_theta": 37.0}, "rope_theta": 900.0}, TEXTS),
    ("llama3-original-beside", "llama-classification",
     ROPE | {"rope_scaling": LLAMA3 | {"original_max_position_embeddings": 64}, "rope_theta": 47.3,
             "original_max_position_embeddings": 16}, TEXTS),
    ("llama3-no-original", "llama-classification",
     ROPE | {"rope_scaling": LLAMA3, "rope_theta": 47.3, "max_position_embeddings": 20}, TEXTS),
    ("llama-padding-in-text", "llama-classification",
     {"pad_token_id": 2}, [[5, 9, 2, 12, 2, 2], [2, 2], [7, 2], [2, 9, 4], [6]]),
    ("llama-no-padding", "llama-classification", {"pad_token_id": None}, [[5, 9, 2, 12, 2, 2], [2]]),
    ("gemma2-cap-of-scores", "gemma2-classification", {"attn_logit_softcapping": 1.1}, TEXTS),
    # Gemma 3 has no golden classifier; hidden_states of the model alone are compared.
    ("gemma3-cap-of-scores", "gemma3", {"attn_logit_softcapping": 1.1}, TEXTS),
    ("gemma3-scaling-and-parameters", "gemma3", {"rope_scaling": {"rope_type": "linear", "factor": 3.0}}, TEXTS),
    ("gemma3-scaling-by-its-first-name", "gemma3", ROPE | {"rope_scaling": {"type": "linear", "factor": 3.0}}, TEXTS),
    ("gemma3-scaling", "gemma3", ROPE | {"rope_scaling": {"rope_type": "linear", "factor": 3.0}, "rope_theta": 900.0},
     TEXTS),
    ("gemma3-theta-beside-parameters", "gemma3", {
        "rope_parameters": {"full_attention": {"rope_type": "default"}, "sliding_attention": {"rope_type": "default"}},
        "rope_theta": 13.0, "rope_local_base_freq": 9.0}, TEXTS),
    ("gemma3-parameters-of-no-kind", "gemma3", {"rope_parameters": {"rope_type": "linear", "factor": 2.5, "rope_theta": 17.0}},
     TEXTS),
    ("modernbert-window-in-its-second-field", "modernbert", {"sliding_window": 1}, TEXTS),
    ("roberta-padding-in-text", "roberta", {}, [[0, 7, 1, 9, 1, 1, 30, 2], [0, 1, 2], [1, 5], [0, 5, 2, 1]]),
    ("clip-end-in-text", "clip", {}, CLIP_TEXTS),
    ("clip-other-end", "clip", {"text_config": {"eos_token_id": 10}}, CLIP_TEXTS),
    ("clip-wrong-end", "clip", {"text_config": {"eos_token_id": 2}}, [*CLIP_TEXTS, [523, 70, 2, 68, 11]]),
    ("clip-text-config-dict", "clip", {"text_config_dict": dict(
        vocab_size=525, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=28,
        max_position_embeddings=20, eos_token_id=524, bos_token_id=523)}, CLIP_TEXTS),
    ("clip-vision-config-dict", "clip", {"vision_config_dict": dict(
        hidden_size=24, num_hidden_layers=3, num_attention_heads=6, intermediate_size=40, image_size=12, patch_size=4,
        hidden_act="gelu")}, CLIP_TEXTS),
]


def changed(config, changes):
    """In place: fields set, those of objects within them, and None's taken out."""
    for name, value in changes.items():
        if value is None:
            config.pop(name, None)
        elif name == "text_config":
            changed(config[name], value)
        else:
            config[name] = value
    return config


def outputs(base, config, texts):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_json(folder / "config.json", config)
        (folder / "model.safetensors").symlink_to(HERE / base / "model.safetensors")
        kind = hf.CLIPModel if base == "clip" else hf.AutoModelForCausalLM if base == "gemma3" else (
            hf.AutoModelForSequenceClassification)
        model, info = kind.from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
        assert not any(info.values()), info
    pixels = load_file(HERE / "clip" / "expected.safetensors")["pixel_values"].double()
    model = float64.convert(model.eval())
    with float64.everywhere(), torch.no_grad():
        if base == "gemma3":
            return {"hidden_states": torch.cat([model.model(torch.tensor([ids])).last_hidden_state[0] for ids in texts])}
        if base != "clip":
            return {"logits": torch.cat([model(input_ids=torch.tensor([ids])).logits for ids in texts])}
        return {"text_features": torch.cat([model.get_text_features(torch.tensor([ids])).pooler_output for ids in texts]),
                "image_features": model.get_image_features(pixels).pooler_output}


def truncated():
    tokenizer = hf.PreTrainedTokenizerFast(tokenizer_file=str(HERE / "bert" / "tokenizer.json"), truncation_side="left")
    rows = []
    for limit in (3, 4, 6, 7, 9):
        for first, second in (("the sun is warm and long", None), ("a line", None), ("the sun is warm", "a long new line is"),
                              ("a sun", "the line is long and warm and new"), ("", "the sun is warm and a line is long")):
            ids = tokenizer(first, second, truncation=True, max_length=limit, return_token_type_ids=True)
            rows.append({"first": first, "second": second, "max_length": limit, "ids": ids["input_ids"],
                         "types": ids["token_type_ids"]})
    return rows


def write_lines(path, rows):
    path.write_text("[\n" + ",\n".join(json.dumps(row, sort_keys=True) for row in rows) + "\n]\n")


def main():
    parser = argparse.ArgumentParser(description="Writes the golden file of variants.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    out = parser.parse_args().out
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    rows = []
    for name, base, changes, texts in VARIANTS:
        plain = json.loads((HERE / base / "config.json").read_text())
        config = changed(json.loads(json.dumps(plain)), changes)
        found = outputs(base, config, texts)
        row = {"name": name, "base": base, "config": config, "texts": texts}
        rows.append(row | {key: value.tolist() for key, value in found.items()})
        moved = {key: float((value - outputs(base, plain, texts)[key]).abs().max()) for key, value in found.items()}
        print(name, {key: f"{value:.1e}" for key, value in moved.items()})
    write_lines(out / "variants.json", rows)
    write_lines(out / "truncation.json", truncated())


if __name__ == "__main__":
    main()
