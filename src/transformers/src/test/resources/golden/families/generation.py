"""Writes generation.json: how transformers goes on with a text, greedily and in float64, for a model whose config.json and
generation_config.json say different things about it. The model is the case llama, with some fields changed.

    python generation.py [--out FOLDER]
"""
import argparse
import json
import pathlib
import shutil
import tempfile

import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging

from generate import HERE, write_json

CASE = HERE / "llama"
TEXT = "The sun is warm."
TOKENS = 30
END = 286  # of the case's config.json; no text here comes to it
MARGIN = 1e-4  # between the two most probable tokens: float32 decides alike

FILES = [  # name, changes of config.json, generation_config.json
    ("nothing", {}, None),
    ("end in config", {"eos_token_id": "SIXTH"}, None),
    ("several ends in config", {"eos_token_id": [END, "SIXTH", "FOURTH"]}, None),
    ("end in both", {"eos_token_id": "FOURTH"}, {"eos_token_id": "SIXTH"}),
    ("several ends in generation", {}, {"eos_token_id": [END, "SIXTH"]}),
    ("other end in generation", {"eos_token_id": "SIXTH"}, {"eos_token_id": END}),
    ("penalty in config", {"repetition_penalty": 1.3}, None),
    ("penalty in config beside the other file", {"repetition_penalty": 1.3}, {"eos_token_id": END}),
    ("small penalty", {}, {"repetition_penalty": 1.05, "eos_token_id": END}),
    ("penalty", {}, {"repetition_penalty": 1.3, "eos_token_id": END}),
    ("whole penalty", {}, {"repetition_penalty": 1, "eos_token_id": END}),
    ("reward", {}, {"repetition_penalty": 0.75, "eos_token_id": END}),
]


def replaced(value, words):
    if isinstance(value, dict):
        return {key: replaced(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, words) for item in value]
    return words.get(value, value) if isinstance(value, str) else value


def generated(config, generation, prompt):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(CASE / "model.safetensors", folder)
        write_json(folder / "config.json", json.loads((CASE / "config.json").read_text()) | config)
        if generation is not None:
            write_json(folder / "generation_config.json", generation)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
        given = torch.tensor([prompt])
        found = model.generate(
            given, attention_mask=torch.ones_like(given), max_new_tokens=TOKENS, output_scores=True,
            return_dict_in_generate=True)
        for scores in found.scores:
            first, second = scores[0].topk(2).values.tolist()
            assert first - second > MARGIN, f"two tokens are about as probable: {first} and {second}"
        return found.sequences[0, len(prompt):].tolist()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(CASE / "tokenizer.json"))
    prompt = tokenizer(TEXT)["input_ids"]
    whole = generated({}, None, prompt)
    words = {"FOURTH": whole[3], "SIXTH": whole[5]}
    rows = []
    for name, config, generation in FILES:
        config, generation = replaced(config, words), replaced(generation, words)
        rows.append({
            "name": name, "config": config, "generation": generation, "prompt": TEXT, "prompt_ids": prompt,
            "max_new_tokens": TOKENS, "ids": generated(config, generation, prompt)})
        print(name, rows[-1]["ids"])
    write_json(parser.parse_args().out / "generation.json", rows)


if __name__ == "__main__":
    main()
