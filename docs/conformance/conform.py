"""Checks a port of LSR-Adapt against the vectors beside this file; SPEC.md says what they mean.

    python3 conform.py --port 'COMMAND' [--require CAPABILITY ...] [--jobs N] [--per-call N] [--json] [--results FOLDER]
    python3 conform.py --unpack FOLDER
    python3 conform.py --outputs FOLDER

COMMAND is called with a case's folder and an empty output folder. It ends with status 0, with 77 if it does not have
what the case asks for, or with another if it failed. With --per-call it gets several such pairs, and marks a case that
it does not have by a file `skipped` in its output folder, one that failed by a file `failed` with the reason.

--unpack writes the cases, a folder each; --outputs compares what a port made of them, a folder each. A case with a list
of folders counts as one case per folder, CASE/FOLDER. Needs NumPy alone.

Ends with status 0 if at least one case passed, none failed and no required one was skipped, else with 1; with 2 if the
command line is wrong.
"""

import argparse
import base64
import concurrent.futures
import contextlib
import fnmatch
import functools
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

    def constant(name):
        raise Wrong(f"{path.name}: {name} is not JSON")

    try:
        return json.loads(path.read_text("utf-8"), object_pairs_hook=unique, parse_constant=constant)
    except (OSError, ValueError) as error:
        raise Wrong(f"{path.name} cannot be read: {error}") from error


@functools.cache
def contents(part, container):
    """The files of a container, path to bytes: texts by lines, other bytes in base64, and edits of files before."""
    files = {}
    for path, entry in read_json(KIT / part / f"{container}.json").items():
        if isinstance(entry, list):
            files[path] = "\n".join(entry).encode()
        elif "base64" in entry:
            files[path] = base64.b64decode("".join(entry["base64"]))
        else:
            files[path], at = b"", 0
            for offset, length, new in entry["edits"]:
                files[path] += files[entry["like"]][at:offset]
                files[path] += new.encode() if isinstance(new, str) else base64.b64decode(new["base64"])
                at = offset + length
            files[path] += files[entry["like"]][at:]
    return files


def unpack(case, folder):
    """Writes what a port gets to cases/NAME, and what is expected of it to expected/NAME."""
    for part in ("cases", "expected"):
        (folder / part / case["name"]).mkdir(parents=True, exist_ok=True)
        for path, data in contents(part, case["container"]).items():
            if path.split("/")[0] == case["name"]:
                (folder / part / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / part / path).write_bytes(data)


def read_manifest():
    """The manifest, with every output of a case by its name, and the case's list of folders if it has one."""
    manifest = read_json(KIT / "manifest.json")
    for case in manifest["cases"]:
        settings = json.loads(contents("cases", case["container"])[f"{case['name']}/case.json"])
        if "folders" in settings:
            case["folders"] = settings["folders"]
        outputs = {}
        for rule in case["outputs"]:
            for name in rule.pop("names"):
                outputs.update((found, rule) for found in (expected_names(case, name, rule) if "*" in name else [name]))
        case["outputs"] = outputs
    return manifest


def expected_names(case, pattern, rule):
    """The names that a pattern stands for: those of the scalars or of the arrays that are expected."""
    file = "output.json" if rule["as"] == "scalar" else "output.safetensors"
    data = contents("expected", case["container"])[f"{case['name']}/{file}"]
    names = json.loads(data if rule["as"] == "scalar" else data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    return fnmatch.filter(names, pattern)


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


def compare_falling(expected, found, bound):
    """Errors of an iteration, of which each must be smaller than the one before it, and the last at most the bound."""
    if found[0] != expected[0] or found[1].ndim != 1 or not found[1].size:
        raise Wrong(f"is {found[0]} {list(found[1].shape)}, expected {expected[0]} with at least one number")
    if not (np.diff(found[1]) < 0).all() or not found[1][-1] <= bound:
        raise Wrong(f"is {found[1].tolist()}, expected numbers that fall to at most {bound!r}")


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
    """Numbers by their values, so that 4.0 is 4."""
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


def require_integers(expected, found, where):
    """4.0 is not an integer in a file that others read; of two configurations with the same values."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            require_integers(value, found[name], f"{where}.{name}")
    elif isinstance(expected, list):
        for i, value in enumerate(expected):
            require_integers(value, found[i], f"{where}[{i}]")
    elif type(expected) is int and type(found) is not int:
        raise Wrong(f"{where}: found {found!r}, expected an integer without a fraction")


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
    text = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+', re.DOTALL)
    return f"{crc32c(text.sub(lambda match: match[1] or b'', config[:start] + config[end:])):08x}"


def compare_folders(expected, found, adapter, tolerance):
    """Adapter folders, ours or PEFT's: the same configuration, and the same tensors in the same order."""
    rule = {"rule": "of-largest", "tolerance": tolerance} if tolerance else {"rule": "bits"}
    want, have = (read_json(folder / "adapter_config.json") for folder in (expected, found))
    file = "adapter_model.safetensors"
    if adapter:
        named = dict(have.get("tensors", {}))
        file = named.pop("file", None)
        if not isinstance(file, str):
            raise Wrong(f"tensors.file: found {file!r}, expected a name")
        data = (found / file).read_bytes()
        check = {"bytes": len(data), "crc32c": f"{crc32c(data):08x}"}
        compare_scalars(check, named, 0, "tensors")
        if not isinstance(have.get("library_version"), str):
            raise Wrong(f"library_version: found {have.get('library_version')!r}, expected a string")
        for config in (want, have):
            config.pop("library_version")
            config.pop("tensors")
    compare_scalars(want, have, 0, "adapter_config.json")
    require_integers(want, have, "adapter_config.json")
    wanted, metadata = read_tensors(expected / "adapter_model.safetensors")
    tensors, found_metadata = read_tensors(found / file)
    if adapter:
        metadata.pop(SEAL, None)
        have = found_metadata.pop(SEAL, None)
        want = seal((found / "adapter_config.json").read_bytes())
        if have != want:
            raise Wrong(f"seal {have}, expected {want}")
    if metadata != found_metadata or list(wanted) != list(tensors):
        raise Wrong(f"tensors {list(tensors)} with metadata {found_metadata}, expected {list(wanted)} with {metadata}")
    for name in wanted:
        try:
            compare_arrays(wanted[name], tensors[name], rule)
        except Wrong as error:
            raise Wrong(f"tensor {name} {error}") from error


def compare_output(rule, output, load, expected, found):
    """One output of a case; raises what is wrong with it."""
    if rule["as"].endswith("folder"):
        compare_folders(expected / output, found / output, rule["as"] == "adapter-folder", rule["tolerance"])
        return
    file = "output.json" if rule["as"] == "scalar" else "output.safetensors"
    wanted, results = load(expected, file), load(found, file)
    if rule["as"] in ("sum", "product"):
        compare_fits(wanted, results, output, rule)
        return
    if output not in results:
        raise Wrong(f"is not in {file}")
    if rule["rule"] == "falling":
        compare_falling(wanted[output], results[output], rule["bound"])
    elif rule["as"] == "tensor":
        compare_arrays(wanted[output], results[output], rule)
    elif rule["rule"] == "at-least":
        if not (number(results[output]) or 0) >= rule["bound"]:
            raise Wrong(f"found {results[output]!r}, expected at least {rule['bound']!r}")
    else:
        compare_scalars(wanted[output], results[output], rule["tolerance"])


def compare(outputs, expected, found):
    """Outputs of a case by their rules; the complaints."""
    complaints = []
    files = {}

    def load(folder, name):
        if (folder, name) not in files:
            path = folder / name
            files[folder, name] = read_json(path) if name.endswith("json") else read_tensors(path)[0]
        return files[folder, name]

    for output, rule in outputs.items():
        try:
            compare_output(rule, output, load, expected, found)
        except (Wrong, OSError, KeyError, TypeError, ValueError) as error:
            complaints.append(f"{output} {error}" if isinstance(error, Wrong) else f"{output}: {error!r}")
            if isinstance(error, FileNotFoundError):
                break
    return complaints


def parts(case):
    """What counts as a case, by name, and its outputs: the case, or each folder of its list."""
    if "folders" not in case:
        return {case["name"]: case["outputs"]}
    return {
        f"{case['name']}/{folder}": {
            output: rule for output, rule in case["outputs"].items() if output.split("/")[0] == folder}
        for folder in case["folders"]}


def command_port(command):
    """A port that is a program. Of each pair of folders None for done, a text for failed, False for skipped."""

    def port(pairs):
        call = [*shlex.split(command), *(str(folder) for pair in pairs for folder in pair)]
        try:
            done = subprocess.run(call, capture_output=True, text=True, errors="replace", timeout=LIMIT * len(pairs))
        except (OSError, subprocess.TimeoutExpired) as error:
            return [f"the port did not end: {error}"] * len(pairs)
        if done.returncode == SKIPPED:
            return [False] * len(pairs)
        if done.returncode == 0:
            return [marked(output) for _, output in pairs]
        said = (done.stderr or done.stdout).strip().splitlines()
        # Some languages say what happened first, others last.
        shown = " | ".join(said if len(said) <= 4 else [*said[:2], "…", *said[-2:]])
        return [f"the port ended with status {done.returncode}: {shown}"] * len(pairs)

    return port


def marked(output):
    """What a port said of a case by a file among its results."""
    if (output / "failed").exists():
        return f"the port failed: {(output / 'failed').read_text('utf-8', 'replace').strip()}"
    return False if (output / "skipped").exists() else None


def check_cases(cases, port, results, wanted, unpacked=None):
    """Of each case name to complaints of what counts as a case; None in place of them if it was skipped."""
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kit, pairs = unpacked or scratch, []
        for case in cases:
            if not unpacked:
                unpack(case, kit)
            pairs.append((kit / "cases" / case["name"], pathlib.Path(results or scratch / "results") / case["name"]))
        if port:
            for _, output in pairs:
                output.mkdir(parents=True)
            said = port(pairs)
        else:
            said = [marked(output) for _, output in pairs]
        return [
            verdicts_of(case, failure, kit / "expected" / case["name"], output, wanted)
            for case, failure, (_, output) in zip(cases, said, pairs)]


def verdicts_of(case, failure, expected, output, wanted):
    chosen = {name: outputs for name, outputs in parts(case).items() if wanted(name)}
    if failure is False:
        return dict.fromkeys(chosen)
    return {name: [failure] if failure else compare(outputs, expected, output) for name, outputs in chosen.items()}


def check(port, cases, results=None, wanted=lambda name: True, jobs=1, out=print, per_call=1, unpacked=None):
    """Runs a port over cases of the manifest: capability to what passed, failed (with complaints) and was skipped.

    Results are kept in a folder per case, which must not be there: what an earlier run left would be taken for its own.
    Without a port they are there already. Cases are unpacked one by one, unless a folder has them all.
    """
    tally = {}
    calls = [cases[i : i + per_call] for i in range(0, len(cases), per_call)]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda some: check_cases(some, port, results, wanted, unpacked), calls)
        for case, verdicts in zip(cases, (one for some in found for one in some)):
            counts = tally.setdefault(case["capability"], {"passed": [], "failed": {}, "skipped": []})
            said = set()  # A port that ended says the same of each folder.
            for name, complaints in verdicts.items():
                if complaints is None:
                    counts["skipped"].append(name)
                elif complaints:
                    counts["failed"][name] = complaints
                    for complaint in complaints:
                        if complaint not in said:
                            out(f"{name}: {complaint}")
                        said.add(complaint)
                else:
                    counts["passed"].append(name)
    return tally


def verdict(counts, required):
    """FAIL if a case failed, or was skipped where none may be; else pass, skip, or part for some of both."""
    if counts["failed"] or required and counts["skipped"]:
        return "FAIL"
    return "part" if counts["passed"] and counts["skipped"] else "pass" if counts["passed"] else "skip"


def summary(tally, required, version):
    """The tally with verdicts and totals; `ok` if a case passed and no capability failed."""
    capabilities = {
        name: {"verdict": verdict(counts, name in required), **counts} for name, counts in tally.items()}
    totals = {kind: sum(len(counts[kind]) for counts in tally.values()) for kind in ("passed", "failed", "skipped")}
    ok = totals["passed"] > 0 and all(one["verdict"] != "FAIL" for one in capabilities.values())
    return {"kit_version": version, "ok": ok, **totals, "capabilities": capabilities}


def show(found, required):
    for name, counts in found["capabilities"].items():
        print(f"{counts['verdict']}  {name}: {len(counts['passed'])} passed, {len(counts['failed'])} failed,"
              f" {len(counts['skipped'])} skipped" + (", required" if name in required else ""))
    print(f"{'pass' if found['ok'] else 'FAIL'}  kit version {found['kit_version']}: {found['passed']} passed,"
          f" {found['failed']} failed, {found['skipped']} skipped"
          + ("" if found["passed"] else "; expected at least one that passed"))


def require_known(parser, option, names, known):
    """A name that is mistyped would choose nothing, and require nothing."""
    for name in names:
        if name not in known:
            parser.error(f"{option} {name}: not in kit version {read_json(KIT / 'manifest.json')['kit_version']},"
                         f" expected one of {', '.join(sorted(known))}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--port", help="the command of a port")
    source.add_argument("--outputs", help="a folder with a port's outputs, a folder per case")
    source.add_argument("--unpack", help="a new folder, to which the cases are written, and what is expected of them")
    parser.add_argument("--capability", action="extend", nargs="+", default=[], help="only these capabilities")
    parser.add_argument("--case", action="extend", nargs="+", default=[], help="only these cases, or CASE/FOLDER")
    parser.add_argument(
        "--require", action="extend", nargs="+", default=[], metavar="CAPABILITY",
        help="a case of these that is skipped counts as failed; all: of every capability")
    parser.add_argument("--jobs", type=int, default=1, help="how many cases run at once; 1 by default")
    parser.add_argument("--per-call", type=int, default=1, help="how many cases a call gets; 1 by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of lines")
    parser.add_argument("--results", help="a new folder where outputs are kept; else they are deleted")
    options = parser.parse_args()
    for option in ("results", "unpack"):
        folder = getattr(options, option)
        if folder and pathlib.Path(folder).exists():
            parser.error(f"--{option} {folder}: is there already, expected a new folder")
    if options.outputs and not pathlib.Path(options.outputs).is_dir():
        parser.error(f"--outputs {options.outputs}: is not a folder")
    for option in ("jobs", "per_call"):
        if getattr(options, option) < 1:
            parser.error(f"--{option.replace('_', '-')} {getattr(options, option)}: expected at least 1")
    manifest = read_manifest()
    capabilities = {case["capability"] for case in manifest["cases"]}
    names = {name for case in manifest["cases"] for name in [case["name"], *parts(case)]}
    require_known(parser, "--capability", options.capability, capabilities)
    require_known(parser, "--require", options.require, capabilities | {"all"})
    require_known(parser, "--case", options.case, names)

    def wanted(name):
        return not options.case or name in options.case or name.split("/")[0] in options.case

    cases = [
        case for case in manifest["cases"]
        if (not options.capability or case["capability"] in options.capability) and any(map(wanted, parts(case)))]
    chosen = {case["capability"] for case in cases}
    required = chosen if "all" in options.require else set(options.require)
    if not required <= chosen:
        parser.error(f"--require {' '.join(sorted(required - chosen))}: no case of it is chosen")
    if not cases:
        parser.error(f"--case {' '.join(options.case)}: of none of these capabilities: {' '.join(options.capability)}")
    if options.unpack:
        for case in cases:
            unpack(case, pathlib.Path(options.unpack))
        return 0
    port = command_port(options.port) if options.port else None
    tally = check(
        port, cases, options.outputs or options.results, wanted, options.jobs,
        (lambda complaint: None) if options.json else print, options.per_call)
    found = summary(tally, required, manifest["kit_version"])
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found, required)
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
