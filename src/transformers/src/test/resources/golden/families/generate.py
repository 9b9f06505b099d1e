"""Writes the golden files of the model families: small random models and adapters, and what transformers and PEFT
compute from the written files, in float64.

    python generate.py [--out FOLDER] [CASE ...]

Without cases it writes all, beside itself. It checks each case as it goes, and prints what it found; README.md says
what the files hold and which versions wrote them.
"""
import argparse
import json
import math
import os
import pathlib
import shutil
import sys
import zlib

os.environ["HF_HUB_OFFLINE"] = "1"
sys.dont_write_bytecode = True  # no __pycache__ among the golden files

import numpy as np
import torch
import torch.nn.functional as F
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoConfig
from transformers.models.deberta_v2 import modeling_deberta_v2
from transformers.utils import logging

import float64
import golden_tokenizers
from cases import CASES, CONVOLUTION

HERE = pathlib.Path(__file__).parent
RANK, ALPHA = 4, 6
TASKS = {"tokens": "TOKEN_CLS", "spans": "QUESTION_ANS"}
IGNORED = -100  # the label of a token that has none


# Random models and adapters

class Values:
    """Random values, the same for a case on every run."""

    def __init__(self, name):
        self.random = np.random.default_rng(zlib.crc32(name.encode()))

    def fill(self, parameter, centre=0.0, deviation=1.0):
        values = np.asarray(self.random.standard_normal(tuple(parameter.shape)) * deviation + centre)
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(values).to(parameter.dtype))

    def fill_linear(self, linear, gain):
        self.fill(linear.weight, deviation=gain / math.sqrt(linear.in_features))
        if linear.bias is not None:
            self.fill(linear.bias, deviation=0.1)

    def fill_norm(self, norm):
        with torch.no_grad():
            begin = -0.2 if type(norm).__name__.startswith("Gemma") else 0.8  # Gemma adds 1
            norm.weight.copy_(torch.from_numpy(self.random.uniform(begin, begin + 0.4, tuple(norm.weight.shape))))
        if getattr(norm, "bias", None) is not None:
            self.fill(norm.bias, deviation=0.1)


def gain(name):
    """Scores spread over a few units, and logits too; residual branches stay about as large as what they join."""
    if name.endswith(("query", "key", "q_proj", "k_proj", "query_proj", "key_proj", "q_lin", "k_lin", "attn.q", "attn.k",
                      "Wqkv")):
        return 1.3
    return 1.5 if name.endswith(("classifier", "score", "out_proj", "lm_head")) else 0.9


def fill_model(model, values):
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            values.fill_linear(module, gain(name))  # a tied lm_head: before or after, it is one array
        elif isinstance(module, torch.nn.Embedding):
            values.fill(module.weight, deviation=0.3 if "position" in name else 1.0 if "bias" in name else 0.5)
        elif "Norm" in type(module).__name__:
            values.fill_norm(module)
        elif isinstance(getattr(module, "bias", None), torch.nn.Parameter):  # the head of a masked language model
            values.fill(module.bias, deviation=0.1)
        else:
            assert not list(module.parameters(recurse=False)), f"{name} has parameters that nobody fills"


def write_model(case, folder, values):
    model = case.model(case.config)
    fill_model(model, values)
    if case.causal and case.config.tie_word_embeddings:
        values.fill(model.lm_head.weight, deviation=0.5)
    model.to(case.dtype).save_pretrained(folder, max_shard_size=case.shard)
    (folder / "generation_config.json").unlink(missing_ok=True)
    write_old_config(folder)


def write_json(path, content):
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def write_old_config(folder):
    """The same configuration under the names of transformers 4, where they differ by more than dtype."""
    config = json.loads((folder / "config.json").read_text())
    if config["model_type"] == "modernbert":
        rope = config.pop("rope_parameters")
        config["global_rope_theta"] = rope["full_attention"]["rope_theta"]
        config["local_rope_theta"] = rope["sliding_attention"]["rope_theta"]
        every = config.get("global_attn_every_n_layers")
        if every and [kind == "full_attention" for kind in config["layer_types"]] == [
                i % every == 0 for i in range(config["num_hidden_layers"])]:
            del config["layer_types"]
    elif config["model_type"] == "gemma3_text":
        rope = config.pop("rope_parameters")
        config["rope_theta"] = rope["full_attention"].pop("rope_theta")
        config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        config["rope_scaling"] = None if rope["full_attention"] == {"rope_type": "default"} else rope["full_attention"]
    elif "rope_parameters" in config:
        rope = config.pop("rope_parameters")
        config["rope_theta"] = rope.pop("rope_theta")
        if rope["rope_type"] == "linear":  # the first name of the field
            rope = {"type": rope["rope_type"], "factor": rope["factor"]}
        config["rope_scaling"] = None if rope == {"rope_type": "default"} else rope
    elif config["model_type"] == "deberta-v2":
        config["pos_att_type"] = "|".join(config["pos_att_type"])
    else:
        return
    config["torch_dtype"] = config.pop("dtype")
    del config["transformers_version"]
    write_json(folder / "config-v4.json", config)
    new, old = (AutoConfig.from_pretrained(folder / file).to_dict() for file in ("config.json", "config-v4.json"))
    for read in (new, old):
        del read["_name_or_path"]
        for name in ("global_rope_theta", "local_rope_theta"):
            read.pop(name, None)
        read.get("rope_parameters", {}).pop("type", None)
    assert new == old, f"{folder.name}: the two configurations differ: {new} {old}"


def write_adapter(name, case, folder, values):
    task = None
    if case.head_in_adapter:
        task = "CAUSAL_LM" if case.causal else TASKS.get(case.loss, "SEQ_CLS")
    targets = case.targets if isinstance(case.targets, str) else list(case.targets)
    model = get_peft_model(load(case, folder), LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=targets, task_type=task,
        modules_to_save=list(case.modules_to_save) or None))
    for key, parameter in sorted(model.named_parameters()):
        if ".lora_A." in key:
            values.fill(parameter, deviation=0.7 / math.sqrt(parameter.shape[1]))
        elif ".lora_B." in key:
            values.fill(parameter, deviation=0.5 / math.sqrt(RANK))
        elif ".modules_to_save." in key:
            values.fill(parameter, deviation=1.5 / math.sqrt(parameter.shape[-1]))
    adapter = folder / "adapter"
    model.peft_config["default"].base_model_name_or_path = name  # not a path of the machine that wrote it
    model.save_pretrained(adapter, save_embedding_layers=False)
    (adapter / "README.md").unlink()
    config = json.loads((adapter / "adapter_config.json").read_text())
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()  # PEFT writes a set, in the order of the moment
    write_json(adapter / "adapter_config.json", config)


def load(case, folder):
    model, info = case.model.from_pretrained(
        folder, dtype=case.dtype, attn_implementation="eager", output_loading_info=True)
    assert not any(info.values()), f"{folder.name}: {info}"
    return model.eval()


def load_adapted(case, folder):
    model = PeftModel.from_pretrained(load(case, folder), folder / "adapter", is_trainable=True).eval()
    for key, parameter in model.named_parameters():
        head = not case.causal and key.startswith(
            ("base_model.model.classifier.", "base_model.model.score.", "base_model.model.qa_outputs."))
        if head and not case.head_in_adapter:
            parameter.requires_grad_(True)
    return model


def file_name(key):
    """The name under which PEFT stores a parameter."""
    return key.replace(".modules_to_save.default", "").replace(".default.", ".")


# Inputs

class Inputs:
    """The sequences of a case, and the targets of its losses."""

    def __init__(self, case, values):
        config, random = case.config, values.random
        self.pad = config.pad_token_id or 0
        self.sequences = [torch.from_numpy(random.integers(5, config.vocab_size, n)) for n in case.lengths]
        for sequence in self.sequences:
            sequence[sequence == self.pad] += 1
        types = getattr(config, "type_vocab_size", 0)
        self.types = None
        if types:
            self.types = [(torch.arange(n) >= n * 3 // 5).long() * (types > 1) for n in case.lengths]
        self.prompts = torch.tensor([max(1, n * 2 // 5) for n in case.lengths])
        count = len(case.lengths)
        if case.loss == "spans":
            self.starts = torch.from_numpy(random.integers(0, case.lengths))
            self.ends = torch.from_numpy(random.integers(self.starts.numpy(), case.lengths))
            self.labels = [torch.zeros(n, dtype=int) for n in case.lengths]
            for row, start, end in zip(self.labels, self.starts, self.ends):
                row[start] += 1
                row[end] += 2
        elif case.loss == "masked":
            self.labels = [torch.from_numpy(random.integers(0, config.vocab_size, n)) for n in case.lengths]
            for row in self.labels:
                row[1:][torch.from_numpy(random.random(len(row) - 1)) > 0.4] = IGNORED
            self.labels = torch.nn.utils.rnn.pad_sequence(self.labels, batch_first=True, padding_value=IGNORED)
        elif case.tokens:
            self.labels = [torch.from_numpy(random.integers(-1, config.num_labels, n)) for n in case.lengths]
            for row in self.labels:
                row[0] = -1  # as of a special token
                row[row == -1] = IGNORED
            self.labels = torch.nn.utils.rnn.pad_sequence(self.labels, batch_first=True, padding_value=IGNORED)
        elif case.loss == "regression":
            self.labels = torch.from_numpy(random.standard_normal(count).astype(np.float32)).double()
        else:
            self.labels = torch.from_numpy(random.integers(0, config.num_labels, count))

    def single(self, i):
        types = {} if self.types is None else {"token_type_ids": self.types[i][None]}
        ids = self.sequences[i][None]
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids), **types}

    def padded(self):
        def pad(rows, value):
            return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
        types = {} if self.types is None else {"token_type_ids": pad(self.types, 0)}
        return {"input_ids": pad(self.sequences, self.pad),
                "attention_mask": pad([torch.ones(len(s), dtype=int) for s in self.sequences], 0), **types}

    def labels_of_tokens(self):
        """Those of all sequences one after the other, without padding."""
        return torch.cat([row[:len(s)] for row, s in zip(self.labels, self.sequences)])

    def lm_labels(self, prompts):
        """Labels as transformers takes them: of a prompt and of padding, -100."""
        rows = [torch.where(torch.arange(len(s)) < p, -100, s) for s, p in zip(self.sequences, prompts)]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-100)


# Values

def encoder_layers(base):
    if hasattr(base, "layers"):
        return base.layers
    return base.transformer.layer if hasattr(base, "transformer") else base.encoder.layer


class Recorder:
    """Keeps what the embeddings, each layer, and the final norm give. (For LLaMA, transformers' own hidden_states hold
    the normed states in place of the last layer's output.)"""

    def __init__(self, model):
        base = model.get_base_model() if isinstance(model, PeftModel) else model
        base = base.base_model
        decoder = hasattr(base, "embed_tokens")
        modules = [base.embed_tokens, *base.layers] if decoder else [base.embeddings, *encoder_layers(base)]
        self.values = {}
        for i, module in enumerate(modules):
            module.register_forward_hook(self.keeper(f"hidden_{i}"))
        if decoder:
            base.norm.register_forward_hook(self.keeper("last_hidden"))
        normed = decoder or hasattr(base, "final_norm")
        if normed and not decoder:
            base.final_norm.register_forward_hook(self.keeper("last_hidden"))
        self.last = None if normed else f"hidden_{len(modules) - 1}"

    def keeper(self, name):
        def keep(module, args, output):
            self.values[name] = output[0] if isinstance(output, tuple) else output
        return keep

    def take(self):
        taken = dict(self.values)
        if self.last:
            taken["last_hidden"] = taken[self.last]
        return taken


def called(case, model):
    """PEFT's own class for question answering does not hand token types on to the model that it has adapted."""
    return model.get_base_model() if case.loss == "spans" and isinstance(model, PeftModel) else model


def logits_of(case, out):
    return torch.stack([out.start_logits, out.end_logits], -1) if case.loss == "spans" else out.logits


def run_single(case, model, recorder, inputs):
    """Each sequence by itself: states [tokens, hidden], and logits [n, labels], of a classifier of tokens
    [tokens, labels], or lm_logits [tokens, vocabulary]."""
    collected = {}
    for i in range(len(case.lengths)):
        logits = logits_of(case, called(case, model)(**inputs.single(i)))
        for name, value in recorder.take().items():
            collected.setdefault(name, []).append(value[0])
        collected.setdefault("lm_logits" if case.causal else "logits", []).append(logits[0] if case.causal or case.tokens else logits)
    return {name: torch.cat(parts) for name, parts in collected.items()}


def run_padded(case, model, recorder, inputs):
    """All sequences in one padded batch, the padding then dropped."""
    batch = inputs.padded()
    logits = logits_of(case, called(case, model)(**batch))
    kept = batch["attention_mask"].bool()
    states = {name: value[kept] for name, value in recorder.take().items()}
    return states | ({"lm_logits": logits[kept]} if case.causal else
                     {"logits": logits[kept] if case.tokens else logits})


def losses(case, inputs, out):
    """The losses by their definitions, from the rows of each sequence."""
    if case.loss == "regression":
        return {"loss": ((out["logits"][:, 0] - inputs.labels.to(out["logits"].dtype)) ** 2).mean()}
    if case.loss == "spans":
        rows = out["logits"].split(case.lengths)
        terms = [F.cross_entropy(row[:, kind][None], target[None]) for kind, targets in enumerate((inputs.starts, inputs.ends))
                 for row, target in zip(rows, targets)]
        return {"loss": torch.stack(terms).mean()}
    if case.tokens:
        return {"loss": F.cross_entropy(out["logits"], inputs.labels_of_tokens(), ignore_index=IGNORED)}
    if not case.causal:
        return {"loss": F.cross_entropy(out["logits"], inputs.labels)}
    result = {}
    for name, prompts in (("lm_loss", [1] * len(case.lengths)), ("lm_loss_completion", inputs.prompts.tolist())):
        terms, begin = [], 0
        for sequence, prompt in zip(inputs.sequences, prompts):
            rows = out["lm_logits"][begin:begin + len(sequence)].log_softmax(-1)
            terms += [-rows[t - 1, sequence[t]] for t in range(prompt, len(sequence))]
            begin += len(sequence)
        result[name] = torch.stack(terms).mean()
    return result


def adapted_loss(case, found):
    return found["lm_loss_completion" if case.loss == "completion" else "lm_loss" if case.causal else "loss"]


def compute(case, model, adapted, inputs):
    """Everything that a case expects, as tensors of the models' type."""
    with torch.no_grad():
        out = run_single(case, model, Recorder(model), inputs)
        out |= losses(case, inputs, out)
    with torch.enable_grad():
        after = run_single(case, adapted, Recorder(adapted), inputs)
        found = losses(case, inputs, after)
        adapted_loss(case, found).backward()
    out |= {f"adapted_{name}": after[name].detach() for name in ("logits", "lm_logits") if name in after}
    out |= {f"adapted_{name}": value.detach() for name, value in found.items()}
    out["adapted_loss"] = adapted_loss(case, found).detach().clone()
    for key, parameter in adapted.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, f"{key} has no gradient"
            out[f"grad.{file_name(key)}"] = parameter.grad.clone()
    return out


# Checks

def near(what, found, expected, tolerance):
    difference = (found - expected).abs().max().item() if found.numel() else 0.0
    assert found.shape == expected.shape, f"{what}: {tuple(found.shape)}, expected {tuple(expected.shape)}"
    assert difference <= tolerance, f"{what}: differs by {difference}, more than {tolerance}"


def check_padding(case, model, adapted, inputs, expected):
    with torch.no_grad():
        for name, value in run_padded(case, model, Recorder(model), inputs).items():
            near(f"padded {name}", value, expected[name], 1e-12)
        after = run_padded(case, adapted, Recorder(adapted), inputs)
    logits = "lm_logits" if case.causal else "logits"
    near("padded adapted logits", after[logits], expected[f"adapted_{logits}"], 1e-12)


def check_losses(case, model, inputs, expected):
    """transformers' own losses, from one padded batch."""
    with torch.no_grad():
        if case.loss == "spans":  # of each sequence by itself: transformers chooses among the padding, too
            own = [model(**inputs.single(i), start_positions=inputs.starts[i:i + 1], end_positions=inputs.ends[i:i + 1]).loss
                   for i in range(len(case.lengths))]
            near("loss", torch.stack(own).mean(), expected["loss"], 1e-12)
            return
        if not case.causal:
            near("loss", model(**inputs.padded(), labels=inputs.labels).loss, expected["loss"], 1e-12)
            return
        for name, prompts in (("lm_loss", [0] * len(case.lengths)), ("lm_loss_completion", inputs.prompts.tolist())):
            own = model(**inputs.padded(), labels=inputs.lm_labels(prompts)).loss
            near(name, own, expected[name], 1e-12)


def check_gradients(case, adapted, inputs, expected):
    """The largest entry of one lora_A, one lora_B and one more tensor, against a central difference."""
    parameters = {file_name(k): p for k, p in adapted.named_parameters() if p.requires_grad}
    names = sorted(parameters)
    lora_a = [n for n in names if n.endswith("lora_A.weight")]
    lora_b = [n for n in names if n.endswith("lora_B.weight")]
    heads = [n for n in names if ".lora_" not in n]
    recorder, step = Recorder(adapted), 1e-5
    for name in (lora_a[0], lora_b[-1], (heads or lora_a)[-1]):
        gradient = expected[f"grad.{name}"]
        index = np.unravel_index(gradient.abs().argmax().item(), gradient.shape)
        values = []
        with torch.no_grad():
            entry = parameters[name][index].item()
            for moved in (entry + step, entry - step):
                parameters[name][index] = moved
                out = run_single(case, adapted, recorder, inputs)
                values.append(adapted_loss(case, losses(case, inputs, out)))
            parameters[name][index] = entry
        assert gradient[index].abs() > 1e-4, f"{name}: the largest gradient is {gradient[index]}"
        near(f"grad {name}{list(index)}", (values[0] - values[1]) / (2 * step), gradient[index], 1e-8)


def check_scale(case, model, inputs, expected):
    """Attention neither uniform nor saturated, states that differ between tokens, and an adapter that matters.
    Returns the attention's entropy by layer, as a share of a uniform one's."""
    entropies = {}
    with torch.no_grad():
        for i, sequence in enumerate(inputs.sequences):
            if len(sequence) >= 5:
                for layer, weights in enumerate(model(**inputs.single(i), output_attentions=True).attentions):
                    visible = (weights > 0).sum(-1)
                    entropy = torch.special.entr(weights).sum(-1) / visible.double().log()
                    entropies.setdefault(layer, []).append(entropy[visible >= 4])
    shares = [torch.cat(parts).mean().item() for _, parts in sorted(entropies.items())]
    assert all(0.5 < share < 0.97 for share in shares), f"attention's entropy is {shares} of a uniform one's"
    states = expected["last_hidden"] - expected["last_hidden"].mean(0)
    assert states.std() > 0.2, f"last_hidden hardly differs between tokens: {states.std()}"
    logits = "lm_logits" if case.causal else "logits"
    moved = (expected[f"adapted_{logits}"] - expected[logits]).abs().mean().item()
    assert moved > 0.05, f"the adapter moves the logits by {moved} only"
    return shares


def check_frequencies(case, model):
    """Rotary frequencies by their definitions, which no rounding to float32 has passed."""
    config = case.config
    if not hasattr(config, "rope_parameters") or config.model_type == "gemma3_text":
        return
    if config.model_type == "modernbert":
        size = config.hidden_size // config.num_attention_heads
        for kind, rope in config.rope_parameters.items():
            expected = rope["rope_theta"] ** (-np.arange(0, size, 2) / size)
            near(kind, getattr(model.model.rotary_emb, f"{kind}_inv_freq"), torch.from_numpy(expected), 1e-15)
        return
    rope = config.rope_parameters
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    size = int(size * rope.get("partial_rotary_factor", 1))
    expected = rope["rope_theta"] ** (-np.arange(0, size, 2) / size)
    if rope["rope_type"] == "linear":
        expected = expected / rope["factor"]
    elif rope["rope_type"] == "llama3":
        turns = rope["original_max_position_embeddings"] * expected / (2 * math.pi)
        low, high = rope["low_freq_factor"], rope["high_freq_factor"]
        kept = np.clip((turns - low) / (high - low), 0, 1)
        expected = expected * (kept + (1 - kept) / rope["factor"])
    elif rope["rope_type"] == "longrope":  # as the last text left it, a short one
        expected = expected / np.array(rope["short_factor"])
    elif rope["rope_type"] == "yarn":
        length = rope["original_max_position_embeddings"]
        low, high = (size * math.log(length / (turns * 2 * math.pi)) / (2 * math.log(rope["rope_theta"]))
                     for turns in (rope["beta_fast"], rope["beta_slow"]))
        low, high = max(math.floor(low), 0), min(math.ceil(high), size - 1)
        slowed = np.clip((np.arange(size // 2) - low) / (high - low), 0, 1)
        expected = expected * (1 - slowed + slowed / rope["factor"])
    near("rotary frequencies", model.model.rotary_emb.inv_freq, torch.from_numpy(expected), 1e-15)


def check_buckets(case):
    """The bucket of no distance may hang on the type in which its logarithm is computed."""
    if case.config.model_type == "deberta-v2" and case.config.position_buckets > 0:
        largest = case.config.max_relative_positions
        largest = case.config.max_position_embeddings if largest < 1 else largest
        rows = torch.zeros(1, max(case.lengths), 1)
        arguments = (rows, rows, case.config.position_buckets, largest)
        single = modeling_deberta_v2.build_relative_position(*arguments)
        with float64.everywhere():
            double = modeling_deberta_v2.build_relative_position(*arguments)
        assert torch.equal(single, double), "float32 and float64 put a distance into different buckets"


def check_switches(case, model, inputs, expected):
    """Each switch of the configuration that the case is there for shows in the values."""
    logits = "lm_logits" if case.causal else "logits"
    for switch in case.switches:
        other = case.model(type(case.config).from_dict(model.config.to_dict() | switch)).eval()
        missing = other.load_state_dict(model.state_dict(), strict=False).missing_keys
        assert not missing, f"with {switch} the model needs {missing}"
        with torch.no_grad():
            changed = run_single(case, other, Recorder(other), inputs)[logits]
        moved = ((changed.double() - expected[logits]).abs().max() / expected[logits].abs().max()).item()
        assert moved > 1e-4, f"{switch} moves the logits by {moved} of the largest only"


def float32_differences(case, folder, inputs, expected):
    """How far transformers and PEFT are from the expected values when left to compute in float32: the largest
    difference of each kind of value, relative to the largest value of the tensor."""
    found = compute(case, load(case, folder).float(), load_adapted(case, folder).float(), inputs)
    kinds = {}
    for name, value in found.items():
        kind = ("gradients" if name.startswith("grad.") else "states" if "hidden" in name
                else "logits" if "logits" in name else "losses")
        difference = (value.double() - expected[name]).abs().max() / expected[name].abs().max()
        kinds[kind] = max(kinds.get(kind, 0.0), difference.item())
    return kinds


# A case

def write_expected(case, folder, inputs, expected):
    stored = {
        "input_ids": torch.cat(inputs.sequences).int(),
        "offsets": torch.tensor([0, *case.lengths]).cumsum(0).int()}
    if inputs.types is not None:
        stored["token_type_ids"] = torch.cat(inputs.types).int()
    if case.causal:
        stored["prompt_lengths"] = inputs.prompts.int()
    else:
        labels = inputs.labels_of_tokens() if case.tokens else inputs.labels
        stored["labels"] = labels if case.loss == "regression" else labels.int()
    stored |= {name: value.reshape(1) if value.dim() == 0 else value.contiguous() for name, value in expected.items()}
    save_file(stored, folder / "expected.safetensors")


def check_adapter_names(case, folder, expected):
    names = set(load_file(folder / "adapter" / "adapter_model.safetensors"))
    gradients = {name[len("grad."):] for name in expected if name.startswith("grad.")}
    heads = {name for name in gradients if ".lora_" not in name}
    if not case.head_in_adapter:
        gradients -= heads
    assert gradients == names, f"gradients of {gradients ^ names} that the adapter lacks, or the other way round"


def write_case(name, case, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    values = Values(name)
    write_model(case, folder, values)
    write_adapter(name, case, folder, values)
    if name in golden_tokenizers.TOKENIZERS:
        golden_tokenizers.write(folder, name, case.config)
    inputs = Inputs(case, values)
    model = float64.convert(load(case, folder))
    adapted = float64.convert(load_adapted(case, folder))
    with float64.everywhere():
        expected = compute(case, model, adapted, inputs)
        if case.pads:
            check_padding(case, model, adapted, inputs, expected)
            check_losses(case, model, inputs, expected)
        check_gradients(case, adapted, inputs, expected)
        shares = check_scale(case, model, inputs, expected)
    check_frequencies(case, model)
    check_switches(case, load(case, folder).float(), inputs, expected)
    check_buckets(case)
    check_adapter_names(case, folder, expected)
    write_expected(case, folder, inputs, expected)
    differences = float32_differences(case, folder, inputs, expected)
    sizes = sorted(file.stat().st_size for file in folder.rglob("*"))
    assert sizes[-1] < 150_000, f"{name}: a file of {sizes[-1]} bytes"
    print(f"{name:22} {sum(sizes) // 1024:4} KiB  entropy {' '.join(f'{s:.2f}' for s in shares):14}  float32 "
          + "  ".join(f"{kind} {value:.0e}" for kind, value in sorted(differences.items())), flush=True)


def main():
    parser = argparse.ArgumentParser(description="Writes the golden files of the model families.")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.cases if name not in CASES]
    if unknown:
        parser.error(f"no case {', '.join(unknown)}; expected one of {', '.join(CASES)}")
    logging.disable_progress_bar()
    torch.set_num_threads(1)  # one order of summation
    torch.manual_seed(0)  # transformers' own initialization, all of it overwritten
    for name in arguments.cases or CASES:
        write_case(name, CASES[name], arguments.out / name)
    if not arguments.cases:
        CONVOLUTION.save_pretrained(arguments.out / "deberta-conv")


if __name__ == "__main__":
    main()
