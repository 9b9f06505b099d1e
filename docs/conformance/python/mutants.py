"""Wrong ports, each with what must notice it: port.py, extras.py or imports.py with one function exchanged.

    python3 mutants.py [NAME]...

Ends with status 1 if one passes where it must fail, or fails elsewhere.
"""

import inspect
import math
import pathlib
import sys
import tempfile
import zlib
from fractions import Fraction
from unittest import mock

import numpy as np

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parent.parent)]

import conform  # noqa: E402
import extras  # noqa: E402
import imports  # noqa: E402
import machine  # noqa: E402
import port  # noqa: E402


def reversed_factors(factors, weights=None, dense=port.dense):
    return dense(factors[::-1], weights)


def ignored_weights(factors, weights=None, dense=port.dense):
    return dense(factors)


def in_half(factors, weights=None, dense=port.dense):
    return dense(factors, weights).astype(np.float16).astype(factors[0].dtype)


def code_points(text):
    return [ord(character) for character in text]


def largest_first(size, count, balanced=port.balanced):
    """Among equal sums the last one found, not the first."""
    best = balanced(size, count)
    for first in reversed(port.divisors(size)):
        rest = balanced(size // first, count - 1) if count > 1 else []
        if count > 1 and first >= rest[0] and first + sum(rest) == sum(best):
            return [first, *rest]
    return best


def alpha_alone(config):
    return config["alpha"]


def unmixed(seed):
    return seed


def arithmetic_shifts(seed):
    """The sign moves in from the left."""
    z = port.signed(seed + 0x9E3779B97F4A7C15, 64)
    z = port.signed((z ^ z >> 30) * 0xBF58476D1CE4E5B9, 64)
    z = port.signed((z ^ z >> 27) * 0x94D049BB133111EB, 64)
    return z ^ z >> 31


class UncachedGaussian(port.Random):
    """Draws two and gives one."""

    def gaussian(self):
        value = super().gaussian()
        self.spare = None
        return value


def deviation_by_output(config, name, n_in, n_out, dtype, initialize=port.initialize):
    right = initialize(config, name, n_in, n_out, dtype)
    if config["initialization"] == "paper-authors":
        return right
    ratio = (n_in / n_out) ** (1 / (2 * config["factor_count"]))
    return {key: value if "lambda" in key or "A" in key else (value * ratio).astype(dtype)
            for key, value in right.items()}


def ties_away(x, out=None):
    return np.copysign(np.floor(np.abs(x) + 0.5), x)


def saturating(x, name, stored=port.stored):
    result = stored(x, name)
    return np.where(np.isnan(result) & ~np.isnan(x), np.copysign(448.0, x), result) if name == "fp8-e4m3" else result


def flushing(x, name, stored=port.stored):
    """Without subnormal numbers."""
    return np.where(np.abs(x) < 2.0 ** port.FLOATS[name][1], np.copysign(0.0, x), stored(x, name))


def without_minus_zero(x, name, stored=port.stored):
    return stored(x, name) + 0.0


def unrounded_scale(stack, name, to_integers=port.to_integers):
    """Divides by the scale in double precision, not by the one that is stored."""
    integers, scales = to_integers(stack, name)
    most = port.INTEGERS[name]
    for k, matrix in enumerate(stack):
        if scales[k] > 0:
            integers[k] = np.clip(np.rint(matrix / (np.abs(matrix).max() / most)), -most, most)
    return integers, scales


def single_quotients(stack, name, to_integers=port.to_integers):
    """Scales in single precision, from a maximum that was rounded."""
    integers, _ = to_integers(stack, name)
    largest = np.abs(stack.reshape(len(stack), -1)).max(axis=1).astype(np.float32)
    return integers, largest / np.float32(port.INTEGERS[name])


def uncut(stack, name, to_integers=port.to_integers):
    """Integers as they come, in eight bits."""
    integers, scales = to_integers(stack, name)
    for k, scale in enumerate(scales.astype(np.float64)):
        if scale > 0:
            integers[k] = np.rint(stack[k] / scale).astype(np.int64).astype(np.int8)
    return integers, scales


def mean_crest(stack):
    return float(np.mean([port_crest(matrix[None]) for matrix in stack]))


port_crest = port.crest


def root_of_factors(name, largest_crest, round_off=port.round_off):
    return round_off(name, largest_crest) * math.sqrt(2)


def weights_in_first(u, sigma, v, terms, nearest=port.nearest):
    factors, error = nearest(u, sigma, v, terms)
    roots = np.sqrt(sigma[:terms]).reshape(-1, 1, 1)
    return [factors[0] * roots, factors[1] / roots], error


def norm_of_outputs(config, n_in, stack):
    return port_start_norm(config, 15, stack)


port_start_norm = port.start_norm


class Rounding:
    """NumPy with another rounding to integers."""

    def __init__(self, rint):
        self.rint = rint

    def __getattr__(self, name):
        return getattr(np, name)


def floor_of_warm_up(steps, part):
    return max(1, math.floor(part * steps))


class NormPerParameter(port.AdamW):
    """Clips each parameter by its own norm."""

    def step(self, values, gradients, factor, max_norm):
        scaled = {name: g * self.clip(self.norm({name: g}), max_norm) for name, g in gradients.items()}
        super().step(values, scaled, factor, math.inf)
        return self.norm(gradients)


class EpsilonInClip(port.AdamW):
    """As PyTorch's clip_grad_norm_."""

    def clip(self, norm, most):
        return min(1.0, most / (norm + 1e-6))


class CoupledDecay(port.AdamW):
    """Adam with decay in the gradient."""

    def step(self, values, gradients, factor, max_norm):
        decay, self.decay = self.decay, 0
        with_decay = {name: g + decay * values[name] for name, g in gradients.items()}
        norm = super().step(values, with_decay, factor, max_norm)
        self.decay = decay
        return norm


class EpsilonInRoot(port.AdamW):
    def direction(self, name):
        age = self.steps - self.born[name]
        mean = self.mean[name] / (1 - self.BETA1**age)
        return mean / np.sqrt(self.variance[name] / (1 - self.BETA2**age) + self.EPSILON)


class OldAge(port.AdamW):
    """Corrects restarted moments as if they were old."""

    def restart(self, name, first, last):
        super().restart(name, first, last)
        self.born[name][first:last] = 0


def high_half_first(data, s, unpacked=port.unpacked):
    return unpacked(data >> 4 | data << 4, s)


def first_half_of_matrices(integers):
    """Matrix j beside matrix j + s/2."""
    s = len(integers) + len(integers) % 2
    both = np.zeros((s, *integers.shape[1:]), np.uint8)
    both[: len(integers)] = integers.view(np.uint8) & 0xF
    return both[: s // 2] | both[s // 2 :] << 4


def crc32(data, crc=0):
    """The CRC-32 of zip and PNG."""
    return zlib.crc32(data, crc)


def configured_order(config, arrays):
    return list(config["layers"])


def truncated_halves(x, name, stored=port.stored):
    """BF16 by its upper half."""
    if name != "bf16":
        return stored(x, name)
    return (x.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32).astype(np.float64)


def trusting(condition, reason):
    """Without a look at lengths and checksums."""
    if not condition and reason not in ("truncated", "checksum"):
        raise port.Refused(reason)


def lenient(condition, reason):
    """With fields that it does not know."""
    if not condition and reason != "unknown-field":
        raise port.Refused(reason)


def alpha_as_it_is(config):
    return config["alpha"]


def python_double(value):
    return repr(float(value))


def any_pooling(condition, reason):
    """Takes values that it does not know."""
    if not condition and reason != "value":
        raise port.Refused(reason)


def no_proximal_term(system):
    return 0.0


def absolute_proximal_term(system):
    return extras.PROXIMAL


def whole_trace(system):
    return extras.PROXIMAL * np.trace(system)


def padded_in_front(matrix, columns):
    return np.pad(matrix, ((0, 0), (columns - matrix.shape[1], 0)))


def scaling_in_one_side(run, scaling):
    return 1 / scaling, 1.0


def sign_forgotten(run, scaling, shares=extras.shares):
    return shares(run, abs(scaling))


def unimproved(run, sweeps, tolerance):
    """As the starts are."""


def as_they_come(rows):
    """Not made orthonormal: what is solved is another system."""
    return np.array(rows, np.float64), np.eye(len(rows))


def uneven_terms(side, factor, transposed):
    """Orthogonal, but all of their norm in one factor."""
    first, second = (stack.transpose(0, 2, 1) if transposed else stack for stack in side.stacks)
    return [factor * first, second]


def larger_first(split, width, first_width=extras.first_width):
    return port.balanced(width, 2)[0] if max(split) == 0 else first_width(split, width)


def nothing_shared(config, name):
    return name


def symmetric_bound(random, shape, bound):
    """In half precision."""
    return np.array([bound * random.gaussian() for _ in range(math.prod(shape))]).reshape(shape)


def own_start(config, name, n_in, n_out, start=extras.start):
    """Shared factors from the layer's generator."""
    return start({**config, "seed": port.layer_seed(int(config["seed"]), name)}, name, n_in, n_out)


def remainder(random, most):
    return random.bits(31) % most


def up_to_more_tokens(order, lengths, most, most_tokens, divided=extras.divided):
    """Ends a batch behind the example that exceeds the limit."""
    found, tokens = [[]], 0
    for i in order:
        if len(found[-1]) == most or (most_tokens > 0 and tokens > most_tokens):
            found.append([])
            tokens = 0
        found[-1].append(i)
        tokens += lengths[i]
    return found


def rounded_down_epochs(examples, batch_size):
    return 5 if examples >= 3000 else max(5, min(30, 1000 // -(-examples // batch_size)))


def ordered_anew(lengths, settings, epochs_of=extras.epochs_of):
    """Shuffles the examples as they were given."""
    random = port.Random(int(settings["seed"]))
    while True:
        order = list(range(len(lengths)))
        for i in range(len(order), 1, -1):
            j = extras.bounded(random, i)
            order[i - 1], order[j] = order[j], order[i - 1]
        found = extras.divided(order, lengths, settings["batch_size"], settings.get("batch_tokens", 0))
        count = settings["accumulate"]
        yield [found[i : i + count] for i in range(0, len(found), count)]


def accumulated(settings, count):
    """Steps as in the run."""
    for steps in extras.epochs_of([1] * count, settings):
        for step in steps:
            yield [i for batch in step for i in batch]


def one_order_again(settings, count):
    """The first epoch's batches over and over."""
    steps = next(extras.epochs_of([1] * count, settings))
    while True:
        for step in steps:
            yield from step


def half_the_square(outputs, labels, output_gradient=extras.output_gradient):
    return output_gradient(outputs, labels) / (2 if outputs.shape[1] == 1 else 1)


def summed_loss(outputs, labels, output_gradient=extras.output_gradient):
    return output_gradient(outputs, labels) * len(labels)


def of_today(fields, kind):
    """As today's PEFT reads it."""
    return [15]


def newest_if_in_doubt(fields, kind, versions=imports.versions):
    return versions(fields, kind)[-1:]


def suffix_as_text(key, version, kind):
    """Keys as endings of names, not as expressions."""
    return rf"(.*\.)?{imports.re.escape(key)}$"


def identity_on_the_other_side(parts, name, r, split=imports.split):
    if name not in parts:
        return split(parts, name, r)
    whole = parts[name]
    return (np.eye(whole.shape[1]), whole.T)


def untransposed(parts, scale, config, lora=imports.lora):
    found, values = lora(parts, scale, config)
    a = values["lora_A"]
    return found, {**values, "lora_A": a.transpose(0, 2, 1).reshape(a.shape)}


def always_over_r(parts, scale, config, lora=imports.lora):
    found, values = lora(parts, scale, config)
    return {**found, "scaling_rule": "alpha/r"}, values


def all_off(config, name):
    """Ignores what it does not know."""
    return name not in imports.COMMON | imports.OWN["LORA"] | imports.OWN["LOKR"] or IS_OFF(config, name)


IS_OFF = imports.is_off


class DoubleSeed(port.Random):
    """A seed that was read as a double."""

    def __init__(self, seed):
        super().__init__(int(float(seed)))


class Int32Seed(port.Random):
    def __init__(self, seed):
        super().__init__(port.signed(seed, 32))


def layer_seed_of_double(seed, name, layer_seed=port.layer_seed):
    return layer_seed(int(float(seed)), name)


def without_weights(config):
    """Plain LoRA wherever there is one term of one factor."""
    return config["separation_rank"] == 1 and config["factor_count"] == 1


def numbers_alone(stack, name, to_integers=port.to_integers):
    """Refuses infinities, and takes NaN for 0."""
    return to_integers(np.where(np.isnan(stack), 0, stack), name)


def by_reciprocals(stack, name, to_integers=port.to_integers):
    """Multiplies by 1/scale."""
    integers, scales = to_integers(stack, name)
    most = port.INTEGERS[name]
    for k, scale in enumerate(scales.astype(np.float64)):
        if scale > 0:
            integers[k] = np.clip(np.rint(stack[k] * (1 / scale)), -most, most)
    return integers, scales


def threshold(value):
    """Orthogonal terms that are needed from another size on."""

    def rewritten(factors, weights, least):
        factors, weights = port.in_double(factors, weights)
        shapes = [factor.shape[1:] for factor in factors]
        u, sigma, v = port.decomposition(port.dense(factors, weights), *shapes[0], len(factors[0]))
        kept = sigma > value * sigma[0]
        padded = [np.zeros_like(factor) for factor in factors]
        for side, found in zip(padded, port.nearest(u[kept], sigma[kept], v[kept], int(kept.sum()))[0]):
            side[: len(found)] = found
        return ORTHOGONAL_TERMS(padded, None, least) if kept.sum() < np.sum(sigma > 1e-14 * sigma[0]) \
            else needed_to(value, factors, weights, least)

    return rewritten


ORTHOGONAL_TERMS = port.orthogonal_terms


def needed_to(value, factors, weights, least):
    """With terms that are too small taken for needed."""
    first, second = ORTHOGONAL_TERMS(factors, weights, least)
    u, sigma, v = port.decomposition(port.dense(factors, weights), *factors[0].shape[1:], len(factors[0]))
    for k in range(len(sigma)):
        if not second[k].any() and sigma[k] > value * sigma[0]:
            first[k], second[k] = least * u[k], sigma[k] / least * v[k]
    return [first, second]


def fan_of_three_axes(config, name, n_in, n_out, dtype, initialize=port.initialize):
    """Kaiming's fan as a framework takes it from a stack: its last two axes."""
    right = initialize(config, name, n_in, n_out, dtype)
    if config["initialization"] != "kaiming-uniform":
        return right
    return {key: value if value.ndim == 1 else (value * (n_in / math.prod(value.shape[1:])) ** 0.5).astype(dtype)
            for key, value in right.items()}


def cut_examples(lengths, settings, epochs_of=extras.epochs_of):
    """Cuts what is longer than a batch may be."""
    return epochs_of([min(length, settings.get("batch_tokens") or length) for length in lengths], settings)


def unrejected(random, most):
    """The remainder of whatever comes."""
    return most * random.bits(31) >> 31 if most & (most - 1) == 0 else random.bits(31) % most


def transposed_rotation(rank, random, rotation=extras.rotation):
    return rotation(rank, random).T


def rotation_by_columns(rank, random):
    return extras.orthogonalized(np.array([[random.uniform() for _ in range(rank)] for _ in range(rank)]).T)[0]


def rotation_as_drawn(rank, random):
    return np.array([[random.uniform() for _ in range(rank)] for _ in range(rank)])


def gaussian_rotation(rank, random):
    return extras.orthogonalized([[random.gaussian() for _ in range(rank)] for _ in range(rank)])[0]


def zeros_left_over(matrix, columns, random):
    return extras.padded(matrix, columns)


def filled_by_columns(matrix, columns, random, filled=extras.filled):
    right = filled(matrix, columns, random)
    more = right[:, matrix.shape[1]:]
    return np.hstack([matrix, more.reshape(more.shape[1], -1).T])


def filled_by_largest(matrix, columns, random, filled=extras.filled):
    right = filled(matrix, columns, random)
    ratio = np.abs(matrix).max() / math.sqrt(np.mean(matrix**2)) if matrix.any() else 1
    return np.hstack([matrix, right[:, matrix.shape[1]:] * ratio])


class NothingUndone(extras.Run):
    """Keeps a sweep that does not lower the error."""

    def improve(self, sweeps, tolerance):
        for _ in range(sweeps):
            sides = (self.l, self.left), (self.r, self.right)
            for (side, mine), (other, its) in (sides, sides[::-1]):
                dense = other.dense()
                side.improve(dense.T @ dense, mine @ (its.T @ dense), self.random)
            before, now = self.errors[-1], extras.relative_error(self.l, self.r, self.left, self.right)
            self.errors.append(now)
            if before - now <= tolerance * now:
                break


class ByTheFormerError(extras.Run):
    """Stops by a part of the error before the sweep."""

    def improve(self, sweeps, tolerance):
        super().improve(sweeps, tolerance / (1 + tolerance) * 0.5)


def last_of_equals(a, b, config, settings, convert=extras.convert):
    """Takes the last of starts that end alike."""
    starts = extras.starts
    with mock.patch.object(extras, "starts", lambda *given: (starts(*given)[0][::-1], None)):
        return convert(a, b, config, settings)


def shared_by_name_alone(layers, configs, require_shared=extras.require_shared):
    """Across configurations."""
    one = next((config for config in configs.values() if config.get("method") == "kadaptation"), None)
    require_shared(layers, {name: one if config is not one and config.get("method") == "kadaptation" else config
                            for name, config in configs.items()})


def alpha_patterns_alone(folder, *given, export=port.export):
    """Looks for other α, not for other r."""
    export(folder, *given)
    root = port.read_json((folder / port.CONFIG).read_text("utf-8"))
    alphas = root.get("alpha_pattern", {})
    others = {layer for layer, alpha in alphas.items() if alpha != root["lora_alpha"]}
    for name in ("rank_pattern", "alpha_pattern"):
        kept = {layer: value for layer, value in root.pop(name, {}).items() if layer in others}
        root.update({name: kept} if kept else {})
    (folder / port.CONFIG).write_bytes(port.json_bytes(root))


def patterns_of_what_differs(folder, *given, export=port.export):
    """Leaves a value out that is the first layer's."""
    export(folder, *given)
    root = port.read_json((folder / port.CONFIG).read_text("utf-8"))
    for name, first in (("rank_pattern", root["r"]), ("alpha_pattern", root["lora_alpha"])):
        kept = {layer: value for layer, value in root.pop(name, {}).items() if value != first}
        root.update({name: kept} if kept else {})
    (folder / port.CONFIG).write_bytes(port.json_bytes(root))


def with_defaults(**defaults):
    """A fingerprint whose configuration lacks nothing, with defaults that are not those."""

    def signed_text(config, signature=port.signature):
        return signature({**{name: value for name, value in defaults.items() if name not in config}, **config})

    return signed_text


def changed_config(change):
    """A configuration that is another when it is written."""

    def configured(layers, storage, card, head_parameters, configuration=port.configuration):
        return change(configuration(layers, storage, card, head_parameters))

    return configured


def without_library(root):
    root.pop("library_version")
    return root


def integers_with_points(root):
    for part in root["adapters"]:
        part["r"] = float(part["r"])
    return root


def groups_like(*ignored):
    """Layers whose configurations are the same but for some fields are one."""

    def configured(layers, storage, card, head_parameters, configuration=port.configuration):
        firsts = {}
        for layer, config in layers.items():
            key = str({name: value for name, value in config.items() if name not in ignored})
            layers = {**layers, layer: firsts.setdefault(key, config)}
        return configuration(layers, storage, card, head_parameters)

    return configured


def neighbours_alone(layers, storage, card, head_parameters, configuration=port.configuration):
    """Groups only layers that stand beside each other."""
    root = configuration(layers, storage, card, head_parameters)
    parts, last = [], None
    for layer, config in layers.items():
        if config == last:
            parts[-1]["target_modules"].append(layer)
        else:
            part = next(part for part in root["adapters"] if layer in part["target_modules"])
            parts.append({**part, "target_modules": [layer]})
        last = config
    root["adapters"] = parts
    return root


def by_configuration(folder, layers, *given, write_folder=port.write_folder):
    """Writes tensors as layers are grouped."""
    kinds = {str(config): i for i, config in reversed(list(enumerate(layers.values())))}
    write_folder(folder, dict(sorted(layers.items(), key=lambda item: kinds[str(item[1])])), *given)


def saturating_halves(x, name, stored=port.stored):
    return np.clip(stored(x, name), -port.FLOATS[name][2], port.FLOATS[name][2]) if name == "fp16" else stored(x, name)


def flushed_halves(x, name, stored=port.stored):
    result = stored(x, name)
    return np.where(np.abs(result) < 2.0**-14, 0.0, result) if name == "fp16" else result


def finite_or_not(condition, reason):
    """Takes numbers that are not finite."""
    if not condition and reason != "not-finite":
        raise port.Refused(reason)


def any_file(condition, reason):
    """Takes tensor files that are not whole."""
    if not condition and reason != "tensor-file":
        raise port.Refused(reason)


def about_that_scaling(condition, reason):
    if not condition and reason != "scaling":
        raise port.Refused(reason)


def naive_seal(config):
    """Without a look at escapes in strings."""
    start = config.rindex(b'"tensors"')
    end = config.index(b"}", start)
    kept, inside = bytearray(), False
    for at, byte in enumerate(config):
        if not start <= at <= end and (inside or byte not in b" \t\r\n"):
            kept.append(byte)
        inside ^= byte == ord('"')
    return f"{port.crc32c(bytes(kept)):08x}"


def order_of_offsets(path, read_file=port.read_file):
    """Tensors as their data lie in the file."""
    tensors, metadata = read_file(path)
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = port.json.loads(data[8:begin])
    return dict(sorted(tensors.items(), key=lambda item: header[item[0]]["data_offsets"])), metadata


def only_at_the_top(node, known):
    """Looks for unknown fields in large objects alone."""
    port.require(set(node) <= set(known) or len(known) < 8, "unknown-field")


def float_is_integer(value, kind, is_a=port.is_a):
    whole = isinstance(value, float) and value.is_integer()
    return is_a(int(value) if whole and kind in (int, port.LONG) else value, kind)


def flag_is_number(value, kind, is_a=port.is_a):
    return is_a(bool(value) if kind is bool and isinstance(value, int) else value, kind)


def null_is_nothing(node, name, kind, field=port.field):
    """Takes null for anything."""
    return None if name in node and node[name] is None else field(node, name, kind)


def constants_of_python(text):
    return port.json.loads(text, object_pairs_hook=port.unique)


def repeated_names(text):
    return port.json.loads(text, parse_constant=port.not_json)


def classes_alone(task):
    return len(task["labels"])


def positive_alpha(config, scaling=port.scaling):
    return abs(scaling(config))


def norm_after_clipping(self, values, gradients, factor, max_norm, step=port.AdamW.step):
    return min(step(self, values, gradients, factor, max_norm), max_norm)


def rslora_if_there(parts, scale, config, lora=imports.lora):
    found, values = lora(parts, scale, config)
    return {**found, "scaling_rule": "alpha/sqrt-r"} if "use_rslora" in config.fields else found, values


def fused(a, b, c):
    """a·b + c, rounded once."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


class FusedGaussian(port.Random):
    """Adds the first square to the second before it is rounded."""

    def gaussian(self):
        if self.spare is not None:
            return super().gaussian()
        while True:
            u, v = 2 * self.double() - 1, 2 * self.double() - 1
            square = fused(u, u, v * v)
            if 0 < square < 1:
                break
        multiplier = math.sqrt(-2 * math.log(square) / square)
        self.spare = v * multiplier
        return u * multiplier


def sixty_four_bits(value, kind, is_a=port.is_a):
    return is_a(value, port.LONG if kind is int else kind)


def any_integer(value, kind, is_a=port.is_a):
    return is_a(value % 7 if kind in (int, port.LONG) and type(value) is int else value, kind)


def without_mark(path):
    """Takes no byte-order mark."""
    root = port.read_json(path.read_bytes().decode())
    port.require(isinstance(root, dict), "json")
    return root


def many_marks(path):
    root = port.read_json(path.read_bytes().decode().lstrip("\ufeff"))
    port.require(isinstance(root, dict), "json")
    return root


def lenient_json(change):
    """JSON that is made stricter before it is read."""
    return lambda text, read_json=port.read_json: read_json(change(text))


def control_characters(text):
    return port.json.loads(text, object_pairs_hook=port.unique, parse_constant=port.not_json, strict=False)


def rotary(change):
    """A fingerprint of a configuration with other fields of positions."""

    def signed_text(config, signature=port.signature):
        config = dict(config)
        change(config)
        return signature(config)

    return signed_text


def theta_at_the_top_first(config):
    if "rope_theta" in config:
        config["rope_scaling"] = {"rope_theta": config["rope_theta"]}


def one_term(config):
    if isinstance(config.get("pos_att_type"), str):
        config["pos_att_type"] = [config["pos_att_type"]]


def without_large_exponents(value, java_double=port.java_double):
    return repr(float(value)) if value >= 1e7 else java_double(value)


def any_entry(entry):
    """Looks at nothing that an entry of a header says."""


def more_fields(entry, check_entry=port.check_entry):
    check_entry({name: entry[name] for name in ("dtype", "shape", "data_offsets")} if isinstance(entry, dict) else entry)


def fractions_as_sizes(entry, check_entry=port.check_entry):
    if isinstance(entry, dict) and isinstance(entry.get("shape"), list) and all(size == 3.0 for size in entry["shape"][:1]):
        entry["shape"] = [int(size) for size in entry["shape"]]
    check_entry(entry)


class Wrapping:
    """Python's mathematics with products of 64 bits."""

    def __getattr__(self, name):
        return getattr(math, name)

    @staticmethod
    def prod(numbers):
        return math.prod(numbers) % 2**64


def one_term_beyond_floats(values):
    """Without the number of terms."""
    return port_fits_floats({name: array[:1] if array.ndim > 1 else array for name, array in values.items()})


def weights_within_floats(values):
    """Without λ."""
    return port_fits_floats({name: array for name, array in values.items() if "lambda" not in name})


port_fits_floats = port.fits_floats


def heads_of_any_number(folder, layers, values, *given, write_folder=port.write_folder):
    own = {name for layer in layers for name in values if name.startswith(layer + ".")}
    write_folder(folder, layers, {
        name: value if name in own else np.nan_to_num(value) for name, value in values.items()}, *given)


def sealed_without_the_first(config):
    """Without the first thing that is called tensors."""
    start = config.index(b'"tensors"')
    end = config.index(b"}", start)
    kept, inside, escaped = bytearray(), False, False
    for at, byte in enumerate(config):
        if not start <= at <= end and (inside or byte not in b" \t\r\n"):
            kept.append(byte)
        inside ^= byte == ord('"') and not escaped
        escaped = inside and byte == ord("\\") and not escaped
    return f"{port.crc32c(bytes(kept)):08x}"


def zero_left_alone(factors, weights, least):
    """Keeps the terms of a matrix that is zero."""
    return list(factors) if not port.dense(factors, weights).any() else ORTHOGONAL_TERMS(factors, weights, least)


def own_fields_of_both(config, name):
    """Ignores the fields of the other method."""
    return name in imports.OWN["LORA"] | imports.OWN["LOKR"] or IS_OFF(config, name)


def one_own_field(ignored):
    return lambda config, name: name in ignored or IS_OFF(config, name)


def alternatives_in_brackets(key, version, kind, key_expression=imports.key_expression):
    return key_expression(f"({key})", version, kind)


def heads_of_classifiers(head, prefix, task=None, check_head=imports.check_head):
    check_head(head, prefix)


def heads_of_any_task(head, prefix, task=None, check_head=imports.check_head):
    for one in ("SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS"):
        try:
            return check_head(head, prefix, one)
        except port.Refused:
            pass
    return check_head(head, prefix, task)


def off_or_anything(config, name, kind):
    return config.get(name)


def first_start_alone(left, right, rank, rotations, seed, starts=extras.starts):
    found, turns = starts(left, right, rank, rotations, seed)
    return found[:1] if rotations == 0 else found, turns


def no_balanced_start(left, right, rank, rotations, seed, starts=extras.starts):
    """U and V·Σ."""
    found, turns = starts(left, right, rank, rotations, seed)
    at = len(found) - len(turns) - 1
    u, v = found[at]
    sizes = np.linalg.norm(u, axis=0)
    sizes = np.where(sizes > 0, sizes, 1)
    found[at] = (u / sizes, v * sizes)
    return found, turns


class NoMoreSweeps(extras.Run):
    """The winner is not improved further."""

    def improve(self, sweeps, tolerance):
        if len(self.errors) == 1:
            super().improve(sweeps, tolerance)


def full_directions(left, right, rank):
    """As many columns of U and V as A has, whatever the rank of A·B."""
    u, sigma, v = np.linalg.svd(left @ right.T)
    kept = min(rank, left.shape[1])
    roots = np.sqrt(np.concatenate([sigma, np.zeros(kept)])[:kept])
    return u[:, :kept] * roots, np.pad(v, ((0, max(0, kept - len(v))), (0, 0)))[:kept].T * roots


def one_for_both(config, n_in, n_out, sums=extras.shared_sums):
    """A's coefficients for B, too."""
    found = sums(config, n_in, n_out)
    return [([*names[:2], found[0][0][2]], shapes) for names, shapes in found]


def smaller_factor_first(config, n_in, n_out, sums=extras.shared_sums):
    return [(names, shapes[::-1]) for names, shapes in sums(config, n_in, n_out)]


def whole_scaled_once_more(config, values, n_in, n_out, update=extras.shared_update):
    return update(config, values, n_in, n_out) * (config["scaling"] if config["r"] == 0 else 1 / config["scaling"])


NOTHING_BESIDE = {name: (prefix, None) for name, (prefix, _) in port.FAMILIES.items()}

CASES = conform.read_manifest()["cases"]

# What needs the dense A and B.
DENSE = {
    "sums", "adapters", "nearest-sums", "least-squares", "orthogonal-terms", "training", "folders-read", "peft-export",
    "conversion", "baselines", "peft-import", "shared",
}

# What draws random numbers that are compared one by one.
SEEDED = {
    "random", "initialization", "orthogonal-terms", "training", "head-initialization", "head-first", "baselines", "batches",
    "conversion", "shared",
}

ANY = None  # At least one, whichever.

# Name: what is exchanged for what, and the capabilities that must fail; all others must pass.
MUTANTS = {
    "reversed factors": ("dense", reversed_factors, DENSE),
    "ignored λ": ("dense", ignored_weights, DENSE - {"conversion", "peft-import"} | {"condition"}),
    "A and B built in half precision": ("dense", in_half, DENSE | {"condition"}),
    "hash of code points": ("utf16", code_points, {"random", "initialization"}),
    "split of a tie": ("balanced", largest_first, {"splits"}),
    "scaling rule ignored": (
        "scaling", alpha_alone,
        {"adapters", "training", "folders-read", "folders-refused", "folders-written", "peft-export", "conversion",
         "peft-import"}),
    "seed that is not mixed": ("mixed", unmixed, SEEDED),
    "seed mixed with arithmetic shifts": ("mixed", arithmetic_shifts, SEEDED),
    "second Gaussian thrown away": (
        "Random", UncachedGaussian,
        {"random", "initialization", "orthogonal-terms", "training", "head-initialization", "head-first", "shared"}),
    "deviation of B by the outputs": ("initialize", deviation_by_output, {"initialization", "training"}),
    "ties away from zero": ("np", Rounding(ties_away), {"rounding", "integers"}),
    "truncation": ("np", Rounding(np.trunc), {"rounding", "integers", "folders-written"}),
    "saturating E4M3": ("stored", saturating, {"rounding"}),
    "subnormal numbers become zero": ("stored", flushing, {"rounding", "folders-written"}),
    "−0 becomes 0": ("stored", without_minus_zero, {"rounding", "folders-written"}),
    "quotient by the unrounded scale": ("to_integers", unrounded_scale, {"integers"}),
    "scales in single precision": ("to_integers", single_quotients, {"integers"}),
    "integers that are not cut": ("to_integers", uncut, {"integers"}),
    "mean crest": ("crest", mean_crest, {"condition"}),
    "bound with √d": ("round_off", root_of_factors, {"condition"}),
    "σ in the first factor alone": ("nearest", weights_in_first, {"nearest-sums", "conversion"}),
    "a single sweep": ("SWEEPS", 1, {"least-squares"}),
    "norm of orthogonal terms by the outputs": ("start_norm", norm_of_outputs, {"orthogonal-terms"}),
    "warm-up rounded down": ("warm_up_steps", floor_of_warm_up, {"schedule", "optimizer", "training", "head-first"}),
    "a norm for each parameter": ("AdamW", NormPerParameter, {"optimizer", "training", "head-first"}),
    "ε in the clip": ("AdamW", EpsilonInClip, {"optimizer", "training"}),
    "decay in the gradient": ("AdamW", CoupledDecay, {"optimizer", "training", "head-first"}),
    "ε inside of the root": ("AdamW", EpsilonInRoot, {"optimizer", "training", "head-first"}),
    "correction of restarted moments": ("AdamW", OldAge, {"optimizer"}),
    "high half first": ("unpacked", high_half_first, {"folders-read", "folders-refused"}),
    "halves of other matrices": ("packed", first_half_of_matrices, {"folders-written"}),
    "another CRC": (
        "crc32c", crc32,
        {"folders-read", "folders-refused", "folders-written", "peft-export", "fingerprint", "baselines", "shared"}),
    "layers as they are configured": (
        "order_of_layers", configured_order, {"folders-read", "peft-export", "baselines"}),
    "BF16 cut off": ("stored", truncated_halves, {"rounding", "folders-written"}),
    "no look at the checksum": ("require", trusting, {"folders-refused"}),
    "unknown fields": ("require", lenient, {"folders-refused", "baselines"}),
    "lora_alpha without the rule": ("peft_alpha", alpha_as_it_is, {"peft-export"}),
    "modules_to_save left out": ("FAMILIES", NOTHING_BESIDE, {"peft-export"}),
    "doubles as Python prints them": ("java_double", python_double, {"fingerprint"}),
    "values that are not known": ("require", any_pooling, {"folders-refused", "baselines"}),
    "no proximal term": ("extras.proximal_weight", no_proximal_term, {"conversion"}),
    "a proximal term of one size": ("extras.proximal_weight", absolute_proximal_term, {"conversion"}),
    "a proximal term by the whole trace": ("extras.proximal_weight", whole_trace, {"conversion"}),
    "padding in front": ("extras.padded", padded_in_front, {"conversion"}),
    "c' in one side": ("extras.shares", scaling_in_one_side, {"conversion"}),
    "the sign of c' forgotten": ("extras.shares", sign_forgotten, {"conversion"}),
    "starts that are not improved": ("extras.Run.improve", unimproved, {"conversion"}),
    "factors that are not made orthonormal": ("extras.orthogonalized", as_they_come, {"conversion"}),
    "terms' norms in one factor": ("extras.TallSum.terms", uneven_terms, {"conversion"}),
    "the larger width first": ("extras.first_width", larger_first, {"baselines"}),
    "nothing shared": ("extras.group", nothing_shared, {"baselines"}),
    "a start of Gaussians": ("extras.uniform", symmetric_bound, {"baselines"}),
    "shared factors from the layer's generator": ("extras.start", own_start, {"baselines"}),
    "one g for A and B": ("extras.shared_sums", one_for_both, {"shared"}),
    "the smaller factor first": ("extras.shared_sums", smaller_factor_first, {"shared"}),
    "no c": ("extras.shared_update", whole_scaled_once_more, {"shared"}),
    "remainders of draws": ("extras.bounded", remainder, {"batches", "head-first"}),
    "a batch beyond its tokens": ("extras.divided", up_to_more_tokens, {"batches"}),
    "epochs rounded down": ("extras.usual_epochs", rounded_down_epochs, {"batches"}),
    "each epoch from the given order": ("extras.epochs_of", ordered_anew, {"batches", "head-first"}),
    "accumulated steps of the head": ("extras.head_batches", accumulated, {"head-first"}),
    "the head's first epoch again": ("extras.head_batches", one_order_again, {"head-first"}),
    "half of the squared error": ("extras.output_gradient", half_the_square, {"head-first"}),
    "a loss that is a sum": ("extras.output_gradient", summed_loss, {"head-first"}),
    "PEFT's files by today's rules": ("imports.versions", of_today, {"peft-import"}),
    "PEFT's newest rules in doubt": ("imports.versions", newest_if_in_doubt, {"peft-import"}),
    "pattern keys as endings": ("imports.key_expression", suffix_as_text, {"peft-import"}),
    "the identity on the other side": ("imports.split", identity_on_the_other_side, {"peft-import"}),
    "lora_A as it is": ("imports.lora", untransposed, {"peft-import"}),
    "use_rslora ignored": ("imports.lora", always_over_r, {"peft-import"}),
    "seeds through doubles": (
        "Random", DoubleSeed, {"random", "head-initialization", "batches", "conversion", "baselines", "initialization",
                               "training", "head-first", "shared"}),
    "seeds of 32 bits": ("Random", Int32Seed, ANY),
    "layers' seeds through doubles": ("layer_seed", layer_seed_of_double, {"random", "initialization", "baselines"}),
    "one term of one factor taken for LoRA": ("is_lora", without_weights, ANY),
    "NaN as the integer 0": ("to_integers", numbers_alone, {"integers"}),
    "reciprocals of scales": ("to_integers", by_reciprocals, {"integers"}),
    "terms needed from 10⁻¹² on": ("orthogonal_terms", threshold(1e-12), {"orthogonal-terms"}),
    "terms needed from 10⁻¹⁶ on": ("orthogonal_terms", threshold(1e-16), {"orthogonal-terms"}),
    "Kaiming's fan of three axes": ("initialize", fan_of_three_axes, {"initialization"}),
    "long examples cut": ("extras.epochs_of", cut_examples, {"batches"}),
    "nothing rejected": ("extras.bounded", unrejected, {"batches"}),
    "transposed rotations": ("extras.rotation", transposed_rotation, {"conversion"}),
    "rotations by columns": ("extras.rotation", rotation_by_columns, {"conversion"}),
    "rotations as they are drawn": ("extras.rotation", rotation_as_drawn, {"conversion"}),
    "rotations of Gaussians": ("extras.rotation", gaussian_rotation, {"conversion"}),
    "zeros in columns left over": ("extras.filled", zeros_left_over, {"conversion"}),
    "columns left over filled one by one": ("extras.filled", filled_by_columns, {"conversion"}),
    "columns left over by the largest number": ("extras.filled", filled_by_largest, {"conversion"}),
    "sweeps that are not undone": ("extras.Run", NothingUndone, {"conversion"}),
    "half of the tolerance": ("extras.Run", ByTheFormerError, {"conversion"}),
    "the last of equal starts": ("extras.convert", last_of_equals, {"conversion"}),
    "shared across configurations": ("extras.require_shared", shared_by_name_alone, {"baselines"}),
    "no patterns for another r": ("export", alpha_patterns_alone, {"peft-export"}),
    "patterns of what differs": ("export", patterns_of_what_differs, {"peft-export"}),
    "another ε by default": ("signature", with_defaults(layer_norm_eps=1e-5, rms_norm_eps=1e-5), {"fingerprint"}),
    "another activation by default": ("signature", with_defaults(hidden_act="relu"), {"fingerprint"}),
    "another padding by default": ("signature", with_defaults(pad_token_id=0), {"fingerprint"}),
    "another θ by default": ("signature", with_defaults(rope_theta=1e6), {"fingerprint"}),
    "shared keys by default": ("signature", with_defaults(share_att_key=True), {"fingerprint"}),
    "no library_version": ("configuration", changed_config(without_library), {"folders-written"}),
    "integers with a point": ("configuration", changed_config(integers_with_points), {"folders-written"}),
    "neighbours alone in a group": ("configuration", neighbours_alone, {"folders-written"}),
    "tensors as layers are grouped": ("write_folder", by_configuration, {"folders-written"}),
    **{f"{name} ignored in groups": ("configuration", groups_like(name), {"folders-written"}) for name in (
        "seed", "initialization", "in_factors", "out_factors", "rank_factors", "separation_rank", "term_weights")},
    "α ignored in groups": ("configuration", groups_like("alpha", "scaling"), {"folders-written"}),
    "the rule ignored in groups": ("configuration", groups_like("scaling_rule", "scaling"), {"folders-written"}),
    "saturating halves": ("stored", saturating_halves, {"rounding", "folders-written"}),
    "halves without subnormal numbers": ("stored", flushed_halves, {"rounding", "folders-written"}),
    "numbers that are not finite": ("require", finite_or_not, {"folders-refused", "folders-written", "baselines"}),
    "tensor files that are not whole": ("require", any_file, {"folders-refused"}),
    "any scaling": ("require", about_that_scaling, {"folders-refused"}),
    "a seal without escapes": ("seal", naive_seal, {"folders-read", "folders-refused", "folders-written"}),
    "tensors in the order of their data": ("read_file", order_of_offsets, {"folders-read"}),
    "unknown fields in small objects": ("only", only_at_the_top, {"folders-refused"}),
    "4.0 as an integer": ("is_a", float_is_integer, {"folders-refused", "peft-import"}),
    "1 as true": ("is_a", flag_is_number, {"folders-refused", "peft-import"}),
    "null as nothing": ("field", null_is_nothing, {"folders-refused"}),
    "NaN in JSON": ("read_json", constants_of_python, {"folders-refused"}),
    "names twice in JSON": ("read_json", repeated_names, {"folders-refused", "peft-import"}),
    "no output of a regression": (
        "outputs", classes_alone, {"folders-read", "folders-refused", "folders-written", "peft-export"}),
    "α without its sign": ("scaling", positive_alpha, {"conversion"}),
    "norms after clipping": ("port.AdamW.step", norm_after_clipping, {"optimizer"}),
    "use_rslora that is false": ("imports.lora", rslora_if_there, {"peft-import"}),
    "PEFT's unknown fields": ("imports.is_off", all_off, {"peft-import"}),
    "squares that are not rounded": ("Random", FusedGaussian, {"random", "initialization", "head-initialization", "shared"}),
    "integers of 64 bits": ("is_a", sixty_four_bits, {"folders-refused", "peft-import"}),
    "integers of any size": ("is_a", any_integer, {"folders-refused", "peft-import", "baselines"}),
    "no byte-order mark": ("read_object", without_mark, {"folders-refused", "peft-import"}),
    "byte-order marks": ("read_object", many_marks, {"folders-refused"}),
    "comments in JSON": (
        "read_json", lenient_json(lambda text: imports.re.sub(r"/\*.*?\*/", "", text)), {"folders-refused"}),
    "comments behind lines of JSON": (
        "read_json", lenient_json(lambda text: imports.re.sub(r"//.*", "", text)), {"folders-refused"}),
    "commas at the end in JSON": (
        "read_json", lenient_json(lambda text: imports.re.sub(r",\s*([\]}])", r"\1", text)), {"folders-refused"}),
    "white space of Unicode in JSON": (
        "read_json", lenient_json(lambda text: text.replace("\f", " ").replace("\u00a0", " ")), {"folders-refused"}),
    "control characters in JSON": ("read_json", control_characters, {"folders-refused"}),
    "numbers beyond doubles": ("is_finite", lambda value: True, {"folders-refused", "baselines", "peft-import"}),
    "rope_scaling ignored": ("signature", rotary(lambda config: config.pop("rope_scaling", 0)), {"fingerprint"}),
    "θ at the top ignored": ("signature", rotary(lambda config: config.pop("rope_theta", 0)), {"fingerprint"}),
    "θ at the top first": ("signature", rotary(theta_at_the_top_first), {"fingerprint"}),
    "terms as one text": ("signature", rotary(one_term), {"fingerprint"}),
    "large doubles without exponents": ("java_double", without_large_exponents, {"fingerprint"}),
    "any entry of a header": ("check_entry", any_entry, {"folders-refused"}),
    "entries with more fields": ("check_entry", more_fields, {"folders-refused"}),
    "sizes with a point": ("check_entry", fractions_as_sizes, {"folders-refused"}),
    "sizes that wrap": ("math", Wrapping(), {"folders-refused"}),
    "any r": ("MOST_RANKS", 10**9, {"folders-refused"}),
    "r above twice the widths": ("MOST_RANKS", 2, {"folders-refused"}),
    "factors beyond floats": ("fits_floats", lambda values: True, {"folders-refused"}),
    "terms beyond floats": ("fits_floats", one_term_beyond_floats, {"folders-refused"}),
    "λ beyond floats": ("fits_floats", weights_within_floats, {"folders-refused"}),
    "heads of any number": ("write_folder", heads_of_any_number, {"folders-written"}),
    "a seal without the first tensors": ("seal", sealed_without_the_first, {"folders-refused"}),
    "a zero matrix left alone": ("orthogonal_terms", zero_left_alone, {"orthogonal-terms"}),
    "the other method's fields": ("imports.is_off", own_fields_of_both, {"peft-import"}),
    **{f"{name} ignored": ("imports.is_off", one_own_field({name}), {"peft-import"}) for name in (
        "layer_replication", "loftq_config", "megatron_config", "corda_config", "lora_bias", "trainable_token_indices",
        "target_parameters")},
    "alternatives in brackets": ("imports.key_expression", alternatives_in_brackets, {"peft-import"}),
    "classifiers' heads alone": ("imports.check_head", heads_of_classifiers, {"peft-import"}),
    "heads of any task": ("imports.check_head", heads_of_any_task, {"peft-import"}),
    "no tokens": ("imports.TASKS", tuple(set(imports.TASKS) - {"TOKEN_CLS"}), {"peft-import"}),
    "no answers": ("imports.TASKS", tuple(set(imports.TASKS) - {"QUESTION_ANS"}), {"peft-import"}),
    "no answers to save": ("imports.SAVED", imports.SAVED - {"qa_outputs"}, {"peft-import"}),
    "fields of any type": ("imports.off_or", off_or_anything, {"peft-import"}),
    "the first start alone": ("extras.starts", first_start_alone, {"conversion"}),
    "a start that is not balanced": ("extras.starts", no_balanced_start, {"conversion"}),
    "no more sweeps": ("extras.Run", NoMoreSweeps, {"conversion"}),
    "directions that are not there": ("extras.balanced_form", full_directions, {"conversion"}),
}


def target(attribute):
    """The module or class that has it, and its name there."""
    owner = {"port": port, "extras": extras, "imports": imports}
    *path, name = attribute.split(".")
    found = owner[path[0]] if path else port
    for part in path[1:]:
        found = getattr(found, part)
    return found, name


def run(pairs):
    [(case, output)] = pairs
    try:
        with np.errstate(all="ignore"):
            return [False if port.main(case, output) == conform.SKIPPED else None]
    except Exception as error:  # A wrong port may end in any way.
        return [repr(error)]


def reaching(lines, attribute):
    """The cases that run any line of what is exchanged; all, where that is no code."""
    found = getattr(*target(attribute))
    if not (inspect.isfunction(found) or inspect.isclass(found)):
        return CASES
    text, first = inspect.getsourcelines(found)
    own = {(found.__module__, line) for line in range(first, first + len(text))}
    return [case for case in CASES if lines[case["name"]] & own]


def main(names):
    with tempfile.TemporaryDirectory() as unpacked:
        return judge(names, pathlib.Path(unpacked))


def judge(names, unpacked):
    wrong = 0
    modules = {name: sys.modules[name] for name in machine.MODULES}
    lines, _ = machine.reached(CASES, unpacked)
    sys.modules.update(modules)
    for name in names or ["", *MUTANTS]:
        attribute, replacement, expected = MUTANTS[name] if name else ("main", port.main, set())
        cases = reaching(lines, attribute) if name else CASES
        with mock.patch.object(*target(attribute), replacement):
            tally = conform.check(
                run, cases, out=lambda complaint: None if name else print(complaint), unpacked=unpacked)
        failed = {capability for capability, counts in tally.items() if counts["failed"]}
        right = bool(failed) if expected is ANY else failed == expected
        verdict = "as expected" if right else f"WRONG, expected {sorted(expected or ['any'])}"
        wrong += not right
        print(f"{name or 'port.py itself'}: fails {sorted(failed)}, {verdict}")
    print(f"{len(names or MUTANTS)} mutants, {wrong} not as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
