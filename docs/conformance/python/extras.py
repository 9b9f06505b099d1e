"""What a port may leave out, for port.py: conversion from LoRA, other papers' adapters, what comes before training."""

import collections
import math

import numpy as np

import port

# ---- Conversion from LoRA (SPEC 19) -----------------------------------------------------------------------------------

PROXIMAL = 1e-10


def orthogonalized(rows):
    """Orthonormal rows by Gram and Schmidt, twice, and R: row j was Σ_i R[i, j]·q_i. Dependent rows become 0."""
    q, r = np.array(rows, np.float64), np.zeros((len(rows), len(rows)))
    for j in range(len(q)):
        before = np.linalg.norm(q[j])
        for _ in range(2):
            for i in range(j):
                overlap = q[i] @ q[j]
                r[i, j] += overlap
                q[j] -= overlap * q[i]
        length = np.linalg.norm(q[j])
        dependent = not length > 1e-14 * before
        r[j, j] = 0 if dependent else length
        q[j] = 0 if dependent else q[j] / length
    return q, r


class TallSum:
    """One side of L·Rᵀ as a sum of two factors per term, [s, n_i, r_i] each."""

    def __init__(self, dense, n, r, terms):
        u, sigma, v = port.decomposition(dense, n[0], r[0], terms)
        found, _ = port.nearest(u, sigma, v, terms)
        self.stacks = [np.zeros((terms, n[i], r[i])) for i in range(2)]
        for stack, factors in zip(self.stacks, found):
            stack[: len(factors)] = factors

    def dense(self):
        return port.dense(self.stacks)

    def improve(self, h, k, random):
        """The least tr(M·H·Mᵀ) − 2⟨M, K⟩ over the first factors, then over the second."""
        (n1, r1), (n2, r2) = self.stacks[0].shape[1:], self.stacks[1].shape[1:]
        h4, k4 = h.reshape(r1, r2, r1, r2), k.reshape(n1, n2, r1, r2)
        for x, (one, four) in enumerate([("cdef", "abcd"), ("dcfe", "badc")]):
            self.orthogonalize(1 - x, random)
            given, former = self.stacks[1 - x], self.stacks[x]
            s, n, r = former.shape
            system = np.einsum(f"kbd,lbf,{one}->kcle", given, given, h4).reshape(s * r, s * r)
            sides = np.einsum(f"{four},kbd->kca", k4, given).reshape(s * r, n)
            weight = proximal_weight(system)
            start = former.transpose(0, 2, 1).reshape(s * r, n)
            solved = np.linalg.solve(system + weight * np.eye(s * r), sides + weight * start)
            self.stacks[x] = solved.reshape(s, r, n).transpose(0, 2, 1)

    def orthogonalize(self, y, random):
        self.rotate(y)
        zero = [k for k, factor in enumerate(self.stacks[y]) if not factor.any()]
        for k in zero:
            shape = self.stacks[y][k].shape
            self.stacks[y][k] = np.reshape([random.uniform() for _ in range(math.prod(shape))], shape)
        if zero:
            self.rotate(y)

    def rotate(self, y):
        q, r = orthogonalized(self.stacks[y].reshape(len(self.stacks[y]), -1))
        self.stacks[y] = q.reshape(self.stacks[y].shape)
        self.stacks[1 - y] = np.einsum("ik,kab->iab", r, self.stacks[1 - y])

    def terms(self, factor, transposed):
        """The fewest orthogonal terms of a multiple, or of that one's transpose."""
        first, second = (stack.transpose(0, 2, 1) if transposed else stack for stack in self.stacks)
        u, sigma, v = port.decomposition(factor * port.dense([first, second]), *first.shape[1:], len(first))
        return port.nearest(u, sigma, v, len(first))[0]


def proximal_weight(system):
    return PROXIMAL * np.trace(system) / len(system) + 2.0**-1022


FILLING = 1e-3


def padded(matrix, columns):
    return np.pad(matrix, ((0, 0), (0, columns - matrix.shape[1])))


def filled(matrix, columns, random):
    """With random columns behind those that there are, a thousandth of them in size."""
    size = FILLING * math.sqrt(np.sum(matrix**2) / matrix.size)
    more = [[size * random.uniform() for _ in range(columns - matrix.shape[1])] for _ in matrix]
    return np.hstack([matrix, np.reshape(more, (len(matrix), -1))])


def relative_error(l, r, left, right):
    """‖L'·R'ᵀ − L·Rᵀ‖ / ‖L·Rᵀ‖ by orthogonal decompositions."""
    upper_l = np.linalg.qr(np.hstack([l.dense(), left]), mode="r")
    upper_r = np.linalg.qr(np.hstack([r.dense(), -right]), mode="r")
    norm = np.linalg.norm(left @ right.T)
    return 0.0 if norm == 0 else float(np.linalg.norm(upper_l @ upper_r.T) / norm)


class Run:
    """One start, improved."""

    def __init__(self, start, shape, left, right, random):
        self.left, self.right, self.random = left, right, random
        self.l = TallSum(start[0], shape["in"], shape["rank"], shape["terms"])
        self.r = TallSum(start[1], shape["out"], shape["rank"], shape["terms"])
        self.errors = [relative_error(self.l, self.r, left, right)]

    def improve(self, sweeps, tolerance):
        for _ in range(sweeps):
            former = [[stack.copy() for stack in side.stacks] for side in (self.l, self.r)]
            sides = (self.l, self.left), (self.r, self.right)
            for (side, mine), (other, its) in (sides, sides[::-1]):
                dense = other.dense()
                side.improve(dense.T @ dense, mine @ (its.T @ dense), self.random)
            now = relative_error(self.l, self.r, self.left, self.right)
            if not now < self.errors[-1]:
                self.l.stacks, self.r.stacks = former
                break
            before = self.errors[-1]
            self.errors.append(now)
            if before - now <= tolerance * now:
                break


def balanced_form(left, right, rank):
    """U·Σ^½ and V·Σ^½ of L·Rᵀ with so many columns, or as many as there are directions."""
    u, sigma, v = np.linalg.svd(left @ right.T, full_matrices=False)
    kept = min(rank, left.shape[1], len(sigma))
    roots = np.sqrt(sigma[:kept])
    return u[:, :kept] * roots, v[:kept].T * roots


def starts(left, right, rank, rotations, seed):
    """Pairs with so many columns, A and B first, where they have no more; and the rotations of the last."""
    found, random = [], port.Random(seed)
    if left.shape[1] <= rank:
        found.append((filled(left, rank, random), filled(right, rank, random)))
    form = tuple(filled(side, rank, random) for side in balanced_form(left, right, rank))
    turns = [rotation(rank, random) for _ in range(rotations)]
    return [*found, form, *((form[0] @ turn, form[1] @ turn) for turn in turns)], turns


def rotation(rank, random):
    return orthogonalized([[random.uniform() for _ in range(rank)] for _ in range(rank)])[0]


def convert(a, b, config, settings):
    """Sums for A and B whose product times c' is near to A·B.

    The run that won, the factors of both, and the error of A and B as they are.
    """
    left, right = a.astype(np.float64), b.astype(np.float64).T
    shape = {
        "in": port.split(config, "in_factors", len(left)), "out": port.split(config, "out_factors", len(right)),
        "rank": port.split(config, "rank_factors", config["r"]), "terms": config["separation_rank"]}
    seed = int(settings["seed"])
    random = port.Random(seed)
    best, plain = None, math.nan
    for start in starts(left, right, config["r"], settings["rotations"], seed)[0]:
        run = Run(start, shape, left, right, random)
        run.improve(settings["trial_sweeps"], settings["tolerance"])
        if best is None or run.errors[-1] < best.errors[-1]:
            best = run
    best.improve(settings["more_sweeps"], settings["tolerance"])
    if left.shape[1] <= config["r"]:
        given = Run([padded(side, config["r"]) for side in (left, right)], shape, left, right, random)
        plain = given.errors[0]
        best = given if plain < best.errors[-1] else best
    factor_a, factor_b = shares(best, port.scaling(config))
    return best, best.l.terms(factor_a, False), best.r.terms(factor_b, True), plain


def shares(run, scaling):
    """What A' and B' are multiplied by, so that their norms are equal and c' is taken out."""
    ratio = np.linalg.norm(run.l.dense()) / np.linalg.norm(run.r.dense())
    ratio = ratio if 0 < ratio < math.inf else 1.0
    balance = math.sqrt(ratio / abs(scaling))
    return 1 / (abs(scaling) * balance), math.copysign(balance, scaling)


def convert_lora(case):
    config, a, b = case.settings["adapter"], case.arrays["a"], case.arrays["b"]
    run, *sides, plain = convert(a, b, config, case.settings)
    for side, factors in zip("ab", sides):
        factors = [factor.astype(a.dtype) for factor in factors]
        case.out[f"{side}_dense"] = port.dense(factors)
        for which, factor in zip(("first", "second"), factors):
            case.out[f"{side}_{which}_norms"] = port.norms(factor.astype(np.float64))
        case.out.update({f"update_{side}_factor{i + 1}": factor for i, factor in enumerate(factors)})
        case.scalars[f"{side}_gamma"] = port.condition(factors)["gamma"]
    case.out["target"] = a.astype(np.float64) @ b.astype(np.float64)
    case.out["errors"] = np.array(run.errors)
    norms = [np.linalg.norm(case.out[f"{side}_dense"].astype(np.float64)) for side in "ab"]
    s = config["separation_rank"]
    sizes = [math.prod(factor.shape[1:]) for factors in sides for factor in factors]
    case.scalars.update(
        plain_error=port.as_json(plain), norm_ratio=port.as_json(float(norms[0] / norms[1])), parameters=s * sum(sizes),
        lora_parameters=a.size + b.size)


def conversion_starts(case):
    left, right, rank = case.arrays["a"], case.arrays["b"].T, case.settings["r"]
    found, turns = starts(left, right, rank, case.settings["rotations"], int(case.settings["seed"]))
    balanced = found[-1 - len(turns)]
    if left.shape[1] <= rank:
        case.out.update(first_left=found[0][0], first_right=found[0][1])
    case.out["balanced_product"] = balanced[0] @ balanced[1].T
    directions = min(*left.shape, len(right))
    if directions < rank:
        case.out.update({
            f"balanced_{name}_filling": side[:, directions:] for name, side in zip(("left", "right"), balanced)})
    case.out["rotations"] = np.array(turns)


# ---- Other papers' adapters (SPEC 21) ---------------------------------------------------------------------------------

KRONECKER = {
    "method": str, "terms": int, "in_split": [int], "out_split": [int], "rank": int, "scaling": float, "seed": port.LONG,
    "target_modules": [str],
}
# Whether first and second factors may be products.
THIN = {"lokr": (False, True), "krona": (False, False), "cdka": (False, False), "kadaptation": (True, True)}


def first_width(split, width):
    first, second = split
    if first == second == 0:
        return port.balanced(width, 2)[1]
    return first if first > 0 else width // second


def parts(config, n_in, n_out):
    """The parameters' names and shapes, those of the first factors, then of the second; P, then Q, of products."""
    first = (first_width(config["in_split"], n_in), first_width(config["out_split"], n_out))
    second = (n_in // first[0], n_out // first[1])
    found = []
    for name, widths, thin in zip(("first", "second"), (first, second), THIN[config["method"]]):
        if thin and config["rank"] > 0:
            shapes = [(config["terms"], config["rank"], width) for width in widths]
            found.append({f"kronecker_{name}_in": shapes[0], f"kronecker_{name}_out": shapes[1]})
        else:
            found.append({f"kronecker_{name}": (config["terms"], *widths)})
    return found


def factor(values, names):
    """F, whole or Pᵀ·Q."""
    arrays = [values[name] for name in names]
    return arrays[0] if len(arrays) == 1 else np.einsum("kra,krb->kab", *arrays)


def uniform(random, shape, bound):
    return np.array([random.double() * (2 * bound) - bound for _ in range(math.prod(shape))]).reshape(shape)


def start(config, name, n_in, n_out):
    """A layer's parameters by their names without the layer's."""
    seed, shapes = int(config["seed"]), parts(config, n_in, n_out)
    random = port.Random(port.layer_seed(seed, name))
    values = {part: np.zeros(shape) for side in shapes for part, shape in side.items()}
    if config["method"] == "kadaptation":
        shared = port.Random(seed)
        for part, shape in shapes[0].items():
            values[part] = uniform(shared, shape, 0.01)
        if "kronecker_second_in" in values:
            shape = shapes[1]["kronecker_second_in"]
            values["kronecker_second_in"] = uniform(random, shape, math.sqrt(12 / (shape[1] + shape[2])))
        return values
    drawn = shapes[0] if config["method"] == "krona" else shapes[1]
    for part, shape in reversed(drawn.items()):
        fan = shape[2] if part.endswith("_in") else shape[1]
        values[part] = uniform(random, shape, 1 / math.sqrt(fan))
    return values


def group(config, name):
    """What a layer's first factors are shared by."""
    return name.rsplit(".", 1)[-1] if config["method"] == "kadaptation" else name


def initialize_kronecker(case):
    for i, one in enumerate(case.settings["sets"]):
        for layer in one["layers"]:
            for part, value in start(one["adapter"], layer["name"], layer["in"], layer["out"]).items():
                case.out[f"{i}.{layer['name']}.{part}"] = value


def kronecker_update(config, values, n_in, n_out):
    first, second = (factor(values, names) for names in parts(config, n_in, n_out))
    return config["scaling"] * port.dense([first, second])


def factor_gradients(values, names, gradient):
    arrays = [values[name] for name in names]
    if len(arrays) == 1:
        return {names[0]: gradient}
    p, q = arrays
    return dict(zip(names, (np.einsum("kab,krb->kra", gradient, q), np.einsum("kab,kra->krb", gradient, p))))


def kronecker(case):
    config, shared = case.settings["adapter"], {}
    for layer in case.settings["layers"]:
        name, widths = layer["name"], (layer["in"], layer["out"])
        sides = [list(shapes) for shapes in parts(config, *widths)]
        values = {part: case.arrays[f"{name}.{part}"] for side in sides for part in side}
        x, grad_y = case.arrays[f"{name}.x"], case.arrays[f"{name}.grad_y"]
        delta = kronecker_update(config, values, *widths)
        case.out.update({f"{name}.delta": delta, f"{name}.y": x @ delta, f"{name}.grad_x": grad_y @ delta.T})
        found = port.gradients(config["scaling"] * (x.T @ grad_y), [factor(values, side) for side in sides])
        for at, (side, gradient) in enumerate(zip(sides, found)):
            for part, value in factor_gradients(values, side, gradient).items():
                key = (group(config, name) if at == 0 else name, part)
                shared[key] = shared.get(key, 0) + value
    for layer in case.settings["layers"]:
        for at, side in enumerate(parts(config, layer["in"], layer["out"])):
            for part in side:
                key = (group(config, layer["name"]) if at == 0 else layer["name"], part)
                case.out[f"grad.{layer['name']}.{part}"] = shared[key]


def read_kronecker_config(section):
    port.only(section, [*KRONECKER, "peft_type"])
    config = {name: port.field(section, name, kind) for name, kind in KRONECKER.items() if name != "target_modules"}
    port.require(config["method"] in THIN and 1 <= config["terms"] <= 65536 and config["rank"] >= 0, "value")
    port.require(config["rank"] == 0 or THIN[config["method"]][1], "value")
    for name in ("in_split", "out_split"):
        split = config[name]
        port.require(len(split) == 2 and min(split) == 0, "value")
    port.require(port.is_finite(config["scaling"]), "value")
    return config


def kronecker_names(layer, config):
    """A layer's tensors, which do not depend on its widths."""
    found = []
    for name, thin in zip(("first", "second"), THIN[config["method"]]):
        ends = ("_in", "_out") if thin and config["rank"] > 0 else ("",)
        found += [f"{layer}.kronecker_{name}{end}" for end in ends]
    return found


def read_kronecker_layer(layer, config, arrays):
    """The layer's widths and its parameters; both follow from the tensors."""
    found = {name.removeprefix(f"{layer}."): arrays[name] for name in kronecker_names(layer, config)}
    port.require(all(array.ndim == 3 and min(array.shape) > 0 for array in found.values()), "tensor-shape")
    n_in = n_out = 1
    for which in ("first", "second"):
        whole = found.get(f"kronecker_{which}")
        n_in *= whole.shape[1] if whole is not None else found[f"kronecker_{which}_in"].shape[2]
        n_out *= whole.shape[2] if whole is not None else found[f"kronecker_{which}_out"].shape[2]
    wanted = {name: shape for side in parts(config, n_in, n_out) for name, shape in side.items()}
    port.require(all(array.shape == wanted[name] for name, array in found.items()), "tensor-shape")
    for which in ("first", "second"):
        if f"kronecker_{which}_in" in found:
            sides = [found[f"kronecker_{which}_{end}"].shape[2] for end in ("in", "out")]
            port.require(2 * config["rank"] < max(sides), "tensor-shape")
    return n_in, n_out, found


def require_shared(layers, configs):
    """What layers share is stored with each, and is the same."""
    firsts = {}
    for layer, (n_in, n_out, values) in layers.items():
        config = configs[layer]
        if config.get("method") == "kadaptation" or "shared" in config:
            key = (id(config), n_in, n_out, "" if "shared" in config else group(config, layer))
            mine = [values[name] for name in values if "first" in name or name[-1] in "12"]
            other = firsts.setdefault(key, mine)
            port.require(all(np.array_equal(a, b) for a, b in zip(mine, other)), "shared-differ")


def read_kinds(case):
    config, layers, _ = port.read_folder(case.folder / "adapter")
    case.scalars["kinds"] = []
    for layer, (n_in, n_out, values) in layers.items():
        mine = config["layers"][layer]
        wide = {name: value.astype(np.float64) for name, value in values.items()}
        kind = port.kind_of(mine)
        case.scalars["kinds"].append({"layer": layer, "kind": kind})
        case.out[f"delta.{layer}"] = port.Adapter(mine, n_in, n_out, wide).delta() if kind == "lsr" \
            else kinds()[kind].update(mine, wide, n_in, n_out)


# ---- Factors that layers share (SPEC 24) ------------------------------------------------------------------------------

SHARED = {
    "r": int, "separation_rank": int, "in_factors": [int], "out_factors": [int], "rank_factors": [int],
    "scaling": float, "seed": port.LONG, "target_modules": [str],
}


def shared_sums(config, n_in, n_out):
    """Of each sum, A and B or ΔW alone, the names of its two factors and its coefficients, and the factors' shapes."""
    ins, outs, inner = (
        given or port.balanced(width, 2)
        for given, width in (
            (config["in_factors"], n_in), (config["out_factors"], n_out), (config["rank_factors"], config["r"] or 1))
    )
    sides = {"": (ins, outs)} if config["r"] == 0 else {"A_": (ins, inner), "B_": (inner, outs)}
    return [
        ([f"lsr_shared_{side[:1]}1", f"lsr_shared_{side[:1]}2", f"lsr_shared_{side}g"], list(zip(rows, cols)))
        for side, (rows, cols) in sides.items()
    ]


def initialize_shared(case):
    for i, one in enumerate(case.settings["sets"]):
        config = one["adapter"]
        for layer in one["layers"]:
            seed, s = int(config["seed"]), config["separation_rank"]
            random, own = port.Random(seed), port.Random(port.layer_seed(seed, layer["name"]))
            sums = shared_sums(config, layer["in"], layer["out"])
            deviation = (1 / layer["in"] / s) ** 0.25
            for names, shapes in sums:
                for at, shape in enumerate(shapes):
                    last = names is sums[-1][0] and at == 1
                    drawn = [0 if last else deviation * random.gaussian() for _ in range(s * math.prod(shape))]
                    case.out[f"{i}.{layer['name']}.{names[at]}"] = np.array(drawn, np.float64).reshape(s, *shape)
            for names, _ in sums:
                case.out[f"{i}.{layer['name']}.{names[2]}"] = np.array([own.gaussian() for _ in range(s)])


def shared_update(config, values, n_in, n_out):
    matrices = [port.dense([values[f], values[s]], values[g]) for (f, s, g), _ in shared_sums(config, n_in, n_out)]
    return config["scaling"] * (matrices[0] if len(matrices) == 1 else matrices[0] @ matrices[1])


def shared(case):
    config, together, own = case.settings["adapter"], {}, {}
    for layer in case.settings["layers"]:
        name, widths = layer["name"], (layer["in"], layer["out"])
        sums = [names for names, _ in shared_sums(config, *widths)]
        values = {part: case.arrays[f"{name}.{part}"] for names in sums for part in names}
        x, grad_y = case.arrays[f"{name}.x"], case.arrays[f"{name}.grad_y"]
        delta = shared_update(config, values, *widths)
        case.out.update({f"{name}.delta": delta, f"{name}.y": x @ delta, f"{name}.grad_x": grad_y @ delta.T})
        gradient = config["scaling"] * (x.T @ grad_y)
        matrices = [port.dense([values[f], values[s]], values[g]) for f, s, g in sums]
        each = [gradient] if len(sums) == 1 else [gradient @ matrices[1].T, matrices[0].T @ gradient]
        for (f, s, g), one in zip(sums, each):
            found = port.gradients(one, [values[f], values[s]], values[g])
            for part, value in zip((f, s), found):
                together[part] = together.get(part, 0) + value
            own[f"grad.{name}.{g}"] = found[2]
    case.out.update(own)
    for layer in case.settings["layers"]:
        case.out.update({f"grad.{layer['name']}.{part}": value for part, value in together.items()})


def read_shared_config(section):
    port.only(section, [*SHARED, "peft_type", "shared_with"])
    config = {name: port.field(section, name, kind) for name, kind in SHARED.items() if name != "target_modules"}
    config["shared"] = True
    port.require(1 <= config["separation_rank"] <= 65536 and config["r"] >= 0, "value")
    port.require(port.is_finite(config["scaling"]), "value")
    sizes = config["rank_factors"]
    port.require(not sizes or len(sizes) == 2 and min(sizes) > 0 and math.prod(sizes) == config["r"], "value")
    return config


def shared_names(layer, config):
    """A layer's tensors in a file, which do not depend on its widths: only its g if another layer has the factors."""
    return [f"{layer}.{part}" for part in shared_parts(config) if part.endswith("g") or "holder" not in config]


def shared_parts(config):
    sums = shared_sums({**config, "in_factors": [1], "out_factors": [1]}, 1, 1)
    return [part for names, _ in sums for part in names]


def read_shared_layer(layer, config, arrays):
    """The layer's widths and its parameters; both follow from the tensors."""
    holder = config.get("holder", layer)
    values = {part: arrays[f"{layer if part.endswith('g') else holder}.{part}"] for part in shared_parts(config)}
    factors = [array for name, array in values.items() if not name.endswith("g")]
    port.require(all(array.ndim == 3 and min(array.shape) > 0 for array in factors), "tensor-shape")
    n_in = factors[0].shape[1] * factors[1].shape[1]
    n_out = factors[-2].shape[2] * factors[-1].shape[2]
    s = config["separation_rank"]
    for sizes in (config["in_factors"], config["out_factors"]):
        port.require(len(sizes) in (0, 2), "tensor-shape")
    port.require(config["r"] <= 16 * (n_in + n_out), "tensor-shape")
    most = n_in * n_out if config["r"] == 0 else config["r"] * max(n_in, n_out)
    port.require(s * most <= 1 << 28, "tensor-shape")
    for parts, shapes in shared_sums(config, n_in, n_out):
        wanted = [(s, *shape) for shape in shapes] + [(s,)]
        port.require(all(values[part].shape == shape for part, shape in zip(parts, wanted)), "tensor-shape")
    for parts, _ in shared_sums(config, n_in, n_out):
        most = s * math.prod(float(np.abs(values[part]).max()) for part in parts)
        port.require(not most > port.FLOATS["fp32"][2], "overflow")
    return n_in, n_out, values


Kind = collections.namedtuple("Kind", "config names layer update")


def kinds():
    """The kinds besides LSR."""
    return {
        "kronecker": Kind(read_kronecker_config, kronecker_names, read_kronecker_layer, kronecker_update),
        "lsr-shared": Kind(read_shared_config, shared_names, read_shared_layer, shared_update),
    }


# ---- Before training (SPEC 22, 23) ------------------------------------------------------------------------------------


def bounded(random, most):
    if most & (most - 1) == 0:
        return most * random.bits(31) >> 31
    while True:
        drawn = random.bits(31)
        if drawn - drawn % most + most - 1 < 1 << 31:
            return drawn % most


def epochs_of(lengths, settings):
    """Endless: of each epoch the steps, of each the batches, of each the examples' numbers."""
    port.require(not settings.get("batch_tokens") or max(lengths) <= settings["batch_tokens"], "long-example")
    random, order = port.Random(int(settings["seed"])), list(range(len(lengths)))
    while True:
        for i in range(len(order), 1, -1):
            j = bounded(random, i)
            order[i - 1], order[j] = order[j], order[i - 1]
        batches = divided(order, lengths, settings["batch_size"], settings.get("batch_tokens", 0))
        count = settings["accumulate"]
        yield [batches[i : i + count] for i in range(0, len(batches), count)]


def divided(order, lengths, most, most_tokens):
    batches, tokens = [], 0
    for i in order:
        tokens += lengths[i]
        if not batches or len(batches[-1]) == most or (most_tokens > 0 and tokens > most_tokens):
            batches.append([])
            tokens = lengths[i]
        batches[-1].append(i)
    return batches


def batches(case):
    case.scalars["runs"] = [
        [steps for steps, _ in zip(epochs_of(run["lengths"], run), range(run["epochs"]))]
        for run in case.settings["runs"]]


def usual_epochs(examples, batch_size):
    if examples >= 3000:
        return 5
    steps = -(-examples // batch_size)
    return max(5, min(60 if examples < 100 else 30, -(-1000 // steps)))


def epochs(case):
    sizes = zip(case.arrays["examples"].tolist(), case.arrays["batch_sizes"].tolist())
    case.out["epochs"] = np.array([usual_epochs(*pair) for pair in sizes], np.int32)


def output_gradient(outputs, labels):
    """Of the mean loss of a batch."""
    if outputs.shape[1] == 1:
        return 2 * (outputs - labels[:, None]) / len(labels)
    scores = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    probabilities[np.arange(len(labels)), labels.astype(int)] -= 1
    return probabilities / len(labels)


def head_batches(settings, count):
    """So many batches in the order of training, each a step."""
    for steps in epochs_of([1] * count, settings):
        for step in steps:
            yield from step


def head_first(case):
    settings, features, labels = case.settings, case.arrays["features"], case.arrays["labels"]
    weight, bias = "classifier.weight", "classifier.bias"
    shapes = [(weight, (features.shape[1], settings["outputs"])), (bias, (settings["outputs"],))]
    values = port.head(shapes, int(settings["head_seed"]))
    optimizer = port.AdamW(dict.fromkeys(values, settings["learning_rate"]), settings["weight_decay"])
    for factor_now, batch in zip(port.schedule(settings["steps"], 0), head_batches(settings, len(labels))):
        x = features[batch]
        grad = output_gradient(x @ values[weight] + values[bias], labels[batch])
        optimizer.step(values, {weight: x.T @ grad, bias: grad.sum(axis=0)}, factor_now, settings["max_norm"])
    case.out.update(values)


OPERATIONS = {
    "convert": convert_lora,
    "conversion-starts": conversion_starts,
    "initialize-kronecker": initialize_kronecker,
    "kronecker": kronecker,
    "initialize-shared": initialize_shared,
    "shared": shared,
    "read-kinds": read_kinds,
    "batches": batches,
    "epochs": epochs,
    "head-first": head_first,
}
