"""Wrong ports, each with what must notice it: port.py with one function exchanged. python3 mutants.py [NAME]...

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


NOTHING_BESIDE = {name: (prefix, None) for name, (prefix, _) in port.FAMILIES.items()}

# What needs the dense A and B.
DENSE = {
    "sums", "adapters", "nearest-sums", "least-squares", "orthogonal-terms", "training", "folders-read", "peft-export",
}

# Name: what is exchanged for what, and the capabilities that must fail; all others must pass.
MUTANTS = {
    "reversed factors": ("dense", reversed_factors, DENSE),
    "ignored λ": ("dense", ignored_weights, DENSE | {"condition"}),
    "A and B built in half precision": ("dense", in_half, DENSE | {"condition"}),
    "hash of code points": ("utf16", code_points, {"random", "initialization"}),
    "split of a tie": ("balanced", largest_first, {"splits"}),
    "scaling rule ignored": (
        "scaling", alpha_alone,
        {"adapters", "training", "folders-read", "folders-refused", "folders-written", "peft-export"}),
    "second Gaussian thrown away": (
        "Random", UncachedGaussian,
        {"random", "initialization", "orthogonal-terms", "training", "head-initialization"}),
    "deviation of B by the outputs": ("initialize", deviation_by_output, {"initialization", "training"}),
    "ties away from zero": ("np", Rounding(ties_away), {"rounding", "integers"}),
    "truncation": ("np", Rounding(np.trunc), {"rounding", "integers", "folders-written"}),
    "saturating E4M3": ("stored", saturating, {"rounding"}),
    "subnormal numbers become zero": ("stored", flushing, {"rounding"}),
    "−0 becomes 0": ("stored", without_minus_zero, {"rounding"}),
    "quotient by the unrounded scale": ("to_integers", unrounded_scale, {"integers"}),
    "mean crest": ("crest", mean_crest, {"condition"}),
    "bound with √d": ("round_off", root_of_factors, {"condition"}),
    "σ in the first factor alone": ("nearest", weights_in_first, {"nearest-sums"}),
    "a single sweep": ("SWEEPS", 1, {"least-squares"}),
    "norm of orthogonal terms by the outputs": ("start_norm", norm_of_outputs, {"orthogonal-terms"}),
    "warm-up rounded down": ("warm_up_steps", floor_of_warm_up, {"schedule", "optimizer", "training"}),
    "a norm for each parameter": ("AdamW", NormPerParameter, {"optimizer", "training"}),
    "ε in the clip": ("AdamW", EpsilonInClip, {"optimizer", "training"}),
    "decay in the gradient": ("AdamW", CoupledDecay, {"optimizer", "training"}),
    "ε inside of the root": ("AdamW", EpsilonInRoot, {"optimizer", "training"}),
    "correction of restarted moments": ("AdamW", OldAge, {"optimizer"}),
    "high half first": ("unpacked", high_half_first, {"folders-read"}),
    "halves of other matrices": ("packed", first_half_of_matrices, {"folders-written"}),
    "another CRC": (
        "crc32c", crc32, {"folders-read", "folders-refused", "folders-written", "peft-export", "fingerprint"}),
    "layers as they are configured": ("order_of_layers", configured_order, {"folders-read", "peft-export"}),
    "BF16 cut off": ("stored", truncated_halves, {"rounding", "folders-written"}),
    "no look at the checksum": ("require", trusting, {"folders-refused"}),
    "unknown fields": ("require", lenient, {"folders-refused"}),
    "lora_alpha without the rule": ("peft_alpha", alpha_as_it_is, {"peft-export"}),
    "modules_to_save left out": ("FAMILIES", NOTHING_BESIDE, {"peft-export"}),
    "doubles as Python prints them": ("java_double", python_double, {"fingerprint"}),
}


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
        with mock.patch.object(port, attribute, replacement), quiet:
            tally = conform.check(run, out=lambda complaint: None if name else print(complaint))
        failed = {capability for capability, counts in tally.items() if counts["fail"]}
        verdict = "as expected" if failed == expected else f"WRONG, expected {sorted(expected)}"
        wrong += failed != expected
        print(f"{name or 'port.py itself'}: fails {sorted(failed)}, {verdict}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
