"""Runs every suite, one line each, and closes with a table and the sums; called by run_regression_tests.sh.

A suite is a list of checks (commands that exit 0) or a run of pytest. Its output is kept in a file and shown where it
failed. Going over a budget is a warning, never a failure: machines differ. Suites that measure no time and use one core
run two at a time, the others alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
NO_TESTS_COLLECTED = 5
SHOWN_LINES = 150
SHOWN_TESTS = 5
#: Suites that run side by side, where there are as many cores.
LANES = 2

#: Folders of tests that have a suite of their own; every other folder belongs to "unit".
OWN_FOLDERS = ("architecture", "generated", "gui", "integration", "leaks", "packaging")

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

    `plugins` are loaded into that run. `shares`: it may run beside another: nothing in it is a matter of time.
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
    shares: bool = False
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


_HERE = "not node and not external"

SUITES = (
    Suite(
        "format and lint",
        30,
        checks=(("ruff", "format", "--check", "--quiet", "."), ("ruff", "check", "--quiet", ".")),
        shares=True,
    ),
    Suite("types", 40, checks=(("mypy",),), shares=True),
    Suite("house rules", 20, checks=((str(ROOT / "scripts" / "check_house_rules.py"),),), shares=True),
    Suite("architecture", 60, paths=("tests/architecture",), required=True, shares=True),
    Suite("generated files", 60, paths=("tests/generated",), shares=True),
    Suite(
        "mathematics and formats",
        600,
        paths=("tests/unit/proving",),
        marks=_HERE,
        covered=True,
        required=True,
        shares=True,
    ),
    Suite(
        "unit and properties",
        600,
        paths=("tests",),
        ignored=("tests/unit/proving", *(f"tests/{name}" for name in OWN_FOLDERS)),
        marks=_HERE,
        covered=True,
        required=True,
        shares=True,
    ),
    Suite(
        "command line",
        300,
        paths=("tests/integration",),
        marks=f"beside and {_HERE}",
        covered=True,
        required=True,
        shares=True,
    ),
    # without coverage, whose records of what ran grow
    Suite("leaks", 60, paths=("tests/leaks",), required=True, shares=True),
    Suite(
        "reference mode",
        50,
        paths=("tests",),
        marks=f"reference_mode and {_HERE}",
        environment={"ZKC_TEST_KERNELS": "reference"},
        shares=True,
    ),
    Suite("interoperability (node)", 160, paths=("tests",), marks="node", shares=True),
    Suite("external vectors", 60, paths=("tests",), marks="external and not node", shares=True),
    Suite("packaging", 40, paths=("tests/packaging",), required=True),
    Suite("integration", 300, paths=("tests/integration",), marks=f"not beside and {_HERE}", covered=True),
    Suite("window", 260, paths=("tests/gui",), plugins=("pytestqt.plugin",)),
    Suite("coverage gate", 30, checks=((str(ROOT / "scripts" / "check_coverage.py"), "{coverage_json}"),)),
)


class Runner:
    """Runs suites with one work folder for their logs, coverage and the home that they share."""

    def __init__(self, work: Path, *, nightly: bool) -> None:
        self.work = work
        self.nightly = nightly
        (work / "coverage").mkdir()
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False
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
            with self._lock:
                _show_end(log)
        return result

    def warm(self) -> None:
        """Compile kernels into the home that the suites share: while coverage is measured it takes much longer."""
        home = {"ZKCOMPANION_HOME": str(self.work / "home"), "PYTHONPATH": str(ROOT)}
        warmed = Suite("kernels", 100, environment=home)
        for family in ("auto", "scalar"):
            command = [PYTHON, "-P", "-m", "zkcompanion", "cache", "warm", "--kernels", family, "--quiet"]
            self._call(command, warmed, self.work / "kernels.log")

    def stop(self) -> None:
        """End what runs; nothing begins after it."""
        with self._lock:
            self._stopped = True
            running = set(self._running)
        for process in running:
            _end_group(process)

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
        limit_s = None if self.nightly else max(3 * suite.budget_s, 300)
        with log.open("ab") as stream:
            with self._lock:
                if self._stopped:
                    return -signal.SIGTERM
                process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.environment | suite.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._running.add(process)
            try:
                return process.wait(timeout=limit_s)
            except subprocess.TimeoutExpired:
                return -signal.SIGKILL
            finally:
                _end_group(process)
                with self._lock:
                    self._running.discard(process)


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
    hear_signals()
    began = time.monotonic()
    work = Path(tempfile.mkdtemp(prefix="zkc-suites-"))
    try:
        runner = Runner(work, nightly=options.nightly)
        if any(suite.paths for suite in chosen):
            runner.warm()
        results = run_all(runner, chosen, lambda suite, result: _print_line(suite, result, stretch))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _close(results, stretch, time.monotonic() - began)


def hear_signals() -> None:
    """Undo what a shell does for background jobs: children inherit it, and tests of signals would never end."""
    for number, usual in _HEARD.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def run_all(runner: Runner, chosen: list[Suite], tell: Callable[[Suite, Result], None]) -> list[tuple[Suite, Result]]:
    """Those that share first, two at a time and the longest first, then the others. What came out, in order."""
    found: dict[str, Result] = {}

    def run(suite: Suite) -> None:
        result = runner.run(suite)
        found[suite.name] = result
        tell(suite, result)

    sharing = sorted((suite for suite in chosen if suite.shares), key=lambda suite: -suite.budget_s)
    lanes = ThreadPoolExecutor(min(LANES, os.cpu_count() or 1))
    try:
        for ran in [lanes.submit(run, suite) for suite in sharing]:
            ran.result()
        for suite in chosen:
            if not suite.shares:
                run(suite)
    finally:
        runner.stop()
        lanes.shutdown(cancel_futures=True)
    return [(suite, found[suite.name]) for suite in chosen]


def _print_line(suite: Suite, result: Result, stretch: int) -> None:
    lines = [line_of(suite, result, stretch * suite.budget_s)]
    if result.seconds > stretch * suite.budget_s:
        lines.append(f"    warning: over its budget of {stretch * suite.budget_s:.0f} s; the slowest tests:")
        lines += [f"    {seconds:7.1f} s  {name}" for seconds, name in result.slowest]
    print("\n".join(lines), flush=True)


def budget_of_all(suites: list[Suite]) -> float:
    """Seconds on two cores: those that share take half of their sum, or as long as the longest."""
    sharing = [suite.budget_s for suite in suites if suite.shares]
    shared_s = max(sum(sharing) / LANES, max(sharing, default=0.0))
    return shared_s + sum(suite.budget_s for suite in suites if not suite.shares)


def _close(results: list[tuple[Suite, Result]], stretch: int, seconds: float) -> int:
    print("\nSummary")
    reasons: Counter[str] = Counter()
    for suite, result in results:
        print(f"  {line_of(suite, result, stretch * suite.budget_s)}")
        reasons += result.reasons
    total = Result(seconds=seconds)
    for _, result in results:
        total.passed, total.failed = total.passed + result.passed, total.failed + result.failed
        total.skipped += result.skipped
    budget_s = stretch * budget_of_all([suite for suite, _ in results])
    print(f"  {'all':<25} {total.seconds:7.1f} s  of {budget_s:6.0f} s")
    for reason, count in sorted(reasons.items()):
        print(f"  skipped {count}: {reason}")
    print(f"{total.passed} passed, {total.failed} failed" + (f", {total.skipped} skipped" if total.skipped else ""))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
