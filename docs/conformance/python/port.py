"""LSR-Adapt in NumPy: what SPEC.md says, as a port that conform.py runs. python3 port.py CASE_FOLDER OUTPUT_FOLDER

A port that loads folders, computes updates and trains needs no more than this file; extras.py and imports.py have the rest.
"""

import json
import math
import pathlib
import re
import struct
import sys

import numpy as np

# ---- Files ----------------------------------------------------------------------------------------------------------

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U64": "<u8",
         "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?", "BF16": "<u2"}


class Refused(Exception):
    """Input that must not be taken; the reason."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)


def unique(pairs):
    require(len({name for name, _ in pairs}) == len(pairs), "repeated-name")
    return dict(pairs)


def not_json(constant):
    """NaN and Infinity, which Python would take."""
    raise ValueError(constant)


def read_json(text):
    return json.loads(text, object_pairs_hook=unique, parse_constant=not_json)


def read_object(path):
    """A file of one JSON object, which a byte-order mark may precede."""
    root = read_json(path.read_bytes().decode().removeprefix("\ufeff"))
    require(isinstance(root, dict), "json")
    return root


def read_file(path):
    """Name to (type, array), in the order of the header, and the metadata; BF16 comes as F32."""
    data = path.read_bytes()
    whole(len(data) >= 8)
    begin = 8 + struct.unpack("<Q", data[:8])[0]
    whole(data[8:9] == b"{")
    try:
        header = read_json(data[8:begin].decode())
    except (ValueError, Refused) as error:
        raise Refused("tensor-file") from error
    metadata = header.pop("__metadata__", {})
    whole(isinstance(metadata, dict) and all(isinstance(text, str) for text in metadata.values()))
    for entry in header.values():
        check_entry(entry)
    reached = 0
    for entry in sorted(header.values(), key=lambda entry: entry["data_offsets"]):
        first, last = entry["data_offsets"]
        whole(first == reached <= last)
        whole(last - first == np.dtype(TYPES[entry["dtype"]]).itemsize * math.prod(entry["shape"]))
        reached = last
    whole(reached == len(data) - begin)
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        array = np.frombuffer(data[begin + first : begin + last], TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = (entry["dtype"], decoded(array, "bf16") if entry["dtype"] == "BF16" else array)
    return tensors, metadata


def check_entry(entry):
    """One tensor's description, before anything of it is used."""
    whole(isinstance(entry, dict) and set(entry) == {"dtype", "shape", "data_offsets"})
    whole(isinstance(entry["dtype"], str) and entry["dtype"] in TYPES)
    for name in ("shape", "data_offsets"):
        whole(isinstance(entry[name], list) and all(is_a(size, LONG) and size >= 0 for size in entry[name]))
    whole(len(entry["data_offsets"]) == 2)


def whole(condition):
    require(condition, "tensor-file")


def read_tensors(path):
    return {name: array for name, (_, array) in read_file(path)[0].items()}


def write_tensors(path, tensors, metadata=None, types=None):
    """Arrays in their order; types names what an array of another type stands for, such as BF16 for its bits."""
    names = {np.dtype(kind): name for name, kind in TYPES.items() if name != "BF16"}
    header, blobs, offset = {}, [], 0
    if metadata:
        header["__metadata__"] = metadata
    for name, array in tensors.items():
        blob = np.ascontiguousarray(array).tobytes()
        kind = (types or {}).get(name) or names[array.dtype]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


# ---- Random numbers and initialization (SPEC 2, 3, 4) -----------------------------------------------------------------

MASK48 = (1 << 48) - 1
MASK64 = (1 << 64) - 1


def signed(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def mixed(seed):
    """The first output of SplitMix64."""
    z = seed + 0x9E3779B97F4A7C15 & MASK64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK64
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK64
    return z ^ z >> 31


class Random:
    """java.util.Random, from a mixed seed."""

    def __init__(self, seed):
        self.state = (mixed(seed) ^ 0x5DEECE66D) & MASK48
        self.spare = None

    def bits(self, count):
        self.state = (self.state * 0x5DEECE66D + 0xB) & MASK48
        return self.state >> (48 - count)

    def long(self):
        high = signed(self.bits(32), 32)
        return signed((high << 32) + signed(self.bits(32), 32), 64)

    def double(self):
        high = self.bits(26)
        return ((high << 27) + self.bits(27)) * 2.0**-53

    def uniform(self):
        return self.double() * 2 - 1

    def gaussian(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        while True:
            first, second = 2 * self.double() - 1, 2 * self.double() - 1
            square = first * first + second * second
            if 0 < square < 1:
                break
        multiplier = math.sqrt(-2 * math.log(square) / square)
        self.spare = second * multiplier
        return first * multiplier


def utf16(text):
    data = text.encode("utf-16-le")
    return [int.from_bytes(data[i : i + 2], "little") for i in range(0, len(data), 2)]


def hash_code(text):
    value = 0
    for unit in utf16(text):
        value = value * 31 + unit & 0xFFFFFFFF
    return signed(value, 32)


def layer_seed(seed, name):
    return signed(seed * 0x9E3779B97F4A7C15 + hash_code(name), 64)


def balanced(size, count):
    """The balanced split: descending, of the smallest sum, the first found where sizes run upward."""
    best = None

    def choose(chosen, rest, largest, left):
        nonlocal best
        if left == 1:
            if rest <= largest and (best is None or sum(chosen) + rest < sum(best)):
                best = [*chosen, rest]
            return
        for divisor in divisors(rest):
            if divisor > largest:
                return
            if divisor**left < rest:
                continue
            others = (left - 1) * (rest // divisor) ** (1 / (left - 1)) * (1 - 1e-12)
            if best is None or sum(chosen) + divisor + others < sum(best):
                choose([*chosen, divisor], rest // divisor, divisor, left - 1)

    choose([], size, size, count)
    return best


DIVISORS = {}


def divisors(size):
    if size not in DIVISORS:
        low = [i for i in range(1, math.isqrt(size) + 1) if size % i == 0]
        DIVISORS[size] = sorted({*low, *(size // i for i in low)})
    return DIVISORS[size]


def split(config, which, size):
    return config[which] or balanced(size, config["factor_count"])


def scaling(config):
    alpha, r = config["alpha"], config["r"]
    return {"alpha": alpha, "alpha/r": alpha / r, "alpha/sqrt-r": alpha / math.sqrt(r)}[config["scaling_rule"]]


def is_lora(config):
    return config["separation_rank"] == 1 and config["factor_count"] == 1 and not config["term_weights"]


def sides(config, n_in, n_out):
    """Per side its parameters' names and shapes: of the factors, then of λ."""
    s = config["separation_rank"]
    rank = split(config, "rank_factors", config["r"])
    rows_and_columns = {
        "A": (split(config, "in_factors", n_in), rank), "B": (rank, split(config, "out_factors", n_out))}
    found = {}
    for side, (rows, columns) in rows_and_columns.items():
        names = [f"lora_{side}"] if is_lora(config) else [f"lsr_{side}{i + 1}" for i in range(len(rows))]
        found[side] = {name: (s, p, q) for name, p, q in zip(names, rows, columns)}
        if config["term_weights"]:
            found[side][f"lsr_{side}_lambda"] = (s,)
    return found


def initialize(config, name, n_in, n_out, dtype):
    """A layer's parameters by name."""
    random = Random(layer_seed(int(config["seed"]), name))
    d, terms = config["factor_count"], config["separation_rank"] * n_in
    deviation = {
        "zero-update": terms ** (-1 / (2 * d)),
        "kaiming-uniform": (3 * terms) ** (-1 / (2 * d)),
        "paper-authors": 0.01,
    }[config["initialization"]]
    uniform = config["initialization"] == "kaiming-uniform"
    values = {}
    for side, shapes in sides(config, n_in, n_out).items():
        factors = [parameter for parameter in shapes if not parameter.endswith("lambda")]
        for parameter, shape in shapes.items():
            if parameter.endswith("lambda"):
                values[parameter] = np.ones(shape, dtype)
            elif side == "B" and parameter == factors[-1] and config["initialization"] != "paper-authors":
                values[parameter] = np.zeros(shape, dtype)
            else:
                draws = [
                    (2 * random.double() - 1) * math.sqrt(3) if uniform else random.gaussian()
                    for _ in range(math.prod(shape))]
                values[parameter] = np.array([deviation * draw for draw in draws]).reshape(shape).astype(dtype)
    return values


# ---- Kronecker sums and adapters (SPEC 1, 5) --------------------------------------------------------------------------


def dense(factors, weights=None):
    """M = Σ_k λ_k M_k^(1) ⊗ … ⊗ M_k^(d)."""
    total = 0
    for k in range(len(factors[0])):
        term = factors[0][k]
        for factor in factors[1:]:
            term = np.kron(term, factor[k])
        total = total + (term if weights is None else weights[k] * term)
    return total


def in_double(factors, weights=None):
    return [f.astype(np.float64) for f in factors], None if weights is None else weights.astype(np.float64)


def gradients(gradient, factors, weights=None):
    """∂L/∂M as gradients of the factors, then of λ, by contracting the others away."""
    d = len(factors)
    shape = [f.shape[1] for f in factors] + [f.shape[2] for f in factors]
    tensor = gradient.reshape(shape)
    found = []
    for i in range(d):
        stack = np.empty_like(factors[i])
        for k in range(len(stack)):
            stack[k] = contracted(tensor, factors, k, i) * (1 if weights is None else weights[k])
        found.append(stack)
    if weights is not None:
        inner = [np.sum(contracted(tensor, factors, k, 0) * factors[0][k]) for k in range(len(weights))]
        found.append(np.array(inner, weights.dtype))
    return found


def contracted(tensor, factors, k, kept):
    """The tensor [rows…, columns…] with every factor but one multiplied in: [rows, columns] of that one."""
    d = len(factors)
    operands = [tensor, list(range(2 * d))]
    for i in range(d):
        if i != kept:
            operands += [factors[i][k], [i, d + i]]
    return np.einsum(*operands, [kept, d + kept])


class Adapter:
    """y = x·W + b + c·x·A·B."""

    def __init__(self, config, n_in, n_out, parameters):
        self.scaling = scaling(config)
        self.names = {side: list(shapes) for side, shapes in sides(config, n_in, n_out).items()}
        self.parameters = parameters

    def arrays(self, side):
        """Factors and λ, which is None where all are 1."""
        arrays = [self.parameters[name] for name in self.names[side]]
        return (arrays[:-1], arrays[-1]) if self.names[side][-1].endswith("lambda") else (arrays, None)

    def matrix(self, side):
        return dense(*self.arrays(side))

    def delta(self):
        return self.scaling * (self.matrix("A") @ self.matrix("B"))

    def forward(self, x, w, bias):
        return x @ w + bias + self.scaling * ((x @ self.matrix("A")) @ self.matrix("B"))

    def backward(self, x, w, grad_y):
        """∂L/∂x, and the gradient of every parameter by name."""
        a, b = self.matrix("A"), self.matrix("B")
        grad_h = self.scaling * (grad_y @ b.T)
        grad_sides = {"A": x.T @ grad_h, "B": self.scaling * ((x @ a).T @ grad_y)}
        found = {}
        for side, gradient in grad_sides.items():
            found.update(zip(self.names[side], gradients(gradient, *self.arrays(side))))
        return grad_y @ w.T + grad_h @ a.T, found


# ---- Number formats (SPEC 6, 7) ----------------------------------------------------------------------------------------

# Format: bits of the fraction, least exponent of a normal number, largest number.
FLOATS = {
    "fp32": (23, -126, (2 - 2.0**-23) * 2.0**127),
    "fp16": (10, -14, 65504.0),
    "bf16": (7, -126, (2 - 2.0**-7) * 2.0**127),
    "fp8-e4m3": (3, -6, 448.0),
    "fp8-e5m2": (2, -14, 57344.0),
}
INTEGERS = {"int8": 127, "int4": 7}


def stored(x, name):
    """What a floating-point format stores for x, in double precision."""
    fraction, least, largest = FLOATS[name]
    with np.errstate(all="ignore"):
        exponent = np.maximum(np.frexp(x)[1] - 1, least) - fraction
        rounded = np.where(np.isfinite(x), np.ldexp(np.rint(np.ldexp(x, -exponent)), exponent), x)
        beyond = np.nan if name == "fp8-e4m3" else np.copysign(np.inf, x)
        return np.where(np.abs(rounded) > largest, beyond, rounded)


def decoded(codes, name):
    """16-bit codes as F32."""
    if name == "fp16":
        return codes.view(np.float16).astype(np.float32)
    return (codes.astype(np.uint32) << 16).view(np.float32)


def to_integers(stack, name):
    """Integers and a scale for each matrix of a stack."""
    if not np.isfinite(stack).all():
        raise Refused("not-finite")
    most = INTEGERS[name]
    numbers = stack.astype(np.float64).reshape(len(stack), -1)
    scales = (np.abs(numbers).max(axis=1) / most).astype(np.float32)
    integers = np.zeros(numbers.shape, np.int8)
    for k, scale in enumerate(scales.astype(np.float64)):
        if scale > 0:
            integers[k] = np.clip(np.rint(numbers[k] / scale), -most, most)
    return integers.reshape(stack.shape), scales


def from_integers(integers, scales):
    return integers.astype(np.float32) * scales.reshape(-1, *[1] * (integers.ndim - 1))


# ---- Condition, nearest sums, orthogonal terms (SPEC 8, 9, 10) ---------------------------------------------------------


def crest(stack):
    """The largest √n·max|x|/‖x‖ of the matrices of a stack, at least 1."""
    flat = np.abs(stack.reshape(len(stack), -1))
    norms = np.linalg.norm(flat, axis=1)
    ratios = [math.sqrt(row.size) * row.max() / norm for row, norm in zip(flat, norms) if norm > 0]
    return max([1.0, *ratios])


def condition(factors, weights=None):
    """γ and what it is made of."""
    factors, weights = in_double(factors, weights)
    terms = np.prod([np.linalg.norm(f.reshape(len(f), -1), axis=1) for f in factors], axis=0)
    if weights is not None:
        terms = terms * np.abs(weights)
    norm, weight_norm = float(np.linalg.norm(dense(factors, weights))), float(np.linalg.norm(terms))
    with np.errstate(all="ignore"):
        gamma = 1.0 if weight_norm == 0 else float(np.float64(weight_norm) / norm)
    return {
        "gamma": gamma,
        "norm": norm,
        "weight_norm": weight_norm,
        "weight_sum": float(terms.sum()),
        "crest": max(crest(f) for f in factors),
    }


def round_off(name, largest_crest):
    """The largest relative error of a factor."""
    return 2.0 ** (-FLOATS[name][0] - 1) if name in FLOATS else 0.5 / INTEGERS[name] * largest_crest


def decomposition(matrix, rows1, columns1, count):
    """u, σ, v of R(M), which turns A ⊗ B into vec(A)·vec(B)ᵀ; the first `count` of each."""
    rows2, columns2 = matrix.shape[0] // rows1, matrix.shape[1] // columns1
    blocks = matrix.reshape(rows1, rows2, columns1, columns2).transpose(0, 2, 1, 3)
    u, sigma, v = np.linalg.svd(blocks.reshape(rows1 * columns1, rows2 * columns2), full_matrices=False)
    return (
        u[:, :count].T.reshape(-1, rows1, columns1), sigma[:count], v[:count].reshape(-1, rows2, columns2))


def nearest(u, sigma, v, terms):
    """The nearest sum of so many terms: its factors and its error."""
    roots = np.sqrt(sigma[:terms]).reshape(-1, 1, 1)
    return [roots * u[:terms], roots * v[:terms]], float(np.linalg.norm(sigma[terms:]))


REGULARIZATION, SWEEPS, TOLERANCE, STARTS = 1e-8, 500, 1e-7, 3


def fit(factors, weights, terms):
    """A sum of so many terms near to a longer one, by alternating least squares from several starts."""
    factors, weights = in_double(factors, weights)
    sizes = np.prod([norms(f) for f in factors], axis=0) * (1 if weights is None else np.abs(weights))
    largest = np.argsort(-sizes, kind="stable")[:terms]
    target = [f.reshape(len(f), -1) for f in factors]
    if weights is not None:
        target[0] = target[0] * weights[:, None]
    random = Random(42)
    best = None
    for start in range(STARTS):
        drawn = [np.array([[random.uniform() for _ in range(f.shape[1])] for _ in range(terms)]) for f in target]
        for i, f in enumerate(target):
            if start == 0:
                drawn[i][: len(largest)] = f[largest]
        run = improved(target, [unit(f) for f in drawn])
        if best is None or run[0] < best[0]:
            best = run
    _, found, lengths = best
    share = np.abs(lengths)[:, None] ** (1 / len(found))
    return [(f * share).reshape(terms, *factors[i].shape[1:]) for i, f in enumerate(found)]


def unit(matrix):
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(lengths > 0, lengths, 1)


def improved(target, found):
    """Sweeps over all factors until one gains too little: the objective, factors of norm 1, the terms' norms."""
    before = math.inf
    for _ in range(SWEEPS):
        for i in range(len(found)):
            others = [j for j in range(len(found)) if j != i]
            gram = np.prod([found[j] @ found[j].T for j in others], axis=0)
            cross = np.prod([found[j] @ target[j].T for j in others], axis=0)
            solved = np.linalg.solve(gram + REGULARIZATION * np.eye(len(gram)), cross @ target[i])
            lengths = np.linalg.norm(solved, axis=1)
            found[i] = np.where(lengths[:, None] > 0, unit(solved), found[i])
        inner = [np.prod([a @ b.T for a, b in zip(x, y)], axis=0) for x, y in (
            (target, target), (found, target), (found, found))]
        distance = inner[0].sum() - 2 * lengths @ inner[1].sum(axis=1) + lengths @ inner[2] @ lengths
        objective = distance + REGULARIZATION * lengths @ lengths
        if before - objective <= TOLERANCE * objective:
            break
        before = objective
    return objective, found, lengths


def orthogonal_terms(factors, weights, least):
    """The same matrix with orthogonal terms; λ is 1 afterwards."""
    factors, weights = in_double(factors, weights)
    s = len(factors[0])
    u, sigma, v = decomposition(dense(factors, weights), *factors[0].shape[1:], s)
    first, second = np.zeros_like(factors[0]), np.zeros_like(factors[1])
    random = Random(s)
    for k in range(s):
        if k < len(sigma) and sigma[k] > 1e-14 * sigma[0]:
            norm = max(math.sqrt(sigma[k]), least)
            first[k], second[k] = norm * u[k], sigma[k] / norm * v[k]
        else:
            new = np.array([random.gaussian() for _ in range(first[k].size)])
            for other in first[:k].reshape(k, new.size) if k < new.size else []:
                new -= other @ new / (other @ other) * other
            first[k] = (least / np.linalg.norm(new) * new).reshape(first[k].shape)
    return [first, second]


def start_norm(config, n_in, stack):
    """The norm of a first factor at the default initialization, on average."""
    deviation = (config["separation_rank"] * n_in) ** (-1 / (2 * config["factor_count"]))
    return deviation * math.sqrt(stack[0].size)


# ---- Training (SPEC 11 to 13) -------------------------------------------------------------------------------------------


def warm_up_steps(steps, part):
    return math.ceil(part * steps)


def schedule(steps, part):
    """The factor of the learning rate at each step."""
    warm_up = warm_up_steps(steps, part)
    return [(i + 1) / warm_up if i < warm_up else (steps - i) / (steps - warm_up) for i in range(steps)]


class AdamW:
    """AdamW over several parameters with a learning rate each."""

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, rates, decay):
        self.rates, self.decay, self.steps = rates, decay, 0
        self.mean, self.variance, self.born = {}, {}, {}

    def restart(self, name, first, last):
        """Forgets the moments of a part of a parameter."""
        for moments in (self.mean, self.variance):
            moments[name][first:last] = 0
        self.born[name][first:last] = self.steps

    def norm(self, gradients):
        return math.sqrt(sum(float(np.sum(g.astype(np.float64) ** 2)) for g in gradients.values()))

    def clip(self, norm, most):
        return most / norm if norm > most else 1.0

    def direction(self, name):
        age = self.steps - self.born[name]
        mean = self.mean[name] / (1 - self.BETA1**age)
        return mean / (np.sqrt(self.variance[name] / (1 - self.BETA2**age)) + self.EPSILON)

    def step(self, values, gradients, factor, max_norm):
        """One step in place; the norm of all gradients before they are clipped."""
        self.steps += 1
        norm = self.norm(gradients)
        scale = self.clip(norm, max_norm)
        for name, value in values.items():
            if name not in self.mean:
                self.mean[name], self.variance[name] = np.zeros(value.shape), np.zeros(value.shape)
                self.born[name] = np.zeros(value.shape, np.int64)
            g = gradients[name].astype(np.float64) * scale
            self.mean[name] = self.BETA1 * self.mean[name] + (1 - self.BETA1) * g
            self.variance[name] = self.BETA2 * self.variance[name] + (1 - self.BETA2) * g * g
            old = value.astype(np.float64)
            value[...] = old - self.rates[name] * factor * (self.direction(name) + self.decay * old)
        return norm


def train(config, arrays, settings):
    """A layer from its initialization on, to the least mean of squared differences; losses and parameters."""
    w, bias, x, target = (arrays[name] for name in ("w", "bias", "x", "target"))
    parameters = initialize(config, "linear", *w.shape, np.float64)
    adapted = Adapter(config, *w.shape, parameters)
    optimizer = AdamW(dict.fromkeys(parameters, settings["learning_rate"]), settings["weight_decay"])
    losses = []
    for factor in schedule(settings["steps"], settings["warm_up"]):
        difference = adapted.forward(x, w, bias) - target
        losses.append(float(np.mean(difference**2)))
        _, found = adapted.backward(x, w, 2 / difference.size * difference)
        optimizer.step(parameters, found, factor, settings["max_norm"])
    return losses, parameters


def head(parameters, seed):
    """A head's weights as N(0, 0.02²), its biases as 0."""
    random = Random(seed)
    return {
        name: np.array([0.02 * random.gaussian() for _ in range(math.prod(shape))]).reshape(shape)
        if name.endswith(".weight") else np.zeros(shape)
        for name, shape in parameters}


# ---- Adapter folders (SPEC 14 to 16) ------------------------------------------------------------------------------------

PREFIX = "base_model.model."
CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"
SEAL = "adapter_config_crc32c"
LONG = "a whole number of 64 bits"
CARD = {
    "base_model_name_or_path": str, "base_model_fingerprint": str, "model_type": str, "max_length": int,
    "base_precision": str,
}
ADAPTER = {
    "r": int, "separation_rank": int, "factor_count": int, "alpha": float, "scaling_rule": str, "scaling": float,
    "in_factors": [int], "out_factors": [int], "rank_factors": [int], "term_weights": bool, "initialization": str,
    "seed": LONG, "target_modules": [str],
}
KNOWN = {*CARD, "format_version", "library_version", "storage", "embedding", "task", "head", "adapters", "tensors"}
EMBEDDING = {"pooling": str, "normalized": bool, "query_prefix": str, "passage_prefix": str}
STORAGES = ["fp32", "fp16", "bf16", "int8", "int4"]
MOST_RANKS = 16  # Per input and output.

CRC_TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    CRC_TABLE.append(byte)


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def field(node, name, kind):
    """A field that is there and of its type."""
    require(name in node, "missing-field")
    value = node[name]
    if isinstance(kind, list):
        right = isinstance(value, list) and all(is_a(entry, kind[0]) for entry in value)
    else:
        right = is_a(value, kind)
    require(right, "field-type")
    return value


def is_a(value, kind):
    if kind in (int, LONG):
        limit = 1 << (31 if kind is int else 63)
        return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind)


def is_finite(value):
    """Of a number of JSON, which may be an integer beyond all doubles."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def only(node, known):
    require(set(node) <= set(known), "unknown-field")


def read_config(path):
    """The checked configuration as a dictionary: storage, layers with their adapters, card, task, head, tensors."""
    require(path.is_file(), "missing-file")
    try:
        root = read_object(path)
    except ValueError as error:
        raise Refused("json") from error
    require("format_version" in root or "peft_type" not in root, "peft")
    require(field(root, "format_version", int) == 1, "format-version")
    only(root, KNOWN)
    field(root, "library_version", str)
    found = {"storage": field(root, "storage", str), "layers": {}, "card": None, "task": None, "head": []}
    require(found["storage"] in STORAGES, "value")
    if any(name in root for name in [*CARD, "task"]):
        found["task"] = read_task(field(root, "task", dict))
        if found["task"]["kind"] not in HEADLESS:
            found["head"] = read_head(field(root, "head", dict), found["task"])
        found["card"] = read_card(root, found["task"])
    require(found["head"] or "head" not in root, "value")
    require(found["card"] and "embedding" in found["card"] or "embedding" not in root, "value")
    for section in field(root, "adapters", [dict]):
        other = {"KRONECKER": "kronecker", "LSR_SHARED": "lsr-shared"}.get(field(section, "peft_type", str))
        config = extras().kinds()[other].config(section) if other else read_adapter(section)
        require(not other or found["storage"] == "fp32", "value")
        if "shared_with" in section:
            holder = field(section, "shared_with", str)
            require(found["layers"].get(holder) == config, "value")
            config["holder"] = holder
        require(field(section, "target_modules", [str]), "value")
        for layer in section["target_modules"]:
            require(layer not in found["layers"], "layer-repeated")
            found["layers"][layer] = config
    require(found["layers"] or found["head"], "value")
    found["tensors"] = field(root, "tensors", dict)
    only(found["tensors"], ["file", "bytes", "crc32c"])
    name = field(found["tensors"], "file", str)
    field(found["tensors"], "bytes", LONG)
    field(found["tensors"], "crc32c", str)
    require(re.fullmatch(r"adapter_model(-[0-9a-f]{8})?\.safetensors", name), "value")
    return found


HEADLESS = ("text", "masked", "embedding", "image_text")
CLASSES = ("classification", "multi_label", "tokens")
OF_PAIRS = ("reranking", "spans")
DECIDED = ("multi_label", "spans", "ordinal")
KINDS = (*HEADLESS, *CLASSES, *OF_PAIRS, "regression", "ordinal")


def read_task(task):
    kind = field(task, "kind", str)
    require(kind in KINDS, "value")
    if kind in HEADLESS:
        classes = kind == "image_text" and ("labels" in task or "template" in task)
        only(task, ["name", "kind", *(["labels", "template"] if classes else [])])
        labels = field(task, "labels", [str]) if classes else []
        require(not classes or len(labels) >= 2 and "{}" in field(task, "template", str), "value")
        more = {"template": task["template"]} if classes else {}
        return {"name": field(task, "name", str), "kind": kind, "labels": labels, "pairs": False, **more}
    more = ["thresholds"] if kind in DECIDED else ["words"] if kind == "tokens" and "words" in task else []
    only(task, ["name", "kind", "labels", "pairs", *more])
    found = {"name": field(task, "name", str), "kind": kind, "labels": field(task, "labels", [str])}
    if kind in DECIDED:
        found["thresholds"] = field(task, "thresholds", [float])
    found["pairs"] = field(task, "pairs", bool)
    labels = found["labels"]
    require(len(labels) >= 2 if kind in (*CLASSES, "ordinal") else not labels, "value")
    require(len(set(labels)) == len(labels), "value")
    require(not found["pairs"] if kind == "tokens" else found["pairs"] or kind not in OF_PAIRS, "value")
    if "words" in task:
        found["words"] = field(task, "words", str)
        require(found["words"] in ("joined", "separate"), "value")
    if kind == "multi_label":
        thresholds = found["thresholds"]
        require(len(thresholds) == len(labels) and all(0 < number <= 1 for number in thresholds), "value")
    if kind == "spans":
        require(len(found["thresholds"]) <= 1 and all(map(is_finite, found["thresholds"])), "value")
    if kind == "ordinal":
        thresholds = found["thresholds"]
        require(len(thresholds) == len(labels) - 1 and all(map(is_finite, thresholds)), "value")
        require(all(a < b for a, b in zip(thresholds, thresholds[1:])), "value")
    return found


def outputs(task):
    return len(task["labels"]) if task["kind"] in CLASSES else 2 if task["kind"] == "spans" else 1


def read_head(node, task):
    only(node, ["outputs", "parameters"])
    require(field(node, "outputs", int) == outputs(task), "value")
    parameters = field(node, "parameters", [str])
    require(parameters and len(set(parameters)) == len(parameters), "value")
    return parameters


def read_card(root, task):
    card = {name: field(root, name, kind) for name, kind in CARD.items()}
    require(card["max_length"] >= 1, "value")
    require(card["base_precision"] in ("f32", "bf16", "int8", "int4", "stored"), "value")
    if task["kind"] == "embedding":
        settings = field(root, "embedding", dict)
        only(settings, [*EMBEDDING, "dimensions"])
        card["embedding"] = {name: field(settings, name, kind) for name, kind in EMBEDDING.items()}
        require(card["embedding"]["pooling"] in ("cls", "mean", "lasttoken"), "value")
        if "dimensions" in settings:
            lengths = card["embedding"]["dimensions"] = field(settings, "dimensions", [int])
            require(all(length >= 1 for length in lengths) and len(set(lengths)) == len(lengths), "value")
    return card


def read_adapter(section):
    only(section, [*ADAPTER, "peft_type"])
    require(section["peft_type"] == "LSR", "value")
    config = {name: field(section, name, kind) for name, kind in ADAPTER.items()}
    del config["target_modules"]
    require(config["r"] >= 1 and 1 <= config["separation_rank"] <= 65536 and 1 <= config["factor_count"] <= 31, "value")
    require(config["scaling_rule"] in ("alpha", "alpha/r", "alpha/sqrt-r"), "value")
    require(config["initialization"] in ("zero-update", "kaiming-uniform", "paper-authors"), "value")
    require(is_finite(config["alpha"]) and is_finite(config["scaling"]), "value")
    ranks = config["rank_factors"]
    require(not ranks or len(ranks) == config["factor_count"] and math.prod(ranks) == config["r"], "value")
    require(config["scaling"] == scaling(config), "scaling")
    return config


def seal(config):
    """The checksum of a configuration but for the field `tensors` and white space outside of strings."""
    start = config.rindex(b'"tensors"')
    end = config.index(b"}", start)
    kept, inside, escaped = bytearray(), False, False
    for at, byte in enumerate(config):
        if not start <= at <= end and (inside or byte not in b" \t\r\n"):
            kept.append(byte)
        inside ^= byte == ord('"') and not escaped
        escaped = inside and byte == ord("\\") and not escaped
    return f"{crc32c(bytes(kept)):08x}"


def read_folder(folder):
    """A checked adapter folder: its configuration, per layer (in, out, parameters), and the head's arrays."""
    config = read_config(folder / CONFIG)
    check = dict(config["tensors"])
    file = folder / check.pop("file")
    require(file.is_file(), "missing-file")
    data = file.read_bytes()
    require(len(data) >= check["bytes"], "truncated")
    require(check == {"bytes": len(data), "crc32c": f"{crc32c(data):08x}"}, "checksum")
    tensors, metadata = read_file(file)
    wanted = wanted_tensors(config)
    for name, types in wanted.items():
        require(name in tensors, "tensor-missing")
        require(tensors[name][0] in types, "tensor-type")
    for name, (_, array) in tensors.items():
        require(name in wanted, "tensor-unknown")
        require(np.isfinite(array).all(), "not-finite")
    arrays = {name.removeprefix(PREFIX): array for name, (_, array) in tensors.items()}
    layers = {}
    for layer in order_of_layers(config, arrays):
        mine = config["layers"][layer]
        layers[layer] = read_layer(layer, mine, config["storage"], arrays) if kind_of(mine) == "lsr" \
            else extras().kinds()[kind_of(mine)].layer(layer, mine, arrays)
    if any(kind_of(mine) != "lsr" for mine in config["layers"].values()):
        extras().require_shared(layers, config["layers"])
    for name in config["head"]:
        last = name.rsplit(".", 1)[0] == config["head"][-1].rsplit(".", 1)[0]
        array = arrays[name]
        require(array.ndim in (1, 2) and (not last or len(array) == outputs(config["task"])), "tensor-shape")
    require(metadata.get(SEAL) == seal((folder / CONFIG).read_bytes()), "checksum")
    for layer, (_, _, values) in layers.items():
        require(kind_of(config["layers"][layer]) != "lsr" or fits_floats(values), "overflow")
    return config, layers, {name: arrays[name].astype(np.float32) for name in config["head"]}


def fits_floats(values):
    """Whether neither A nor B can have a number beyond the largest F32."""
    for side in "AB":
        arrays = [array for name, array in values.items() if name.startswith((f"lsr_{side}", f"lora_{side}"))]
        if len(arrays[0]) * math.prod(float(np.abs(array).max()) for array in arrays) > FLOATS["fp32"][2]:
            return False
    return True


def kind_of(config):
    """The kind of a layer's settings."""
    return "kronecker" if "method" in config else "lsr-shared" if "shared" in config else "lsr"


def extras():
    """Of other kinds of adapters; imported here, as it needs this module itself."""
    import extras as module

    return module


def more_operations():
    import imports

    return {**extras().OPERATIONS, **imports.OPERATIONS}


def parameter_names(layer, config):
    """A layer's parameters: those of A, then those of B."""
    if kind_of(config) != "lsr":
        return extras().kinds()[kind_of(config)].names(layer, config)
    d = config["factor_count"]
    found = []
    for side in "AB":
        found += [f"{layer}.lora_{side}"] if is_lora(config) else [f"{layer}.lsr_{side}{i + 1}" for i in range(d)]
        found += [f"{layer}.lsr_{side}_lambda"] if config["term_weights"] else []
    return found


def wanted_tensors(config):
    """The names of all tensors, and the types that each may have."""
    floats = ["F32", "F16", "BF16"]
    factor = {"int8": ["I8"], "int4": ["U8"]}.get(config["storage"], floats)
    wanted = {PREFIX + name: floats for name in config["head"]}
    for layer, adapter_config in config["layers"].items():
        for name in parameter_names(layer, adapter_config):
            wanted[PREFIX + name] = floats if name.endswith("lambda") else factor
            if factor is not floats and not name.endswith("lambda"):
                wanted[PREFIX + name + ".scale"] = floats
    return wanted


def order_of_layers(config, arrays):
    """As their first tensors in the file."""
    layer_of = {name: layer for layer, c in config["layers"].items() for name in parameter_names(layer, c)}
    return dict.fromkeys(layer_of[name] for name in arrays if name in layer_of)


def read_layer(layer, config, storage, arrays):
    """The layer's widths, and its parameters in F32 by their names without the layer's."""
    found = {name: arrays[name] for name in parameter_names(layer, config)}
    factors = {name: array for name, array in found.items() if not name.endswith("lambda")}
    require(all(array.ndim == 3 for array in factors.values()), "tensor-shape")
    d = config["factor_count"]
    require(all(len(config[which]) in (0, d) for which in ("in_factors", "out_factors")), "tensor-shape")
    require(all(min(array.shape) > 0 for array in factors.values()), "tensor-shape")
    n_in = math.prod(array.shape[1] for array in list(factors.values())[:d])
    n_out = math.prod(array.shape[2] for array in list(factors.values())[d:])
    require(config["r"] <= MOST_RANKS * (n_in + n_out), "tensor-shape")
    values = {}
    for shapes in sides(config, n_in, n_out).values():
        for name, shape in shapes.items():
            array = found[f"{layer}.{name}"]
            scales = arrays.get(f"{layer}.{name}.scale")
            halved = storage == "int4" and not name.endswith("lambda")
            stored_shape = ((shape[0] + 1) // 2, *shape[1:]) if halved else shape
            require(array.shape == stored_shape and (scales is None or scales.shape == shape[:1]), "tensor-shape")
            if scales is not None:
                require((scales >= 0).all(), "negative-scale")
                integers = unpacked(array, shape[0]) if halved else array
                require(integers.min() >= -INTEGERS[storage], "int4-range")
                array = from_integers(integers, scales)
            values[name] = array.astype(np.float32)
    return n_in, n_out, values


def unpacked(data, s):
    """Matrix 2j in the low half of a byte, 2j + 1 in the high half."""
    halves = np.stack([data & 0xF, data >> 4], axis=1).reshape(-1, *data.shape[1:])[:s].astype(np.int8)
    return np.where(halves >= 8, halves - 16, halves).astype(np.int8)


def packed(integers):
    s = len(integers)
    both = np.zeros((s + s % 2, *integers.shape[1:]), np.uint8)
    both[:s] = integers.view(np.uint8) & 0xF
    return both[0::2] | both[1::2] << 4


def write_folder(folder, layers, values, storage, card=None, head_parameters=()):
    """Writes layers (name to configuration) with their parameters, and the head's arrays [in, out]."""
    tensors, types = {}, {}
    for layer, config in layers.items():
        for name in parameter_names(layer, config):
            put_factor(tensors, types, name, values[name], "fp32" if name.endswith("lambda") else storage)
    for name in head_parameters:
        require(np.isfinite(values[name]).all(), "not-finite")
        tensors[PREFIX + name] = values[name].T
    folder.mkdir()
    root = configuration(layers, storage, card, head_parameters)
    root["tensors"] = {}
    write_tensors(folder / TENSORS, tensors, {"format": "pt", SEAL: seal(json_bytes(root))}, types)
    data = (folder / TENSORS).read_bytes()
    root["tensors"] = {"file": TENSORS, "bytes": len(data), "crc32c": f"{crc32c(data):08x}"}
    (folder / CONFIG).write_bytes(json_bytes(root))


def json_bytes(root):
    return (json.dumps(root, ensure_ascii=False, indent=2) + "\n").encode()


def put_factor(tensors, types, name, value, storage):
    if storage in INTEGERS:
        integers, scales = to_integers(value, storage)
        tensors[PREFIX + name] = integers if storage == "int8" else packed(integers)
        tensors[PREFIX + name + ".scale"] = scales
        return
    numbers = stored(value.astype(np.float64), storage).astype(np.float32)
    require(np.isfinite(numbers).all(), "not-finite")
    if storage == "bf16":
        numbers, types[PREFIX + name] = (numbers.view(np.uint32) >> 16).astype(np.uint16), "BF16"
    tensors[PREFIX + name] = numbers.astype(np.float16) if storage == "fp16" else numbers


def configuration(layers, storage, card, head_parameters):
    """adapter_config.json without the tensors' check."""
    groups = []
    for layer, config in layers.items():
        for other, names in groups:
            if other == config:
                names.append(layer)
                break
        else:
            groups.append((config, [layer]))
    root = {"format_version": 1, "library_version": "port.py", "storage": storage, **(card or {})}
    if head_parameters:
        root["head"] = {"outputs": outputs(card["task"]), "parameters": list(head_parameters)}
    root["adapters"] = [{"peft_type": "LSR", **config, "target_modules": names} for config, names in groups]
    return root


# ---- Export to PEFT, fingerprint (SPEC 17, 18) ---------------------------------------------------------------------------

# Model type: where its base model is in larger ones, and what is beside it.
FAMILIES = {
    "bert": ("bert.", None), "roberta": ("roberta.", None), "deberta-v2": ("deberta.", "pooler."),
    "llama": ("model.", "lm_head."),
}


def path_of(name, model_type):
    prefix, beside = FAMILIES[model_type]
    return name if beside and name.startswith(beside) else prefix + name


TASK_TYPES = {"tokens": "TOKEN_CLS", "spans": "QUESTION_ANS"}


def peft_alpha(config):
    """What divided by r gives c."""
    return config["alpha"] if config["scaling_rule"] == "alpha/r" else scaling(config) * config["r"]


def export(folder, base_model, config, layers, head_arrays):
    bare = not config["card"] or config["task"]["kind"] in ("embedding", "masked")
    model_type = None if bare else config["card"]["model_type"]
    tensors = {}
    for layer, (n_in, n_out, values) in layers.items():
        adapted = Adapter(config["layers"][layer], n_in, n_out, values)
        path = PREFIX + (path_of(layer, model_type) if model_type else layer)
        tensors[f"{path}.lora_A.weight"] = adapted.matrix("A").T
        tensors[f"{path}.lora_B.weight"] = adapted.matrix("B").T
    tensors.update({PREFIX + name: array for name, array in head_arrays.items()})
    configs = {layer: config["layers"][layer] for layer in layers}
    first = next(iter(configs.values()))
    others = {
        layer: c for layer, c in configs.items() if (c["r"], peft_alpha(c)) != (first["r"], peft_alpha(first))}
    root = {
        "peft_type": "LORA",
        "task_type": TASK_TYPES.get(config["task"]["kind"], "SEQ_CLS") if head_arrays
        else "CAUSAL_LM" if model_type else "FEATURE_EXTRACTION",
        "base_model_name_or_path": base_model,
        "r": first["r"],
        "lora_alpha": peft_alpha(first),
        "target_modules": list(layers),
    }
    if others:
        root["rank_pattern"] = {layer: c["r"] for layer, c in others.items()}
        root["alpha_pattern"] = {layer: peft_alpha(c) for layer, c in others.items()}
    beside = FAMILIES[model_type][1] if model_type else None
    named = beside and any(name.startswith(beside) for name in head_arrays)
    if named or root["task_type"] == "TOKEN_CLS":
        root["modules_to_save"] = list(dict.fromkeys(name.split(".")[0] for name in head_arrays))
    folder.mkdir()
    write_tensors(folder / TENSORS, tensors, {"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(root, ensure_ascii=False, indent=2) + "\n", "utf-8")


def java_double(value):
    """A double as Java prints it."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value)) if "e" not in repr(float(value)) else f"{value:.1f}"
    digits, exponent = np.format_float_scientific(value, trim="0", exp_digits=1).split("e")
    return f"{digits}E{int(exponent)}"


def signature(config):
    """The text of a configuration."""
    heads, kind = config["num_attention_heads"], config["model_type"]
    if kind == "llama":
        size = config.get("head_dim") or config["hidden_size"] // heads
        rotary = config.get("rope_scaling") or config.get("rope_parameters") or {}
        theta = rotary.get("rope_theta", config.get("rope_theta", 10000))
        waves = ", ".join(java_double(theta ** (-2.0 * i / size)) for i in range(size // 2))
        return f"llama heads {heads} epsilon {java_double(config.get('rms_norm_eps', 1e-6))}" \
            f" activation {config.get('hidden_act', 'silu')} frequencies [{waves}]"
    activation = config.get("hidden_act", "gelu")
    if kind == "deberta-v2":
        text = f"deberta-v2 heads {heads} epsilon {java_double(config.get('layer_norm_eps', 1e-7))}" \
            f" activation {activation}"
        terms = config["pos_att_type"]
        terms = terms.split("|") if isinstance(terms, str) else terms
        furthest = config["max_relative_positions"]
        furthest = furthest if furthest >= 1 else config["max_position_embeddings"]
        return text + f" buckets {config['position_buckets']} of {furthest} terms {1 + len(terms)}" \
            f" {'c2p' if 'c2p' in terms else 'p2c'} shared {str(config.get('share_att_key', False)).lower()}"
    pad = config.get("pad_token_id", {"bert": 0, "roberta": 1}[kind])
    return f"{kind.upper()} heads {heads} epsilon {java_double(config.get('layer_norm_eps', 1e-12))} pad {pad}" \
        + ("" if activation == "gelu" else f" activation {activation}")


EMBEDDINGS = [f"embeddings.{name}.weight" for name in (
    "word_embeddings", "position_embeddings", "token_type_embeddings")] + ["embeddings.LayerNorm"]
BEHIND = ["attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense",
          "output.LayerNorm"]
SELF = [f"attention.self.{name}" for name in ("query", "key", "value")]
ORDER = {
    "bert": (EMBEDDINGS, "encoder.layer", SELF + BEHIND, ["pooler.dense"]),
    "roberta": (EMBEDDINGS, "encoder.layer", SELF + BEHIND, ["pooler.dense"]),
    "deberta-v2": (EMBEDDINGS, "encoder.layer", [f"{name}_proj" for name in SELF] + BEHIND, [
        "encoder.rel_embeddings.weight", "encoder.LayerNorm", "pooler.dense"]),
    "llama": (["embed_tokens.weight"], "layers", [
        "input_layernorm", *(f"self_attn.{name}_proj" for name in "qkvo"), "post_attention_layernorm",
        "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"], ["norm", "lm_head.weight"]),
}


def fingerprint(config, weights):
    """CRC-32C, and every text that goes into it."""
    kind = config["model_type"]
    first, block, parts, last = ORDER[kind]
    names = [
        *first, *(f"{block}.{i}.{part}" for i in range(config["num_hidden_layers"]) for part in parts), *last]
    texts = [signature(config)]
    crc = crc32c(texts[0].encode())
    for name in names:
        for full in [name] if name.endswith(".weight") else [f"{name}.weight", f"{name}.bias"]:
            array = weights.get(path_of(full, kind), weights.get(full))
            if array is not None:
                linear = array.ndim == 2 and "embed" not in name and name != "lm_head.weight"
                array = (array.T if linear else array).astype("<f4")
                texts.append(f"{full} {list(array.shape)}")
                crc = crc32c(array.tobytes(), crc32c(texts[-1].encode(), crc))
    return f"{crc:08x}", texts


# ---- Operations -----------------------------------------------------------------------------------------------------


def draw(case):
    seeds, count = case.arrays["seeds"].tolist(), range(case.settings["count"])
    case.out["longs"] = np.array([[r.long() for _ in count] for r in map(Random, seeds)], np.int64)
    for name, method in [("doubles", "double"), ("uniforms", "uniform"), ("gaussians", "gaussian")]:
        case.out[name] = np.array([[getattr(r, method)() for _ in count] for r in map(Random, seeds)])


def layer_seeds(case):
    names = case.settings["names"]
    case.out["hashes"] = np.array([hash_code(name) for name in names], np.int32)
    seeds = case.arrays["seeds"].tolist()
    case.out["layer_seeds"] = np.array([[layer_seed(seed, name) for seed in seeds] for name in names], np.int64)


def splits(case):
    sizes = range(1, case.settings["largest"] + 1)
    for count in case.settings["counts"]:
        case.out[f"splits{count}"] = np.array([balanced(size, count) for size in sizes], np.int32)
    more = case.arrays["sizes"].tolist()
    case.out["splits_of_five"] = np.array([balanced(size, 5) for size in more], np.int32)


def initialize_layers(case):
    dtype = {"F32": np.float32, "F64": np.float64}[case.settings["type"]]
    for i, layer in enumerate(case.settings["layers"]):
        for name, value in initialize(layer, layer["name"], layer["in"], layer["out"], dtype).items():
            case.out[f"{i}.{name}"] = value


def sum_of(arrays):
    count = sum(name.startswith("factor") for name in arrays)
    return [arrays[f"factor{i + 1}"] for i in range(count)], arrays.get("lambda")


def kronecker_sum(case):
    factors, weights = sum_of(case.arrays)
    matrix = dense(factors, weights)
    case.out["dense"] = matrix
    case.out["x_times"] = case.arrays["x"] @ matrix
    case.out["y_times_transposed"] = case.arrays["y"] @ matrix.T
    found = gradients(case.arrays["gradient"], factors, weights)
    for i in range(len(factors)):
        case.out[f"grad_factor{i + 1}"] = found[i]
    if weights is not None:
        case.out["grad_lambda"] = found[-1]
    case.scalars["norm"] = float(np.linalg.norm(dense(*in_double(factors, weights))))


def adapter(case):
    w, bias, x = case.arrays["w"], case.arrays["bias"], case.arrays["x"]
    parameters = {name.removeprefix("linear."): value for name, value in case.arrays.items()}
    used = Adapter(case.settings["adapter"], *w.shape, parameters)
    case.out["delta"] = used.delta()
    case.out["merged"] = w + used.delta()
    case.out["y"] = used.forward(x, w, bias)
    case.out["grad_x"], found = used.backward(x, w, case.arrays["grad_y"])
    for name, value in found.items():
        case.out[f"grad.linear.{name}"] = value


def round_numbers(case):
    case.out["stored"] = stored(case.arrays["x"], case.settings["format"])


def decode(case):
    case.out["values"] = decoded(case.arrays["codes"], case.settings["format"])


def round_to_integers(case):
    integers, scales = to_integers(case.arrays["factor"], case.settings["format"])
    case.out.update(integers=integers, scales=scales, values=from_integers(integers, scales))


def as_json(value):
    return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")


def condition_number(case):
    factors, weights = sum_of(case.arrays)
    found = condition(factors, weights)
    case.scalars.update({name: as_json(value) for name, value in found.items()})
    case.scalars["expected_error"], case.scalars["worst_error"] = {}, {}
    for name in [*FLOATS, *INTEGERS]:
        relative = round_off(name, found["crest"])
        worst = math.expm1(len(factors) * math.log1p(relative)) * found["weight_sum"]
        case.scalars["expected_error"][name] = as_json(relative * found["weight_norm"])
        case.scalars["worst_error"][name] = as_json(worst)


def norms(stack):
    return np.linalg.norm(stack.reshape(len(stack), -1), axis=1)


def answer_nearest(case, u, sigma, v):
    factors, error = nearest(u, sigma, v, case.settings["terms"])
    case.out.update(
        dense=dense(factors), singular_values=sigma, first_norms=norms(factors[0]), second_norms=norms(factors[1]))
    case.scalars.update(error=error, gamma=condition(factors)["gamma"])


def nearest_of_matrix(case):
    matrix = case.arrays["matrix"]
    answer_nearest(
        case, *decomposition(matrix, case.settings["rows1"], case.settings["columns1"], matrix.size))


def nearest_of_sum(case):
    factors, weights = sum_of(case.arrays)
    answer_nearest(case, *decomposition(dense(factors, weights), *factors[0].shape[1:], len(factors[0])))


def fit_sum(case):
    factors, weights = sum_of(case.arrays)
    case.out["target"] = dense(factors, weights)
    for i, factor in enumerate(fit(factors, weights, case.settings["terms"])):
        case.out[f"fit_factor{i + 1}"] = factor


def orthogonalize(case):
    config, n_in = case.settings["adapter"], case.settings["in"]
    parameters = {name.removeprefix("linear."): value for name, value in case.arrays.items()}
    used = Adapter(config, n_in, case.settings["out"], parameters)
    for side in "AB":
        factors, weights = used.arrays(side)
        first, second = orthogonal_terms(factors, weights, start_norm(config, n_in, factors[0]))
        case.out[f"{side}_dense"] = dense([first, second])
        case.out[f"{side}_first_norms"], case.out[f"{side}_second_norms"] = norms(first), norms(second)
        case.out[f"{side}_first_unneeded"] = first[norms(second) == 0]
        case.scalars[f"{side}_gamma"] = condition([first, second])["gamma"]


def optimizer(case):
    settings = case.settings
    names = ["adapters", "head"]
    values = {name: case.arrays[name].copy() for name in names}
    used = AdamW(settings["learning_rates"], settings["weight_decay"])
    results, norms_found = {name: [] for name in names}, []
    for i, factor in enumerate(schedule(settings["steps"], settings["warm_up"])):
        found = {name: case.arrays[f"{name}_gradients"][i] for name in names}
        norms_found.append(used.step(values, found, factor, settings["max_norm"]))
        for name in names:
            results[name].append(values[name].copy())
        if i + 1 == settings["restart"]["after_step"]:
            used.restart(*(settings["restart"][name] for name in ("parameter", "from", "to")))
    case.out["norms"] = np.array(norms_found)
    case.out.update({f"{name}_values": np.stack(rows) for name, rows in results.items()})


def schedules(case):
    for i, settings in enumerate(case.settings["schedules"]):
        case.out[f"factors{i}"] = np.array(schedule(settings["steps"], settings["warm_up"]))


def train_layer(case):
    losses, parameters = train(case.settings["adapter"], case.arrays, case.settings)
    case.out["losses"] = np.array(losses)
    case.out.update({f"linear.{name}": value for name, value in parameters.items()})


def initialize_head(case):
    parameters = [(parameter["name"], parameter["shape"]) for parameter in case.settings["parameters"]]
    case.out.update(head(parameters, int(case.settings["seed"])))


def read_adapter_folder(case):
    config, layers, head_arrays = read_folder(case.folder / "adapter")
    description = {"storage": config["storage"], "layers": list(layers)}
    if config["card"]:
        card, task = config["card"], config["task"]
        description.update(
            base_model=card["base_model_name_or_path"], fingerprint=card["base_model_fingerprint"],
            task=task["name"], kind=task["kind"], labels=task["labels"], pairs=task["pairs"],
            **{name: card[name] for name in ("model_type", "max_length", "base_precision")})
        if "embedding" in card:
            description["embedding"] = card["embedding"]
        description.update({name: task[name] for name in ("template", "thresholds") if name in task})
        if task.get("words") == "separate":
            description["words"] = "separate"
    case.scalars["description"] = description
    for layer, (n_in, n_out, values) in layers.items():
        wide = {name: value.astype(np.float64) for name, value in values.items()}
        case.out[f"delta.{layer}"] = Adapter(config["layers"][layer], n_in, n_out, wide).delta()
    for name, array in head_arrays.items():
        case.out[f"head.{name}"] = array.T


def refuse_folders(case):
    for name in case.settings["folders"]:
        try:
            read_folder(case.folder / name)
            case.scalars[name] = "accepted"
        except Refused as refused:
            case.scalars[name] = str(refused)


def write_adapter_folder(case):
    layers = {}
    for layer in case.settings["layers"]:
        config = {name: layer[name] for name in ADAPTER if name in layer}
        layers[layer["name"]] = {**config, "seed": int(config["seed"]), "scaling": scaling(config)}
    write_folder(
        case.output / "adapter", layers, case.arrays, case.settings["storage"], case.settings.get("card"),
        case.settings.get("head_parameters", []))


def export_folder(case):
    export(case.output / "peft", case.settings["base_model"], *read_folder(case.folder / "adapter"))


def model_fingerprint(case):
    config = json.loads((case.folder / "config.json").read_text("utf-8"))
    weights = read_tensors(case.folder / "model.safetensors")
    case.scalars["fingerprint"], case.scalars["texts"] = fingerprint(config, weights)


OPERATIONS = {
    "read-folder": read_adapter_folder,
    "refuse-folders": refuse_folders,
    "write-folder": write_adapter_folder,
    "export": export_folder,
    "fingerprint": model_fingerprint,
    "optimizer": optimizer,
    "schedule": schedules,
    "train": train_layer,
    "initialize-head": initialize_head,
    "round": round_numbers,
    "decode": decode,
    "round-integers": round_to_integers,
    "condition": condition_number,
    "nearest-of-matrix": nearest_of_matrix,
    "nearest-of-sum": nearest_of_sum,
    "fit": fit_sum,
    "orthogonal-terms": orthogonalize,
    "draw": draw,
    "layer-seeds": layer_seeds,
    "splits": splits,
    "initialize": initialize_layers,
    "sum": kronecker_sum,
    "adapter": adapter,
}


class Case:
    """What a case gives, and what is answered."""

    def __init__(self, folder, output):
        self.folder, self.output = folder, output
        self.settings = json.loads((folder / "case.json").read_text("utf-8"))
        file = folder / "input.safetensors"
        self.arrays = read_tensors(file) if file.exists() else {}
        self.out, self.scalars = {}, {}

    def run(self):
        try:
            OPERATIONS[self.settings["operation"]](self)
        except Refused as refused:
            self.scalars["refused"] = str(refused)
        if self.out:
            write_tensors(self.output / "output.safetensors", self.out)
        if self.scalars:
            (self.output / "output.json").write_text(json.dumps(self.scalars), "utf-8")


def main(folder, output, *more):
    """One case, or several: then a case that failed or is not here is marked by a file among its results."""
    OPERATIONS.update(more_operations())
    if more:
        paths = [folder, output, *more]
        for folder, output in zip(paths[::2], paths[1::2]):
            try:
                mark = "skipped" if main(folder, output) else None
            except Exception as error:
                mark = "failed"
                (pathlib.Path(output) / mark).write_text(repr(error), "utf-8")
            if mark == "skipped":
                (pathlib.Path(output) / mark).touch()
        return 0
    case = Case(pathlib.Path(folder), pathlib.Path(output))
    if case.settings["operation"] not in OPERATIONS:
        return 77
    case.run()
    return 0


if __name__ == "__main__":
    import port  # The module that extras.py knows, in place of __main__.

    sys.exit(port.main(*sys.argv[1:]))
