"""Writes family_generation.json: how transformers goes on with tokens, greedily, with its cache and in float64, for the language
models of cases.

    python family_generation.py [--out FOLDER] [CASE ...]

Without cases it writes those of all it knows; with some it replaces theirs.
"""
import argparse
import json
import pathlib

import numpy as np
import torch
from transformers import RepetitionPenaltyLogitsProcessor
from transformers.utils import logging

import float64
from cases import CASES
from generate import HERE, load

FILE = "family_generation.json"
NAMES = ["llama-rope-yarn", "qwen2", "qwen3", "qwen3-bias", "mistral", "smollm3", "phi3", "phi3-longrope", "gemma2",
         "gemma3"]
PROMPT, TOKENS = 7, 24
# Tied and scaled embeddings make small random models say the last token again and again.
PENALTIES = {"gemma2": 4.0, "gemma3": 4.0}
MARGIN = 1e-4  # between the two most probable tokens: float32 decides alike


def is_clear(model, whole, tokens, penalty):
    """Whether whole sequences in float64, without a cache, decide for the same tokens, and not closely."""
    for i, token in enumerate(tokens):
        with float64.everywhere(), torch.no_grad():
            given = whole[:, :PROMPT + i]
            logits = model(input_ids=given).logits[:, -1]
            first, second = RepetitionPenaltyLogitsProcessor(penalty)(given, logits)[0].topk(2)
        assert second[0] == token, f"token {i} is {token} with a cache and {second[0]} without one"
        if first[0] - first[1] < MARGIN:
            return False
    return True


def generated(name):
    case = CASES[name]
    model = float64.convert(load(case, HERE / name))
    penalty = PENALTIES.get(name, 1.0)
    for seed in range(100):
        prompt = np.random.default_rng(seed).integers(5, case.config.vocab_size, PROMPT)
        given = torch.from_numpy(prompt)[None]
        with torch.no_grad():
            found = model.generate(given, attention_mask=torch.ones_like(given), max_new_tokens=TOKENS, do_sample=False,
                                   repetition_penalty=penalty, eos_token_id=-1, pad_token_id=0)
        tokens = found[0, PROMPT:].tolist()
        if len(set(tokens)) > 3 and is_clear(model, found, tokens, penalty):
            row = {"case": name, "prompt": prompt.tolist(), "tokens": tokens}
            return row | ({"repetition_penalty": penalty} if name in PENALTIES else {})
    raise AssertionError(f"{name}: no prompt without a close decision or a short cycle")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    path = arguments.out / FILE
    rows = {row["case"]: row for row in json.loads(path.read_text())} if arguments.cases else {}
    for name in arguments.cases or NAMES:
        rows[name] = generated(name)
        print(name, rows[name]["tokens"])
    path.write_text("[\n" + ",\n".join(json.dumps(rows[name]) for name in NAMES if name in rows) + "\n]\n")


if __name__ == "__main__":
    main()
