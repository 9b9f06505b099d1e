"""Tests of conform.py, with ports that are a few lines. python3 runner_test.py"""

import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

KIT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(KIT), str(KIT / "python")]

import conform  # noqa: E402
import port  # noqa: E402

# Copies what is expected; skips what it is told to, fails where it is told to: by its status, or of several by marks.
COPY = """
import pathlib, shutil, sys
skipped, failed, *paths = sys.argv[1].split(","), sys.argv[2].split(","), *map(pathlib.Path, sys.argv[3:])
several = len(paths) > 2
for case, output in zip(paths[::2], paths[1::2]):
    if case.name in skipped and several:
        (output / "skipped").touch()
    elif case.name in failed and several:
        (output / "failed").write_text("did not work")
    elif case.name in skipped:
        sys.exit(77)
    elif case.name in failed:
        sys.exit("did not work")
    else:
        shutil.copytree(case.parent.parent / "expected" / case.name, output, dirs_exist_ok=True)
"""
SPLITS, SCHEDULE = ["--capability", "splits"], ["--capability", "splits", "schedule"]


class Runner(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.port = self.scratch / "copy.py"
        self.port.write_text(COPY, "utf-8")

    def conform(self, *options, skipped="", failed=""):
        port_command = shlex.join([sys.executable, str(self.port), skipped or "-", failed or "-"])
        call = [sys.executable, "-B", str(KIT / "conform.py"), "--port", port_command, *options]
        done = subprocess.run(call, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def test_all_passed(self):
        status, out, _ = self.conform(*SCHEDULE)
        self.assertEqual(status, 0)
        self.assertIn("pass  splits: 1 passed, 0 failed, 0 skipped\n", out)
        self.assertIn(f"pass  kit version {version()}: 2 passed, 0 failed, 0 skipped\n", out)

    def test_all_skipped_isNoSuccess(self):
        status, out, _ = self.conform(*SPLITS, skipped="splits")
        self.assertEqual(status, 1)
        self.assertIn("skip  splits: 0 passed, 0 failed, 1 skipped\n", out)
        self.assertIn("0 passed, 0 failed, 1 skipped; expected at least one that passed\n", out)

    def test_some_skipped_isPart(self):
        status, out, _ = self.conform("--capability", "random", skipped="layer-seeds")
        self.assertEqual(status, 0)
        self.assertIn("part  random: 2 passed, 0 failed, 1 skipped\n", out)

    def test_required_skipped_fails(self):
        for required in (["splits"], ["all"], ["schedule", "splits"]):
            status, out, _ = self.conform(*SCHEDULE, "--require", *required, skipped="splits")
            self.assertEqual(status, 1, required)
            self.assertIn("FAIL  splits: 0 passed, 0 failed, 1 skipped, required\n", out)

    def test_unknown_names_areRefused(self):
        for options in (["--capability", "split"], ["--case", "split"], ["--require", "split"], ["--case", "folders-refused/x"]):
            status, _, err = self.conform(*options)
            self.assertEqual(status, 2, options)
            self.assertIn(f"{options[0]} {options[1]}: not in kit version", err)

    def test_required_butNotChosen_isRefused(self):
        status, _, err = self.conform(*SPLITS, "--require", "schedule")
        self.assertEqual(status, 2)
        self.assertIn("--require schedule: no case of it is chosen", err)

    def test_folders_countOneByOne(self):
        folders = case_named("kinds-refused")["folders"]
        status, out, _ = self.conform("--case", "kinds-refused")
        self.assertEqual(status, 0)
        self.assertIn(f"{len(folders)} passed", out)
        status, out, _ = self.conform("--case", "kinds-refused/method", "kinds-refused/part-less")
        self.assertEqual(status, 0)
        self.assertIn(" 2 passed", out)

    def test_failure_ofAListOfFolders_isSaidOnce(self):
        status, out, _ = self.conform("--case", "kinds-refused", failed="kinds-refused")
        self.assertEqual(status, 1)
        self.assertEqual(out.count("did not work"), 1)

    def test_json_hasVerdictsAndComplaints(self):
        status, out, _ = self.conform(*SCHEDULE, "--json", "--jobs", "2", failed="splits")
        self.assertEqual(status, 1)
        found = json.loads(out)
        self.assertEqual((found["kit_version"], found["ok"], found["passed"], found["failed"]), (version(), False, 1, 1))
        self.assertEqual(found["capabilities"]["schedule"]["verdict"], "pass")
        self.assertIn("did not work", found["capabilities"]["splits"]["failed"]["splits"][0])

    def test_results_thatAreThere_areRefused(self):
        self.assertEqual(self.conform(*SPLITS, "--results", str(self.scratch))[0], 2)

    def test_several_casesPerCall_areJudgedOneByOne(self):
        status, out, _ = self.conform(
            "--capability", "random", "splits", "schedule", "--per-call", "3", skipped="splits", failed="layer-seeds")
        self.assertEqual(status, 1)
        self.assertIn("FAIL  random: 2 passed, 1 failed, 0 skipped\n", out)
        self.assertIn("skip  splits: 0 passed, 0 failed, 1 skipped\n", out)
        self.assertIn("pass  schedule: 1 passed, 0 failed, 0 skipped\n", out)
        self.assertIn("layer-seeds: the port failed: did not work\n", out)

    def test_port_ofSeveralCases_marksWhatItHasNot(self):
        for name in ("splits", "schedule"):
            conform.unpack(case_named(name), self.scratch)
            (self.scratch / name).mkdir()
        settings = self.scratch / "cases" / "splits" / "case.json"
        settings.write_text(settings.read_text("utf-8").replace('"splits"', '"knit"'), "utf-8")
        port.main(*(self.scratch / part / name for name in ("splits", "schedule") for part in ("cases", "")))
        self.assertIs(conform.marked(self.scratch / "splits"), False)
        self.assertIsNone(conform.marked(self.scratch / "schedule"))

    def test_unpacked_cases_areThoseOfACall(self):
        folder = self.scratch / "unpacked"
        call = [sys.executable, "-B", str(KIT / "conform.py"), "--unpack", str(folder), "--case", "kinds-refused"]
        self.assertEqual(subprocess.run(call).returncode, 0)
        found = {path.name for path in (folder / "cases" / "kinds-refused").iterdir()}
        self.assertEqual(found, {"case.json", *case_named("kinds-refused")["folders"]})
        outputs = self.scratch / "outputs"
        shutil.copytree(folder / "expected", outputs)
        call[3:5] = ["--outputs", str(outputs)]
        self.assertEqual(subprocess.run(call, capture_output=True).returncode, 0)


class Folders(unittest.TestCase):
    """What is compared of an adapter folder beside its tensors."""

    def setUp(self):
        scratch = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        conform.unpack(case_named("write-escapes"), scratch)
        self.expected, self.found = scratch / "expected" / "write-escapes" / "adapter", scratch / "adapter"
        shutil.copytree(self.expected, self.found)
        self.config = self.found / "adapter_config.json"

    def compare(self):
        conform.compare_folders(self.expected, self.found, True, 0)

    def rewrite(self, change):
        root = port.read_json(self.config.read_text("utf-8"))
        change(root)
        self.config.write_bytes(port.json_bytes(root))

    def test_escapes_areNoEndOfAString(self):
        self.compare()
        self.assertIn(rb"\\", self.config.read_bytes())
        self.assertEqual(conform.seal(self.config.read_bytes()), port.seal(self.config.read_bytes()))

    def test_seal_whiteSpace_countsInStringsAlone(self):
        for text, other, same in (
                (rb'{"a": "\\ ", "b" :1}', rb'{"a":"\\ ","b":1}', True),
                (rb'{"a": "\\  ", "b" :1}', rb'{"a":"\\ ","b":1}', False),
                (rb'{"a": "\" : ", "b" :1}', rb'{"a":"\" :","b":1}', False),
                (rb'{"a": "\"", "b" : 1}', rb'{"a":"\"","b":1}', True)):
            tensors = b', "tensors": {}}'
            self.assertEqual(conform.seal(text[:-1] + tensors) == conform.seal(other[:-1] + tensors), same, text)
            self.assertEqual(conform.seal(text[:-1] + tensors), port.seal(text[:-1] + tensors), text)

    def test_library_version_mustBeThere(self):
        self.rewrite(lambda root: root.pop("library_version"))
        self.assertRaisesRegex(conform.Wrong, "library_version: found None, expected a string", self.compare)

    def test_integer_hasNoFraction(self):
        self.rewrite(lambda root: root["adapters"][0].update(r=float(root["adapters"][0]["r"])))
        self.assertRaisesRegex(conform.Wrong, r"adapters\[0\].r: found 3.0, expected an integer", self.compare)

    def test_constant_thatIsNoJson(self):
        self.rewrite(lambda root: root["adapters"][0].update(alpha=float("nan")))
        self.assertRaisesRegex(conform.Wrong, "NaN is not JSON", self.compare)


def version():
    return conform.read_json(KIT / "manifest.json")["kit_version"]


def case_named(name):
    return next(case for case in conform.read_manifest()["cases"] if case["name"] == name)


if __name__ == "__main__":
    unittest.main()
