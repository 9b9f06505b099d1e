"""Adapters of Hugging Face PEFT and of the paper's authors, for port.py (SPEC 20)."""

import math
import re

import numpy as np

import port

COMMON = set(
    "peft_type peft_version task_type auto_mapping base_model_name_or_path revision inference_mode r target_modules"
    " rank_pattern alpha_pattern modules_to_save layers_pattern runtime_config".split())
OWN = {
    "LORA": set(
        "lora_alpha use_rslora use_dora bias init_lora_weights lora_dropout megatron_core qalora_group_size"
        " eva_config".split()),
    "LOKR": set(
        "alpha rank_dropout module_dropout rank_dropout_scale use_effective_conv2d decompose_both decompose_factor"
        " init_weights".split()),
}
# What all versions write, what those up to 0.13 added, and what 0.14 did.
FIRST = set(
    "peft_type task_type auto_mapping base_model_name_or_path revision inference_mode r target_modules rank_pattern"
    " alpha_pattern modules_to_save layers_pattern layers_to_transform".split())
FIRST_OWN = {
    "LORA": set("lora_alpha lora_dropout bias fan_in_fan_out init_lora_weights".split()),
    "LOKR": set(
        "alpha rank_dropout module_dropout use_effective_conv2d decompose_both decompose_factor init_weights".split()),
}
ADDED_13 = set(
    "loftq_config megatron_config megatron_core use_rslora use_dora layer_replication runtime_config".split())
SAVED = {"classifier", "score", "pooler", "qa_outputs"}
ADDED_14 = set("exclude_modules eva_config lora_bias rank_dropout_scale".split())
UNREADABLE = re.compile(r"\\[1-9]|\\k|\(\?<[=!]|\(\?P?[a-zA-Z]|[*+?}]\+")

PREFIXES = ("bert.", "roberta.", "deberta.", "model.")
CLASSIFIER = ["classifier.weight", "classifier.bias"]
POOLER = ["pooler.dense.weight", "pooler.dense.bias"]
ANSWERS = ["qa_outputs.weight", "qa_outputs.bias"]
HEADS = {
    "bert.": [CLASSIFIER],
    "roberta.": [[f"classifier.{layer}.{array}" for layer in ("dense", "out_proj") for array in ("weight", "bias")]],
    "deberta.": [CLASSIFIER, POOLER + CLASSIFIER],
    "model.": [["score.weight"]],
}
TOKENS = {**dict.fromkeys(PREFIXES, [CLASSIFIER]), "model.": [["score.weight", "score.bias"]]}
# By the task, the heads of each family.
HEADS_OF = {"TOKEN_CLS": TOKENS, "QUESTION_ANS": dict.fromkeys(PREFIXES, [ANSWERS])}
TASKS = ("SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS", "CAUSAL_LM", "FEATURE_EXTRACTION")
MODULES = ("classifier.", "score.", "qa_outputs.")
HEAD_NAMES = {
    name for heads_of in (HEADS, *HEADS_OF.values()) for heads in heads_of.values() for one in heads for name in one}
PART = re.compile(r"(.+)\.((?:lora|lokr)_\w+?)(\.default)?(\.weight|\.bias)?")


def require(condition, reason):
    if not condition:
        raise port.Refused(reason)


def configured(condition):
    require(condition, "configuration")


def fits(condition):
    require(condition, "tensors")


def is_off(config, name):
    value = config.get(name)
    return value is None or value is False or isinstance(value, (str, list, dict)) and not value


def is_number(value):
    return port.is_a(value, float) and port.is_finite(value)


def is_rank(value):
    return port.is_a(value, int) and value >= 1


def off_or(config, name, kind):
    """A field that is off, or of a type."""
    configured(is_off(config, name) or port.is_a(config[name], kind))
    return config.get(name)


def expression(text):
    configured(not UNREADABLE.search(text))
    try:
        return re.compile(text)
    except re.error as error:
        raise port.Refused("configuration") from error


class Config:
    """The checked adapter_config.json."""

    def __init__(self, path):
        require(path.is_file(), "missing-file")
        try:
            self.fields = port.read_object(path)
        except (ValueError, port.Refused) as error:
            raise port.Refused("configuration") from error
        fields = self.fields
        self.kind = fields.get("peft_type")
        configured(isinstance(self.kind, str) and self.kind in OWN)
        for name in fields:
            configured(name in COMMON or name in OWN[self.kind] or is_off(fields, name))
        self.task = off_or(fields, "task_type", str)
        configured(is_off(fields, "task_type") or self.task in TASKS)
        self.text = self.task == "CAUSAL_LM"
        modules = off_or(fields, "modules_to_save", list) or []
        configured(all(isinstance(name, str) and name in SAVED for name in modules))
        off_or(fields, "base_model_name_or_path", str)
        if self.kind == "LORA":
            configured(is_off(fields, "use_dora"))
            configured(is_off(fields, "bias") or fields["bias"] == "none")
            off_or(fields, "use_rslora", bool)
            begun = fields.get("init_lora_weights")
            configured(not isinstance(begun, str) or begun in ("gaussian", "eva", "orthogonal"))
        self.alpha = fields.get("lora_alpha" if self.kind == "LORA" else "alpha")
        configured(is_rank(fields.get("r")) and is_number(self.alpha))
        self.ranks, self.alphas = (off_or(fields, name, dict) or {} for name in ("rank_pattern", "alpha_pattern"))
        configured(all(map(is_rank, self.ranks.values())) and all(map(is_number, self.alphas.values())))
        for key in [*self.ranks, *self.alphas]:
            expression(key)
        self.targets = fields.get("target_modules")
        if isinstance(self.targets, str):
            expression(self.targets)
        else:
            configured(isinstance(self.targets, list) and self.targets)
            configured(all(isinstance(name, str) and name.strip() for name in self.targets))
        self.versions = versions(fields, self.kind)

    def is_target(self, path):
        if isinstance(self.targets, str):
            return re.fullmatch(self.targets, path) is not None
        return any(path == name or path.endswith(f".{name}") for name in self.targets)

    def scale(self, path):
        """The layer's r and α; of a LoKr that is not scaled α is r."""
        found = [self.scale_in(version, path) for version in self.versions]
        scaled = {(r, alpha / (math.sqrt(r) if self.fields.get("use_rslora") else r)) for r, alpha in found}
        require(len(scaled) == 1, "version")
        return found[0]

    def scale_in(self, version, path):
        together = version == 13 or version == 14 and self.kind == "LOKR"
        rank_key = self.key([*self.ranks, *(self.alphas if together else ())], version, path)
        alpha_key = rank_key if together else self.key(self.alphas, version, path)
        r = self.ranks.get(rank_key, self.fields["r"])
        return r, r if self.kind == "LOKR" and version == 13 else self.alphas.get(alpha_key, self.alpha)

    def key(self, keys, version, path):
        for key in keys:
            if re.match(key_expression(key, version, self.kind), path):
                return key
        return path


def key_expression(key, version, kind):
    if version >= 15:
        return rf"(.*\.)?({key})$"
    return rf".*\.{key}$" if kind == "LORA" else rf"(.*\.)?{key}$"


def versions(fields, kind):
    """The rules by which a file may have been written: 13 for up to 0.13, 14, and 15 for from 0.15 on."""
    if not is_off(fields, "peft_version"):
        version = re.fullmatch(r"(\d{1,9})\.(\d{1,9})(\..*)?", off_or(fields, "peft_version", str), re.ASCII)
        configured(version)
        major, minor = int(version[1]), int(version[2])
        return [13 if minor <= 13 else min(minor, 15)] if major == 0 else [15]
    first = FIRST | FIRST_OWN[kind]
    whole = first <= set(fields)
    later = set(fields) - first - ADDED_13
    if later - ADDED_14:
        return [15]
    if later:
        return [14] if whole and kind == "LORA" else [14, 15]
    return [13] if whole else [13, 14, 15]


def read_floats(path):
    try:
        tensors, _ = port.read_file(path)
    except port.Refused as error:
        raise port.Refused("tensors") from error
    for kind, array in tensors.values():
        fits(kind in ("F16", "BF16", "F32", "F64") and np.isfinite(array).all())
    return {name: array.astype(np.float64) for name, (_, array) in tensors.items()}


def sorted_out(tensors, root, ending, parts):
    """The tensors by layers' paths and parts, and the head's by their names."""
    layers, head = {}, {}
    for name, array in tensors.items():
        fits(name.startswith(root))
        path = name[len(root) :]
        plain = path.replace(".modules_to_save", "").replace(".default", "")
        if plain in HEAD_NAMES:
            fits(plain not in head)
            head[plain] = array
            continue
        part = PART.fullmatch(path)
        fits(part and part[2] in parts and (part[4] or "") == ending and not path.startswith(MODULES))
        mine = layers.setdefault(part[1], {})
        fits(part[2] not in mine)
        mine[part[2]] = array
    fits(layers)
    return layers, head


def base_names(paths):
    """The names of layers in the base model, and the prefix that they have in the file."""
    prefix = next((p for path in paths for p in PREFIXES if path.startswith(p)), "")
    beside = "pooler." if prefix == "deberta." else None
    for path in paths:
        fits(path.startswith(prefix) or beside and path.startswith(beside))
    return {path: path if beside and path.startswith(beside) else path[len(prefix) :] for path in paths}, prefix


def check_head(head, prefix, task=None):
    heads_of = HEADS_OF.get(task, HEADS)
    candidates = heads_of[prefix] if prefix else [one for heads in heads_of.values() for one in heads]
    fits(not head or any(set(head) == set(one) for one in candidates))
    for name, array in head.items():
        fits(array.ndim == (2 if name.endswith("weight") else 1))
        fits(name.endswith("weight") or len(array) == len(head[name.replace("bias", "weight")]))


def needed(parts, name, axes):
    fits(name in parts and parts[name].ndim == axes and min(parts[name].shape) > 0)
    return parts[name]


def configuration(r, s, alpha, rule, initialization, sizes=((), (), ())):
    return {
        "r": r, "separation_rank": s, "factor_count": 2 if sizes[0] else 1, "alpha": alpha, "scaling_rule": rule,
        "in_factors": list(sizes[0]), "out_factors": list(sizes[1]), "rank_factors": list(sizes[2]),
        "term_weights": False, "initialization": initialization}


def lora(parts, scale, config):
    r, alpha = scale
    a, b = needed(parts, "lora_A", 2), needed(parts, "lora_B", 2)
    fits(a.shape[0] == r and b.shape[1] == r)
    rule = "alpha/sqrt-r" if config.fields.get("use_rslora") else "alpha/r"
    values = {"lora_A": a.T[None], "lora_B": b.T[None]}
    return configuration(r, 1, float(alpha), rule, "kaiming-uniform"), values


def lokr(parts, scale, _):
    r, alpha = scale
    (p1, q1), (p2, q2) = split(parts, "lokr_w1", r), split(parts, "lokr_w2", r)
    inner = p1.shape[1] * p2.shape[1]
    fits(inner <= max(len(p1) * len(p2), q1.shape[1] * q2.shape[1]))
    sizes = ((len(p1), len(p2)), (q1.shape[1], q2.shape[1]), (p1.shape[1], p2.shape[1]))
    values = {f"lsr_{name}": array[None] for name, array in (("A1", p1), ("A2", p2), ("B1", q1), ("B2", q2))}
    return configuration(inner, 1, alpha / r, "alpha", "zero-update", sizes), values


def split(parts, name, r):
    """wᵀ = P·Q."""
    if name not in parts:
        a, b = needed(parts, f"{name}_a", 2), needed(parts, f"{name}_b", 2)
        fits(a.shape[1] == r and b.shape[0] == r)
        return b.T, a.T
    fits(f"{name}_a" not in parts and f"{name}_b" not in parts)
    whole = needed(parts, name, 2)
    out, n_in = whole.shape
    return (whole.T, np.eye(out)) if out <= n_in else (np.eye(n_in), whole.T)


LOKR_PARTS = [f"lokr_w{i}{part}" for i in (1, 2) for part in ("", "_a", "_b")]


def read_peft(folder):
    """The configuration, per layer its configuration and parameters, and the head's arrays."""
    config = Config(folder / "adapter_config.json")
    file = folder / "adapter_model.safetensors"
    require(file.is_file(), "missing-file")
    is_lora = config.kind == "LORA"
    parts = ["lora_A", "lora_B"] if is_lora else LOKR_PARTS
    paths, head = sorted_out(read_floats(file), port.PREFIX, ".weight" if is_lora else "", parts)
    names, prefix = base_names(paths)
    check_head(head, prefix, config.task)
    fits(not (config.text and head))
    layers = {}
    for path, found in paths.items():
        fits(config.is_target(path))
        layers[names[path]] = (lora if is_lora else lokr)(found, config.scale(path), config)
    return config, layers, head


def put_deltas(case, layers, prefix=""):
    for name, (config, values) in layers.items():
        side_a, side_b = (sorted(n for n in values if f"_{side}" in n) for side in "AB")
        n_in = math.prod(values[n].shape[1] for n in side_a)
        n_out = math.prod(values[n].shape[2] for n in side_b)
        case.out[f"{prefix}delta.{name}"] = port.Adapter(config, n_in, n_out, values).delta()


def description(layers, head, text, base_model=None):
    found = {"base_model": base_model} if base_model else {}
    outputs = len(list(head.values())[-1]) if head else 0
    return {
        **found, "text": text, "head_outputs": outputs,
        "layers": [{"name": name, **config} for name, (config, _) in layers.items()]}


def import_peft(case):
    for name in case.settings["folders"]:
        try:
            config, layers, head = read_peft(case.folder / name)
        except port.Refused as refused:
            case.scalars[name] = str(refused)
            continue
        field = "base_model_name_or_path"
        base_model = None if is_off(config.fields, field) else config.fields[field]
        case.scalars[name] = description(layers, head, config.text, base_model)
        put_deltas(case, layers, f"{name}/")
        case.out.update({f"{name}/head.{array}": value.T for array, value in head.items()})


def import_authors(case):
    paths, head = sorted_out(case.arrays, "", "", ["lora_A1", "lora_A2", "lora_B1", "lora_B2"])
    names, prefix = base_names(paths)
    check_head(head, prefix)
    layers = {}
    for path, parts in paths.items():
        a1, a2, b1, b2 = (needed(parts, f"lora_{name}", 3).astype(np.float64) for name in ("A1", "A2", "B1", "B2"))
        s, q = a1.shape[:2]
        fits(a2.shape[:2] == (s, q) and (b1.shape[0], b1.shape[2]) == (b2.shape[0], b2.shape[2]) == (s, q))
        sizes = ((a1.shape[2], a2.shape[2]), (b1.shape[1], b2.shape[1]), (q, q))
        values = {f"lsr_{n}": f.transpose(0, 2, 1) for n, f in (("A1", a1), ("A2", a2), ("B1", b1), ("B2", b2))}
        alpha = case.settings["lora_alpha"] / q
        layers[names[path]] = (configuration(q * q, s, alpha, "alpha", "paper-authors", sizes), values)
    put_deltas(case, layers)
    case.scalars["description"] = description(layers, head, False)


OPERATIONS = {"import-peft": import_peft, "import-authors": import_authors}
