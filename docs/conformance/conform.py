"""Checks a port of LSR-Adapt against the vectors beside this file; SPEC.md says what they mean.

    python3 conform.py --port 'COMMAND' [--capability NAME] [--case NAME] [--results FOLDER]
    python3 conform.py --outputs FOLDER

COMMAND is called with a case's folder and an empty output folder. It ends with status 0, with 77 where it does not
have what the case asks for, or with another where it failed. --outputs compares what a port has already written, a
folder per case. Ends with status 1 if a case failed. Needs NumPy alone.
"""

import argparse
import json
import math
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import tempfile

import numpy as np

KIT = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
LIMIT = 600  # Seconds for a case.
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "u1",
}


class Wrong(Exception):
    """What is wrong with a result."""


def read_json(path):
    """A JSON file; a repeated name is an error."""

    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise Wrong(f"{path.name}: a name is repeated")
        return dict(pairs)

    try:
        return json.loads(path.read_text("utf-8"), object_pairs_hook=unique)
    except (OSError, ValueError) as error:
        raise Wrong(f"{path.name} cannot be read: {error}") from error


def read_tensors(path):
    """A safetensors file: name to (type, array), in the order of the bytes, and the metadata."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Wrong(f"{path.name} cannot be read: {error}") from error
    if len(data) < 8 or (length := struct.unpack("<Q", data[:8])[0]) > len(data) - 8:
        raise Wrong(f"{path.name}: no safetensors header")
    try:
        header = json.loads(data[8 : 8 + length])
    except ValueError as error:
        raise Wrong(f"{path.name}: the header is not JSON: {error}") from error
    metadata = header.pop("__metadata__", {})
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        first, last = entry["data_offsets"]
        if entry["dtype"] not in TYPES or first != end:
            raise Wrong(f"{path.name}: tensor {name} is {entry['dtype']} at {first}, expected a known type at {end}")
        raw = data[8 + length + first : 8 + length + last]
        kind = np.dtype(TYPES[entry["dtype"]])
        if len(raw) != kind.itemsize * math.prod(entry["shape"]):
            raise Wrong(f"{path.name}: tensor {name} has {len(raw)} bytes, its shape is {entry['shape']}")
        tensors[name] = (entry["dtype"], np.frombuffer(raw, kind).reshape(entry["shape"]))
        end = last
    if 8 + length + end != len(data):
        raise Wrong(f"{path.name}: {len(data)} bytes, the header ends at {8 + length + end}")
    return tensors, metadata


def first_difference(different, expected, found):
    at = tuple(int(i) for i in np.argwhere(different)[0])
    return f"{int(different.sum())} of {different.size} numbers differ, first at {list(at)}: " \
        f"found {found[at]!r}, expected {expected[at]!r}"


def compare_arrays(expected, found, rule):
    (kind, want), (found_kind, have) = expected, found
    if found_kind != kind or have.shape != want.shape:
        raise Wrong(f"is {found_kind} {list(have.shape)}, expected {kind} {list(want.shape)}")
    if rule["rule"] == "bits":
        unsigned = f"u{want.dtype.itemsize}"
        different = want.view(unsigned) != have.view(unsigned)
        if want.dtype.kind == "f":
            different &= ~(np.isnan(want) & np.isnan(have))
    else:
        finite = np.isfinite(want)
        different = ~finite & ~((want == have) | (np.isnan(want) & np.isnan(have)))
        with np.errstate(all="ignore"):
            if rule["rule"] == "ulps":
                allowed = rule["tolerance"] * np.spacing(np.abs(want))
            else:
                allowed = rule["tolerance"] * np.max(np.abs(want[finite]), initial=0)
            different |= finite & ~(np.abs(have - want) <= allowed)
    if different.any():
        raise Wrong(first_difference(different, want, have) + f" ({rule['rule']} {rule.get('tolerance', '')})")


def fit(tensors, name):
    """The dense matrix of a sum of Kronecker products, and the shapes of its factors."""
    factors = []
    while f"{name}_factor{len(factors) + 1}" in tensors:
        factors.append(tensors[f"{name}_factor{len(factors) + 1}"][1])
    if not factors:
        raise Wrong(f"there is no {name}_factor1")
    total = 0
    for terms in zip(*factors):
        product = terms[0]
        for factor in terms[1:]:
            product = np.kron(product, factor)
        total = total + product
    return total, [factor.shape for factor in factors]


def product(tensors, name, scaling):
    """The product of two sums, NAME_a and NAME_b, times a number, and the shapes of their factors."""
    (a, shapes_a), (b, shapes_b) = fit(tensors, f"{name}_a"), fit(tensors, f"{name}_b")
    return scaling * (a.astype(np.float64) @ b.astype(np.float64)), shapes_a + shapes_b


def compare_fits(wanted, results, name, rule):
    """An iterative method's result: factors of the same shapes, and an error that is not much larger."""
    target, tolerance = wanted["target"][1], rule["tolerance"]
    read = fit if rule["as"] == "sum" else lambda tensors, name: product(tensors, name, rule["scaling"])
    (expected, shapes), (found, found_shapes) = read(wanted, name), read(results, name)
    if shapes != found_shapes:
        raise Wrong(f"has factors {found_shapes}, expected {shapes}")
    error, bound = np.linalg.norm(found - target), np.linalg.norm(expected - target)
    if not error <= (1 + tolerance) * bound + 1e-6 * np.linalg.norm(target):
        raise Wrong(f"is off by {error:.6g}, expected at most {bound:.6g} and {tolerance:.0%} more")


def number(value):
    """A JSON number, or a string that stands for one that is not finite; else None."""
    if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
        return float(value.replace("Infinity", "inf"))
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def compare_scalars(expected, found, tolerance, where=""):
    if isinstance(expected, dict) and isinstance(found, dict):
        if set(expected) != set(found):
            raise Wrong(f"{where}: has {sorted(found)}, expected {sorted(expected)}")
        for name, value in expected.items():
            compare_scalars(value, found[name], tolerance, f"{where}.{name}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            raise Wrong(f"{where}: has {len(found)} entries, expected {len(expected)}")
        for i, value in enumerate(expected):
            compare_scalars(value, found[i], tolerance, f"{where}[{i}]")
    elif number(expected) is not None and number(found) is not None:
        want, have = number(expected), number(found)
        same = want == have or (math.isnan(want) and math.isnan(have))
        if not same and not (math.isfinite(want) and abs(have - want) <= tolerance * abs(want)):
            raise Wrong(f"{where}: found {have!r}, expected {want!r} (relative {tolerance})")
    elif type(expected) is not type(found) or expected != found:
        raise Wrong(f"{where}: found {found!r}, expected {expected!r}")


def crc32c(data, crc=0):
    """CRC-32C (Castagnoli) bit by bit, for small files."""
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


SEAL = "adapter_config_crc32c"


def seal(config):
    """The checksum of a configuration's bytes without the field `tensors` and white space outside of strings."""
    start = max(config.rfind(b'"tensors"'), 0)
    end = config.find(b"}", start) + 1
    text = re.compile(rb'("(?:[^"\\\\]|\\\\.)*")|[ \t\r\n]+', re.DOTALL)
    return f"{crc32c(text.sub(lambda match: match[1] or b'', config[:start] + config[end:])):08x}"


def compare_folders(expected, found, adapter, tolerance):
    """Adapter folders, ours or PEFT's: the same configuration, and the same tensors in the same order."""
    rule = {"rule": "of-largest", "tolerance": tolerance} if tolerance else {"rule": "bits"}
    want, have = (read_json(folder / "adapter_config.json") for folder in (expected, found))
    if adapter:
        data = (found / "adapter_model.safetensors").read_bytes()
        check = {"bytes": len(data), "crc32c": f"{crc32c(data):08x}"}
        compare_scalars(check, have.get("tensors"), 0, "tensors")
        for config in (want, have):
            config.pop("library_version", None)
            config.pop("tensors")
    compare_scalars(want, have, 0, "adapter_config.json")
    wanted, metadata = read_tensors(expected / "adapter_model.safetensors")
    tensors, found_metadata = read_tensors(found / "adapter_model.safetensors")
    if adapter:
        metadata.pop(SEAL, None)
        have = found_metadata.pop(SEAL, None)
        want = seal((found / "adapter_config.json").read_bytes())
        if have not in (None, want):
            raise Wrong(f"seal {have}, expected {want}")
    if metadata != found_metadata or list(wanted) != list(tensors):
        raise Wrong(f"tensors {list(tensors)} with metadata {found_metadata}, expected {list(wanted)} with {metadata}")
    for name in wanted:
        try:
            compare_arrays(wanted[name], tensors[name], rule)
        except Wrong as error:
            raise Wrong(f"tensor {name} {error}") from error


def compare(case, expected, found):
    """All outputs of a case; the complaints."""
    complaints = []
    files = {}

    def load(folder, name):
        if (folder, name) not in files:
            path = folder / name
            files[folder, name] = read_json(path) if name.endswith("json") else read_tensors(path)[0]
        return files[folder, name]

    for output, rule in case["outputs"].items():
        try:
            if rule["as"].endswith("folder"):
                compare_folders(expected / output, found / output, rule["as"] == "adapter-folder", rule["tolerance"])
                continue
            file = "output.json" if rule["as"] == "scalar" else "output.safetensors"
            wanted, results = load(expected, file), load(found, file)
            if rule["as"] in ("sum", "product"):
                compare_fits(wanted, results, output, rule)
                continue
            if output not in results:
                raise Wrong(f"is not in {file}")
            if rule["as"] == "tensor":
                compare_arrays(wanted[output], results[output], rule)
            elif rule["rule"] == "at-least":
                if not (number(results[output]) or 0) >= rule["bound"]:
                    raise Wrong(f"found {results[output]!r}, expected at least {rule['bound']!r}")
            else:
                compare_scalars(wanted[output], results[output], rule["tolerance"])
        except (Wrong, OSError, KeyError, TypeError, ValueError) as error:
            complaints.append(f"{output} {error}" if isinstance(error, Wrong) else f"{output}: {error!r}")
            if isinstance(error, FileNotFoundError):
                break
    return complaints


def command_port(command):
    """A port that is a program: None for done, a text for failed, False for skipped."""

    def port(case, output):
        call = [*shlex.split(command), str(case), str(output)]
        try:
            done = subprocess.run(call, capture_output=True, text=True, errors="replace", timeout=LIMIT)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"the port did not end: {error}"
        if done.returncode == SKIPPED:
            return False
        said = (done.stderr or done.stdout).strip().splitlines()
        # Some languages say what happened first, others last.
        shown = " | ".join(said if len(said) <= 4 else [*said[:2], "…", *said[-2:]])
        return None if done.returncode == 0 else f"the port ended with status {done.returncode}: {shown}"

    return port


def check(port, results=None, wanted=lambda case: True, out=print):
    """Runs a port over the cases; capability to lists of cases: passed, failed, skipped.

    Results are kept in a folder per case, which must not be there: what an earlier run left would be taken for its own.
    Without a port they are there already.
    """
    tally = {}
    for case in read_json(KIT / "manifest.json")["cases"]:
        if not wanted(case):
            continue
        counts = tally.setdefault(case["capability"], {"pass": [], "fail": [], "skip": []})
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(results or scratch) / case["name"]
            failure = None
            if port:
                folder.mkdir(parents=True)
                failure = port(KIT / "cases" / case["name"], folder)
            if failure is False:
                counts["skip"].append(case["name"])
                continue
            complaints = [failure] if failure else compare(case, KIT / "expected" / case["name"], folder)
        counts["fail" if complaints else "pass"].append(case["name"])
        for complaint in complaints:
            out(f"{case['name']}: {complaint}")
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--port", help="the command of a port")
    source.add_argument("--outputs", help="a folder with a port's outputs, a folder per case")
    parser.add_argument("--capability", action="append", help="only this capability; may be repeated")
    parser.add_argument("--case", action="append", help="only this case; may be repeated")
    parser.add_argument("--results", help="a new folder where outputs are kept; else they are deleted")
    options = parser.parse_args()
    if options.results and pathlib.Path(options.results).exists():
        parser.error(f"--results {options.results} is there already, expected a new folder")
    port = command_port(options.port) if options.port else None

    def wanted(case):
        return (not options.capability or case["capability"] in options.capability) \
            and (not options.case or case["name"] in options.case)

    tally = check(port, options.outputs or options.results, wanted)
    for capability, counts in tally.items():
        verdict = "FAIL" if counts["fail"] else "pass" if counts["pass"] else "skip"
        print(f"{verdict}  {capability}: {len(counts['pass'])} passed, {len(counts['fail'])} failed,"
              f" {len(counts['skip'])} skipped")
    if not tally:
        print("no case of that name")
    return 1 if not tally or any(counts["fail"] for counts in tally.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
