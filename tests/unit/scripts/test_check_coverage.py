import json
import subprocess
import sys

import pytest

from tests.support.scripts import ROOT, load_script

gate = load_script("check_coverage")

WHOLE = {"missing_lines": [], "missing_branches": []}


def report(**files):
    return {
        "meta": {"branch_coverage": True},
        "files": {f"zkcompanion/{name}.py": data for name, data in files.items()},
    }


@pytest.fixture
def root(tmp_path):
    (tmp_path / "zkcompanion").mkdir()
    for name in ("a", "b"):
        (tmp_path / "zkcompanion" / f"{name}.py").write_text("")
    return tmp_path


def test_whole_modules_pass(root):
    assert list(gate.problems(report(a=WHOLE, b=WHOLE), ["zkcompanion/a.py", "zkcompanion/b.py"], root)) == []


def test_missing_lines_and_branches_are_named(root):
    data = {"missing_lines": [3, 8, 7, 9], "missing_branches": [[3, 8], [12, -1], [20, 22]]}
    assert list(gate.problems(report(a=data), ["zkcompanion/a.py"], root)) == [
        "zkcompanion/a.py: lines 3, 7-9 are never run",
        "zkcompanion/a.py: branches 12->exit, 20->22 are never taken",
    ]


def test_a_module_that_is_gone_unmeasured_or_listed_twice_fails(root):
    listed = ["zkcompanion/gone.py", "zkcompanion/a.py", "zkcompanion/a.py"]
    assert list(gate.problems(report(), listed, root)) == [
        "zkcompanion/a.py: listed twice",
        "zkcompanion/gone.py: listed, but there is no such file",
        "zkcompanion/a.py: no test imports it",
        "zkcompanion/a.py: no test imports it",
    ]


def test_a_report_without_branches_fails(root):
    assert "without branch coverage" in next(gate.problems({"meta": {}, "files": {}}, [], root))


def test_comments_and_blank_lines_are_no_paths():
    assert gate.critical_paths("# head\n\na.py  # why\n b.py\n") == ["a.py", "b.py"]


def test_every_listed_module_exists():
    listed = gate.critical_paths(gate.LIST.read_text())
    assert listed
    assert [name for name in listed if not (ROOT / name).is_file()] == []


def test_the_gate_reads_a_real_report_and_its_exit_code_says_so(tmp_path):
    (tmp_path / "sample.py").write_text("import sys\nif len(sys.argv) > 1:\n    print(1)\nprint(2)\n")
    env = {"COVERAGE_FILE": str(tmp_path / "data"), "PATH": ""}
    for words in (["run", "--branch", "sample.py"], ["json", "-o", "report.json"]):
        subprocess.run(
            [sys.executable, "-m", "coverage", *words],
            cwd=tmp_path,
            env=env,
            check=True,
            capture_output=True,
            timeout=60,
        )
    made = json.loads((tmp_path / "report.json").read_text())
    assert list(gate.problems(made, ["sample.py"], tmp_path)) == [
        "sample.py: lines 3 are never run",
        "sample.py: branches 2->3 are never taken",
    ]
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check_coverage.py", tmp_path / "report.json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "no test imports it" in done.stdout
