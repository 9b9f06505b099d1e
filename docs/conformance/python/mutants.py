"""Wrong ports, each with what must notice it: port.py, extras.py or imports.py with one function exchanged.

    python3 mutants.py [NAME]...

Ends with status 1 if one passes where it must fail, or fails elsewhere.
"""

import math
import pathlib
import sys
import zlib
from unittest import mock

import numpy as np

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parent.parent)]

import conform  # noqa: E402
import extras  # noqa: E402
import imports  # noqa: E402
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


def as_version_four(card, head_parameters, storage, configurations, lowest=port.lowest_version):
    return min(lowest(card, head_parameters, storage, configurations), 4)


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
NOTHING_BESIDE = {name: (prefix, None) for name, (prefix, _) in port.FAMILIES.items()}

# What needs the dense A and B.
DENSE = {
    "sums", "adapters", "nearest-sums", "least-squares", "orthogonal-terms", "training", "folders-read", "peft-export",
    "conversion", "baselines", "peft-import",
}

# What draws random numbers that are compared one by one.
SEEDED = {
    "random", "initialization", "orthogonal-terms", "training", "head-initialization", "head-first", "baselines", "batches",
}

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
        {"random", "initialization", "orthogonal-terms", "training", "head-initialization", "head-first"}),
    "deviation of B by the outputs": ("initialize", deviation_by_output, {"initialization", "training"}),
    "ties away from zero": ("np", Rounding(ties_away), {"rounding", "integers"}),
    "truncation": ("np", Rounding(np.trunc), {"rounding", "integers", "folders-written"}),
    "saturating E4M3": ("stored", saturating, {"rounding"}),
    "subnormal numbers become zero": ("stored", flushing, {"rounding"}),
    "−0 becomes 0": ("stored", without_minus_zero, {"rounding"}),
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
    "high half first": ("unpacked", high_half_first, {"folders-read"}),
    "halves of other matrices": ("packed", first_half_of_matrices, {"folders-written"}),
    "another CRC": (
        "crc32c", crc32,
        {"folders-read", "folders-refused", "folders-written", "peft-export", "fingerprint", "baselines"}),
    "layers as they are configured": (
        "order_of_layers", configured_order, {"folders-read", "peft-export", "baselines"}),
    "BF16 cut off": ("stored", truncated_halves, {"rounding", "folders-written"}),
    "no look at the checksum": ("require", trusting, {"folders-refused"}),
    "unknown fields": ("require", lenient, {"folders-refused", "baselines"}),
    "lora_alpha without the rule": ("peft_alpha", alpha_as_it_is, {"peft-export"}),
    "modules_to_save left out": ("FAMILIES", NOTHING_BESIDE, {"peft-export"}),
    "doubles as Python prints them": ("java_double", python_double, {"fingerprint"}),
    "version 4 for all": ("lowest_version", as_version_four, {"folders-written"}),
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
    "PEFT's unknown fields": ("imports.is_off", all_off, {"peft-import"}),
}


def target(attribute):
    """The module or class that has it, and its name there."""
    owner = {"port": port, "extras": extras, "imports": imports}
    *path, name = attribute.split(".")
    found = owner[path[0]] if path else port
    for part in path[1:]:
        found = getattr(found, part)
    return found, name


def run(case, output):
    try:
        return False if port.main(case, output) == conform.SKIPPED else None
    except Exception as error:  # A wrong port may end in any way.
        return repr(error)


def main(names):
    wrong = 0
    for name in names or ["", *MUTANTS]:
        attribute, replacement, expected = MUTANTS[name] if name else ("main", port.main, set())
        quiet = np.errstate(all="ignore")
        with mock.patch.object(*target(attribute), replacement), quiet:
            tally = conform.check(run, out=lambda complaint: None if name else print(complaint))
        failed = {capability for capability, counts in tally.items() if counts["fail"]}
        verdict = "as expected" if failed == expected else f"WRONG, expected {sorted(expected)}"
        wrong += failed != expected
        print(f"{name or 'port.py itself'}: fails {sorted(failed)}, {verdict}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
