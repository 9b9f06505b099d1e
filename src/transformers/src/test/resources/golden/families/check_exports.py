"""Loads a model, and an adapter if there is one, with transformers and PEFT, and writes what they compute in float32.

    python check_exports.py --base FOLDER [--adapter FOLDER] --inputs FILE --out FILE --kind classification|causal

FILE of --inputs is safetensors with input_ids (all sequences, one after the other), offsets (n + 1) and, if the model
takes them, token_type_ids. FILE of --out gets logits [n, labels] or lm_logits [tokens, vocabulary].

Exit status: 0; 1 if a tensor is missing, is not used, or has another shape than the model's, or if one of the
libraries warns on loading; 2 for arguments or inputs that cannot be used. The reasons are on standard error.
"""
import argparse
import copy
import json
import logging
import os
import pathlib
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from peft import PeftConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

CLASSES = {"classification": transformers.AutoModelForSequenceClassification,
           "causal": transformers.AutoModelForCausalLM}
# Warnings that say nothing about the files.
HARMLESS = ("is deprecated and will be removed",)
# Tensors of older checkpoints that the model computes itself.
COMPUTED = (".position_ids", ".rotary_emb.inv_freq")


class Problem(Exception):
    def __init__(self, status, *lines):
        super().__init__("\n".join(lines))
        self.status = status


class Warned(logging.Handler):
    """Collects what the libraries log or warn of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.add(record.getMessage())

    def add(self, message):
        text = " ".join(str(message).split())
        if not any(harmless in text for harmless in HARMLESS):
            self.lines.append(text)

    def __enter__(self):
        self.loggers = [logging.getLogger(name) for name in ("transformers", "peft")]
        for logger in self.loggers:
            logger.addHandler(self)
            logger.setLevel(logging.WARNING)
        self.catcher = warnings.catch_warnings(record=True)
        self.caught = self.catcher.__enter__()
        warnings.simplefilter("always")
        return self

    def __exit__(self, *problem):
        self.catcher.__exit__(*problem)
        for warning in self.caught:
            self.add(warning.message)
        self.lines = list(dict.fromkeys(self.lines))
        for logger in self.loggers:
            logger.removeHandler(self)


def shapes(files):
    found = {}
    for file in files:
        with safe_open(file, "pt") as tensors:
            found |= {name: tuple(tensors.get_slice(name).get_shape()) for name in tensors.keys()}
    return found


def compare(where, stored, wanted, optional=()):
    """Lines on names or shapes that differ. (The libraries say nothing of some tensors that they do not use.)"""
    lines = [f"{where}: {name} is missing" for name in sorted(wanted.keys() - stored.keys() - set(optional))]
    lines += [f"{where}: {name} is not of this model" for name in sorted(stored.keys() - wanted.keys())
              if not name.endswith(COMPUTED)]
    lines += [f"{where}: {name} has shape {list(stored[name])}, the model has {list(wanted[name])}"
              for name in sorted(stored.keys() & wanted.keys()) if stored[name] != wanted[name]]
    return lines


def sizes(state):
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def stored_in(folder):
    """Names and shapes of a model's tensors; each must lie where the index of a sharded model says."""
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        if not (folder / "model.safetensors").exists():
            raise Problem(2, f"{folder}: has no model.safetensors")
        return shapes([folder / "model.safetensors"])
    listed = json.loads(index.read_text())["weight_map"]
    found = {file: shapes([folder / file]) for file in sorted(set(listed.values()))}
    wrong = [f"{index}: places {name} in {file}, which does not hold it"
             for name, file in sorted(listed.items()) if name not in found[file]]
    wrong += [f"{index}: does not place {name} in {file}, which holds it"
              for file, names in found.items() for name in names if listed.get(name) != file]
    if wrong:
        raise Problem(1, *wrong)
    return {name: shape for names in found.values() for name, shape in names.items()}


def load_base(folder, kind):
    stored = stored_in(folder)
    model, info = CLASSES[kind].from_pretrained(folder, dtype=torch.float32, attn_implementation="eager",
                                                output_loading_info=True, ignore_mismatched_sizes=True)
    wanted = sizes(model.state_dict())
    prefix = model.base_model_prefix + "."
    stored = {name if name in wanted or prefix + name not in wanted else prefix + name: shape
              for name, shape in stored.items()}  # as a checkpoint of the model without a head names them
    lines = compare(folder, stored, wanted, optional=getattr(model, "all_tied_weights_keys", {}))
    lines = lines or [f"{folder}: transformers reports {what}: {', '.join(map(str, names))}"
                      for what, names in info.items() if names]
    if lines:
        raise Problem(1, *lines)
    return model


def load_adapter(model, folder):
    file = folder / "adapter_model.safetensors"
    if not file.exists():
        raise Problem(2, f"{folder}: has no adapter_model.safetensors")
    config = PeftConfig.from_pretrained(folder)
    config.base_model_name_or_path = model.name_or_path  # PEFT warns of another name
    fresh = get_peft_model(copy.deepcopy(model), config)
    lines = compare(file, shapes([file]), sizes(get_peft_model_state_dict(fresh, save_embedding_layers=False)))
    if lines:
        raise Problem(1, *lines)
    return PeftModel.from_pretrained(model, folder)


def load(base, adapter, kind):
    warned = Warned()
    try:
        with warned:
            model = load_base(base, kind)
            if adapter:
                model = load_adapter(model, adapter)
    except Problem:
        raise
    except Exception as problem:  # whatever the libraries raise for files that they cannot use
        raise Problem(1, *warned.lines, f"{type(problem).__name__}: {problem}") from problem
    if warned.lines:
        raise Problem(1, *warned.lines)
    return model.eval()


def read_inputs(file):
    try:
        tensors = load_file(file)
    except (OSError, SafetensorError) as problem:
        raise Problem(2, f"{file}: {problem}") from problem
    for name in ("input_ids", "offsets"):
        if name not in tensors:
            raise Problem(2, f"{file}: has no {name}")
    offsets = tensors["offsets"].tolist()
    total = len(tensors["input_ids"])
    if offsets[0] != 0 or offsets[-1] != total or any(a >= b for a, b in zip(offsets, offsets[1:])):
        raise Problem(2, f"{file}: offsets {offsets} do not rise from 0 to the {total} tokens of input_ids")
    return tensors, list(zip(offsets, offsets[1:]))


def compute(model, tensors, spans, kind):
    rows = []
    with torch.no_grad():
        for begin, end in spans:
            names = [name for name in ("input_ids", "token_type_ids") if name in tensors]
            row = {name: tensors[name][begin:end].long()[None] for name in names}
            logits = model(**row, attention_mask=torch.ones_like(row["input_ids"])).logits
            rows.append(logits[0] if kind == "causal" else logits)
    return torch.cat(rows)


def main():
    parser = argparse.ArgumentParser(description="Computes what transformers and PEFT make of exported files.")
    parser.add_argument("--base", type=pathlib.Path, required=True)
    parser.add_argument("--adapter", type=pathlib.Path)
    parser.add_argument("--inputs", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--kind", choices=sorted(CLASSES), required=True)
    arguments = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_default_handler()  # what it would print is in the message
    try:
        for folder in (arguments.base, arguments.adapter):
            if folder and not folder.is_dir():
                raise Problem(2, f"{folder}: no such folder")
        tensors, spans = read_inputs(arguments.inputs)
        model = load(arguments.base, arguments.adapter, arguments.kind)
        result = compute(model, tensors, spans, arguments.kind)
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(problem.status)
    save_file({"lm_logits" if arguments.kind == "causal" else "logits": result.contiguous()}, arguments.out)


if __name__ == "__main__":
    main()
