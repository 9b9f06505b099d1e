"""Wrong ports made by machine: port.py, extras.py and imports.py with one expression or statement changed.

    python3 machine.py [KIND]... [--jobs N] [--sample N] [--list]

For each kind it prints how many mutants there are, how many failed a case, and the others, by module and line. Without
a KIND it makes checks alone, and ends with status 1 if one survives that SURVIVORS does not explain. A mutant runs the
cases that reach its line, until one fails.

    checks       a check left out, or one of the conditions that it joins
    conditions   a condition of an `if`, of `and` and `or`, or of a comprehension, made true or false
    bounds       < for <=, > for >=, and the other way round
    constants    a number that is one more; a power of ten, another
    arithmetic   + for -, * for /, and the other way round
"""

import argparse
import ast
import collections
import concurrent.futures
import os
import pathlib
import signal
import sys
import tempfile
import time
import types

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

import conform  # noqa: E402

MODULES = ("port", "extras", "imports")
CHECKS = ("require", "configured", "fits", "whole", "only")
KINDS = ("checks", "conditions", "bounds", "constants", "arithmetic")
LIMIT = 20  # Seconds for a case, of a mutant that goes on for ever.

# Mutants of checks that pass all cases, with the reason.
SURVIVORS = {
    ("port", "parameters → True"): "a head without arrays is refused where it meets the task, with the same reason",
    ("extras", "min(array.shape) > 0 → True"): "the kit has no adapter folder with a tensor without numbers",
    ("extras", "port.require(s * most <= 1 << 28, 'tensor-shape')"): "factors beyond the limit have 130 kB at least",
    ("imports", "min(parts[name].shape) > 0 → True"): "the kit has no file of PEFT with a tensor without numbers",
    ("imports", "name.endswith('weight') → False"): "a weight has as many rows as itself",
}

Mutant = collections.namedtuple("Mutant", "kind module line text change")


def source(module):
    return (HERE / f"{module}.py").read_text("utf-8")


def called(node):
    """The name of the function that a call is of."""
    if not isinstance(node, ast.Call):
        return None
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)


OTHER_BOUND = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OTHER_OPERATION = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}


def changes(node, in_check):
    """What a node may become: kind, text, and a function that changes a copy of it or gives another."""
    if isinstance(node, ast.Expr) and called(node.value) in CHECKS:
        yield "checks", ast.unparse(node), lambda copied: ast.Pass()
    if isinstance(node, ast.BoolOp):
        for i, value in enumerate(node.values):
            constant = isinstance(node.op, ast.And)
            yield "checks" if in_check else "conditions", f"{ast.unparse(value)} → {constant}", exchange(i, constant)
    if isinstance(node, (ast.If, ast.IfExp)) and not in_check:
        for constant in (True, False):
            yield "conditions", f"{ast.unparse(node.test)} → {constant}", tested(constant)
    if isinstance(node, ast.comprehension) and node.ifs:
        yield "conditions", f"{ast.unparse(node.ifs[0])} → True", unfiltered
    if isinstance(node, ast.Compare):
        for i, operation in enumerate(node.ops):
            if type(operation) in OTHER_BOUND:
                other = OTHER_BOUND[type(operation)]
                yield "bounds", f"{ast.unparse(node)} → {other.__name__}", compared(i, other())
    if isinstance(node, ast.BinOp) and type(node.op) in OTHER_OPERATION:
        other = OTHER_OPERATION[type(node.op)]
        yield "arithmetic", f"{ast.unparse(node)} → {other.__name__}", operated(other())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        other = node.value + 1 if type(node.value) is int or 0.1 < abs(node.value) < 1e3 else node.value * 10
        yield "constants", f"{node.value} → {other}", lambda copied: ast.Constant(other)


def exchange(i, constant):
    def change(node):
        node.values[i] = ast.Constant(constant)
        return node

    return change


def tested(constant):
    def change(node):
        node.test = ast.Constant(constant)
        return node

    return change


def unfiltered(node):
    node.ifs = node.ifs[1:]
    return node


def compared(i, operation):
    def change(node):
        node.ops[i] = operation
        return node

    return change


def operated(operation):
    def change(node):
        node.op = operation
        return node

    return change


def statements(tree):
    """Every statement of a function, with its nodes up to the next inner statement."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name not in CHECKS + ("main",):
            yield from (node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function)


def nodes_of(statement):
    """A statement and its expressions, but not the statements in it; whether each is part of a check."""
    waiting = [(statement, False)]
    while waiting:
        node, in_check = waiting.pop()
        yield node, in_check
        in_check = in_check or called(node) in CHECKS
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.stmt, ast.ExceptHandler)):
                waiting.append((child, in_check))


def mutants(kinds):
    for module in MODULES:
        tree = ast.parse(source(module))
        seen = set()
        for statement in statements(tree):
            if id(statement) in seen:
                continue
            seen.add(id(statement))
            for node, in_check in nodes_of(statement):
                if isinstance(node, ast.Constant) and isinstance(node.value, bool):
                    continue
                for kind, text, change in changes(node, in_check):
                    if kind in kinds:
                        yield Mutant(kind, module, getattr(node, "lineno", statement.lineno), text, (tree, node, change))


def loaded(module=None, tree=None):
    """The three modules anew, one of them from another tree."""
    made = {}
    for name in MODULES:
        made[name] = types.ModuleType(name)
        made[name].__file__ = str(HERE / f"{name}.py")
    sys.modules.update(made)
    for name in MODULES:
        code = compile(tree if name == module else source(name), f"{name}.py", "exec")
        exec(code, made[name].__dict__)
    return made["port"]


def swapped(mutant):
    """The module's tree with the node changed in place, and how to change it back."""
    tree, node, change = mutant.change
    parent, field, at = place(tree, node)
    new = ast.fix_missing_locations(ast.copy_location(change(shallow(node)), node))
    if at is None:
        setattr(parent, field, new)
        return tree, lambda: setattr(parent, field, node)
    getattr(parent, field)[at] = new
    return tree, lambda: getattr(parent, field).__setitem__(at, node)


def shallow(node):
    """A copy whose lists may be changed."""
    return type(node)(**{
        name: list(value) if isinstance(value, list) else value for name, value in ast.iter_fields(node)})


def place(tree, wanted):
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is wanted:
                return parent, field, None
            if isinstance(value, list):
                for at, child in enumerate(value):
                    if child is wanted:
                        return parent, field, at
    raise ValueError(ast.dump(wanted))


class TooLong(Exception):
    """A case of a mutant that goes on for ever."""


def too_long(*_):
    raise TooLong


def run(port, case, root):
    """Whether a port passes a case, of those that are unpacked to a folder."""
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LIMIT)
    try:
        with tempfile.TemporaryDirectory() as scratch, np.errstate(all="ignore"):
            folder = pathlib.Path(scratch)
            if port.main(root / "cases" / case["name"], folder) == conform.SKIPPED:
                return False
            return not conform.compare(case["outputs"], root / "expected" / case["name"], folder)
    except Exception:  # A wrong port may end in any way.
        return False
    finally:
        signal.alarm(0)


def reached(cases, root):
    """The lines of each module that each case reaches, and how long it takes; all are unpacked to a folder."""
    lines, seconds = {}, {}
    for case in cases:
        conform.unpack(case, root)
        port = loaded()
        found = lines.setdefault(case["name"], set())
        names = {f"{name}.py": name for name in MODULES}

        def trace(frame, event, argument):
            module = names.get(frame.f_code.co_filename)
            if module is None:
                return None
            if event in ("line", "call"):
                found.add((module, frame.f_lineno))
            return trace

        begun = time.perf_counter()
        sys.settrace(trace)
        try:
            right = run(port, case, root)
        finally:
            sys.settrace(None)
        seconds[case["name"]] = time.perf_counter() - begun
        if not right:
            sys.exit(f"{case['name']}: the port itself fails")
    return lines, seconds


def statement_lines(mutant):
    tree, node, _ = mutant.change
    owner = node
    while not isinstance(owner, ast.stmt):
        owner = place(tree, owner)[0]
    last = owner.body[0].lineno - 1 if getattr(owner, "body", None) and isinstance(owner.body, list) else owner.end_lineno
    return {(mutant.module, line) for line in range(owner.lineno, max(last, owner.lineno) + 1)}


def caught(mutant, cases, root):
    """The first case that fails, or None."""
    tree, restore = swapped(mutant)
    try:
        port = loaded(mutant.module, tree)
    except Exception:
        return "at once"
    finally:
        restore()
    return next((case["name"] for case in cases if not run(port, case, root)), None)


def judge(part):
    """Each mutant of a part of all, with what caught it."""
    number, of, kinds, sample, lines, seconds, root = part
    cases = conform.read_manifest()["cases"]
    cases.sort(key=lambda case: seconds[case["name"]])
    found = []
    for i, mutant in enumerate(chosen(kinds, sample)):
        if i % of == number:
            touched = statement_lines(mutant)
            by = caught(mutant, [case for case in cases if lines[case["name"]] & touched], root)
            found.append((i, mutant[:4], by))
    return found


def chosen(kinds, sample):
    """All mutants, or so many of each kind, spread evenly."""
    everything = collections.defaultdict(list)
    for mutant in mutants(kinds):
        everything[mutant.kind].append(mutant)
    for kind in kinds:
        them = everything[kind]
        step = max(1, len(them) / sample) if sample else 1
        yield from (them[int(i * step)] for i in range(int(len(them) / step)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--sample", type=int, default=0, help="so many of each kind; all by default")
    parser.add_argument("--list", action="store_true", help="print the mutants, run none")
    options = parser.parse_args()
    if not set(options.kinds) <= set(KINDS):
        parser.error(f"{' '.join(options.kinds)}: expected of {', '.join(KINDS)}")
    kinds = options.kinds or ["checks"]
    if options.list:
        for mutant in chosen(kinds, options.sample):
            print(f"{mutant.kind} {mutant.module}.py:{mutant.line} {mutant.text}")
        return 0
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as unpacked:
        root = pathlib.Path(unpacked)
        lines, seconds = reached(conform.read_manifest()["cases"], root)
        parts = [(i, options.jobs, kinds, options.sample, lines, seconds, root) for i in range(options.jobs)]
        if options.jobs == 1:
            found = judge(parts[0])
        else:
            with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
                found = [one for part in pool.map(judge, parts) for one in part]
    unexplained = 0
    for kind in kinds:
        of_kind = [(mutant, by) for _, mutant, by in sorted(found) if mutant[0] == kind]
        left = [mutant for mutant, by in of_kind if by is None]
        print(f"{kind}: {len(of_kind)} mutants, {len(of_kind) - len(left)} caught, {len(left)} survive")
        for _, module, line, text in left:
            reason = SURVIVORS.get((module, text))
            unexplained += kind == "checks" and reason is None
            print(f"  {module}.py:{line} {text}" + (f": {reason}" if reason else ""))
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
