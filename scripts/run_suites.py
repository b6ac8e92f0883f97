"""Runs every suite in order, one line each, and closes with a table and the sums; called by run_regression_tests.sh.

A suite is a list of checks (commands that exit 0) or a run of pytest. Its output is kept in a file and shown where it
failed. Going over a budget is a warning, never a failure: machines differ.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
NO_TESTS_COLLECTED = 5
SHOWN_LINES = 150
SHOWN_TESTS = 5

#: Folders of tests that have a suite of their own; every other folder belongs to "unit".
OWN_FOLDERS = ("architecture", "generated", "gui", "integration", "packaging")

#: Signals that tests send, with what a process does with them when nobody has told it otherwise.
_HEARD: dict[int, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGQUIT: signal.SIG_DFL,
}


@dataclass(frozen=True)
class Suite:
    """What to run. `checks`: commands, each counted once. `paths`, `marks`: a run of pytest, its tests counted.

    `plugins` are loaded into that run.
    """

    name: str
    budget_s: float
    checks: tuple[tuple[str, ...], ...] = ()
    paths: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    marks: str = ""
    covered: bool = False
    required: bool = False
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """What came out; `reasons` counts why tests were skipped, `slowest` is (seconds, name) of some tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""
    reasons: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """One word or two for the line of the suite."""
        if self.failed:
            return "FAILED"
        if not self.passed:
            return "skipped" if self.skipped else "no tests yet"
        return "passed"


SUITES = (
    Suite(
        "format and lint", 30, checks=(("ruff", "format", "--check", "--quiet", "."), ("ruff", "check", "--quiet", "."))
    ),
    Suite("types", 90, checks=(("mypy",),)),
    Suite("house rules", 20, checks=((str(ROOT / "scripts" / "check_house_rules.py"),),)),
    Suite("architecture", 60, paths=("tests/architecture",), required=True),
    Suite("generated files", 120, paths=("tests/generated",)),
    Suite(
        "unit and properties",
        500,
        paths=("tests",),
        ignored=tuple(f"tests/{name}" for name in OWN_FOLDERS),
        marks="not node and not external",
        covered=True,
        required=True,
    ),
    Suite(
        "reference mode",
        120,
        paths=("tests",),
        marks="reference_mode and not node and not external",
        environment={"ZKC_TEST_KERNELS": "reference"},
    ),
    Suite("integration", 240, paths=("tests/integration",), marks="not node and not external", covered=True),
    Suite("window", 200, paths=("tests/gui",), plugins=("pytestqt.plugin",)),
    Suite("interoperability (node)", 160, paths=("tests",), marks="node"),
    Suite("external vectors", 60, paths=("tests",), marks="external and not node"),
    Suite("packaging", 90, paths=("tests/packaging",), required=True),
    Suite("coverage gate", 30, checks=((str(ROOT / "scripts" / "check_coverage.py"), "{coverage_json}"),)),
)


class Runner:
    """Runs suites with one work folder for their logs, coverage and the home that they share."""

    def __init__(self, work: Path, *, nightly: bool) -> None:
        self.work = work
        self.nightly = nightly
        (work / "coverage").mkdir()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")} | {
            "ZKC_TEST_HOME": str(work / "home"),
            "COVERAGE_FILE": str(work / "coverage" / "data"),
            "PATH": f"{Path(PYTHON).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "QT_QPA_PLATFORM": "offscreen",
        }
        self.environment.pop("ZKC_NIGHTLY", None)
        if nightly:
            self.environment["ZKC_NIGHTLY"] = "1"

    def run(self, suite: Suite) -> Result:
        """Run one suite."""
        start = time.monotonic()
        log = self.work / f"{suite.name.replace(' ', '-')}.log"
        result = self._run_checks(suite, log) if suite.checks else self._run_pytest(suite, log)
        result.seconds = time.monotonic() - start
        if result.failed:
            _show_end(log)
        return result

    def _run_checks(self, suite: Suite, log: Path) -> Result:
        result = Result()
        report = self.work / "coverage.json"
        if "{coverage_json}" in suite.checks[0] and not self._combine_coverage(report, log):
            return Result(note="no suite measured coverage")
        for check in suite.checks:
            words = [word.format(coverage_json=report) for word in check]
            command = [PYTHON, *words] if words[0].endswith(".py") else [PYTHON, "-m", *words]
            if self._call(command, suite, log) == 0:
                result.passed += 1
            else:
                result.failed += 1
        return result

    def _run_pytest(self, suite: Suite, log: Path) -> Result:
        if not all((ROOT / path).is_dir() for path in suite.paths):
            return Result()
        report = self.work / f"{log.stem}.xml"
        marks = " and ".join(f"({part})" for part in (suite.marks, "" if self.nightly else "not nightly") if part)
        command = [
            PYTHON,
            *(["-m", "coverage", "run", "--parallel-mode"] if suite.covered else []),
            "-m",
            "pytest",
            "-q",
            "--tb=short",
        ]
        command += [
            f"--junitxml={report}",
            "-p",
            "no:cacheprovider",
            "--continue-on-collection-errors",
            *(["-m", marks] if marks else []),
            *(word for plugin in suite.plugins for word in ("-p", plugin)),
        ]
        command += [*(f"--ignore={path}" for path in suite.ignored), *suite.paths]
        code = self._call(command, suite, log)
        result = read_report(report)
        if code == NO_TESTS_COLLECTED and not suite.required:
            return result
        ran = result.passed + result.skipped
        if (code != 0 or not ran) and result.failed == 0:  # a process that ends in the middle writes no report
            result.failed = 1
            result.note = "time is up" if code == -signal.SIGKILL else f"pytest ended with {code}"
        return result

    def _combine_coverage(self, report: Path, log: Path) -> bool:
        if not any((self.work / "coverage").iterdir()):
            return False
        suite = SUITES[-1]
        combined = self._call([PYTHON, "-m", "coverage", "combine", "--quiet"], suite, log) == 0
        return (
            combined and self._call([PYTHON, "-m", "coverage", "json", "--quiet", "-o", str(report)], suite, log) == 0
        )

    def _call(self, command: list[str], suite: Suite, log: Path) -> int:
        """Run `command` with its output added to `log`; a suite that hangs is ended with all its processes."""
        for number, usual in _HEARD.items():
            # a shell or nohup starts background jobs so, and children inherit it: tests of signals would never end
            if signal.getsignal(number) is signal.SIG_IGN:
                signal.signal(number, usual)
        limit_s = None if self.nightly else max(3 * suite.budget_s, 300)
        with log.open("ab") as stream:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment | suite.environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return process.wait(timeout=limit_s)
            except subprocess.TimeoutExpired:
                return -signal.SIGKILL
            finally:
                _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End whatever the suite left running, so that it does not slow the next one."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def _show_end(log: Path) -> None:
    lines = log.read_text(errors="replace").splitlines()
    if len(lines) > SHOWN_LINES:
        print(f"    ... {len(lines) - SHOWN_LINES} lines before")
    for line in lines[-SHOWN_LINES:]:
        print(f"    {line}")


def read_report(path: Path) -> Result:
    """Counts and skip reasons of a JUnit report; nothing where pytest could not write one."""
    result = Result()
    if not path.is_file():
        return result
    for case in ET.parse(path).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        result.slowest.append((float(case.get("time", 0)), f"{case.get('classname')}::{case.get('name')}"))
        if kinds & {"failure", "error"}:
            result.failed += 1
        elif "skipped" in kinds:
            result.skipped += 1
            reason = case.find("skipped")
            result.reasons["" if reason is None else reason.get("message", "")] += 1
        else:
            result.passed += 1
    result.slowest = sorted(result.slowest, reverse=True)[:SHOWN_TESTS]
    return result


def line_of(suite: Suite, result: Result, budget_s: float) -> str:
    """`name  seconds  budget  verdict and counts`."""
    counts = f"{result.passed} passed"
    counts += f", {result.failed} failed" if result.failed else ""
    counts += f", {result.skipped} skipped" if result.skipped else ""
    text = f"{suite.name:<25} {result.seconds:7.1f} s  of {budget_s:6.0f} s  {result.verdict}"
    text += f" ({counts})" if result.passed or result.failed or result.skipped else ""
    return text + (f" [{result.note}]" if result.note else "")


def main() -> int:
    """Run what is asked for; 1 where anything failed."""
    parser = argparse.ArgumentParser(description="Run every test suite.")
    parser.add_argument("--nightly", action="store_true", help="the same suites in their long form")
    parser.add_argument("--only", action="append", metavar="NAME", help="suites whose name begins so; may be repeated")
    options = parser.parse_args()
    chosen = [suite for suite in SUITES if not options.only or suite.name.startswith(tuple(options.only))]
    if not chosen:
        parser.error(f"no such suite; there are: {', '.join(suite.name for suite in SUITES)}")
    stretch = 20 if options.nightly else 1
    work = Path(tempfile.mkdtemp(prefix="zkc-suites-"))
    results: list[tuple[Suite, Result]] = []
    try:
        runner = Runner(work, nightly=options.nightly)
        for suite in chosen:
            result = runner.run(suite)
            results.append((suite, result))
            print(line_of(suite, result, stretch * suite.budget_s), flush=True)
            if result.seconds > stretch * suite.budget_s:
                print(f"    warning: over its budget of {stretch * suite.budget_s:.0f} s; the slowest tests:")
                for seconds, name in result.slowest:
                    print(f"    {seconds:7.1f} s  {name}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _close(results, stretch)


def _close(results: list[tuple[Suite, Result]], stretch: int) -> int:
    print("\nSummary")
    reasons: Counter[str] = Counter()
    for suite, result in results:
        print(f"  {line_of(suite, result, stretch * suite.budget_s)}")
        reasons += result.reasons
    total = Result(seconds=sum(result.seconds for _, result in results))
    for _, result in results:
        total.passed, total.failed = total.passed + result.passed, total.failed + result.failed
        total.skipped += result.skipped
    budget_s = stretch * sum(suite.budget_s for suite, _ in results)
    print(f"  {'all':<25} {total.seconds:7.1f} s  of {budget_s:6.0f} s")
    for reason, count in sorted(reasons.items()):
        print(f"  skipped {count}: {reason}")
    print(f"{total.passed} passed, {total.failed} failed" + (f", {total.skipped} skipped" if total.skipped else ""))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
