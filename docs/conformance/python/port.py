"""LSR-Adapt in NumPy: what SPEC.md says, as a port that conform.py runs. python3 port.py CASE_FOLDER OUTPUT_FOLDER"""

import json
import math
import pathlib
import struct
import sys

import numpy as np

# ---- Files ----------------------------------------------------------------------------------------------------------

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "i1", "U16": "<u2", "U8": "u1"}


def read_tensors(path):
    """Name to array, in the order of the header; BF16 comes as F32."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        first, last = (8 + length + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "BF16":
            bits = np.frombuffer(data[first:last], "<u2").astype(np.uint32) << 16
            tensors[name] = bits.view(np.float32).reshape(entry["shape"])
        else:
            tensors[name] = np.frombuffer(data[first:last], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_tensors(path, tensors, metadata=None, types=None):
    """Arrays in their order; types names what an array of another type stands for, such as BF16 for its bits."""
    names = {np.dtype(kind): name for name, kind in TYPES.items()}
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


def signed(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Random:
    """java.util.Random."""

    def __init__(self, seed):
        self.state = (seed ^ 0x5DEECE66D) & MASK48
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


OPERATIONS = {
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
        OPERATIONS[self.settings["operation"]](self)
        if self.out:
            write_tensors(self.output / "output.safetensors", self.out)
        if self.scalars:
            (self.output / "output.json").write_text(json.dumps(self.scalars), "utf-8")


def main(folder, output):
    case = Case(pathlib.Path(folder), pathlib.Path(output))
    if case.settings["operation"] not in OPERATIONS:
        return 77
    case.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
