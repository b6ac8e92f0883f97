import os
import re
import select
import signal
import sys
import threading

import pytest

from tests.support.scripts import ROOT, load_script

suites = load_script("run_suites")
Suite, Result = suites.Suite, suites.Result


@pytest.fixture
def runner(tmp_path, monkeypatch):
    """A runner over a small project of its own, with this Python."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\nmarkers = ["nightly: long", "node: peer"]\naddopts = "-p no:pytest-qt"\n'
    )
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(suites, "ROOT", project)
    return suites.Runner(tmp_path / "work", nightly=False)


def add_tests(name, text):
    path = suites.ROOT / "tests" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("import pytest\n" + text)


def test_tests_are_counted_by_what_became_of_them(runner):
    add_tests(
        "test_a.py",
        "def test_good(): pass\n"
        "def test_bad(): assert 0\n"
        "@pytest.mark.skip(reason='no peer')\ndef test_skipped(): pass\n"
        "@pytest.fixture\ndef broken(): raise OSError\n"
        "def test_error(broken): pass\n"
        "@pytest.mark.nightly\ndef test_long(): assert 0\n",
    )
    result = runner.run(Suite("unit", 60, paths=("tests",)))
    assert (result.passed, result.failed, result.skipped, result.verdict) == (1, 2, 1, "FAILED")
    assert dict(result.reasons) == {"no peer": 1}


def test_a_file_that_cannot_be_imported_fails_and_the_others_run(runner):
    add_tests("test_a.py", "import nothing_of_this_name\n")
    add_tests("test_b.py", "def test_good(): pass\n")
    result = runner.run(Suite("unit", 60, paths=("tests",)))
    assert (result.passed, result.failed) == (1, 1)


@pytest.mark.parametrize(("required", "verdict"), [(False, "no tests yet"), (True, "FAILED")])
def test_no_tests_never_count_as_a_pass(runner, required, verdict):
    add_tests("test_a.py", "def test_good(): pass\n")
    result = runner.run(Suite("peers", 60, paths=("tests",), marks="node", required=required))
    assert (result.passed, result.verdict) == (0, verdict)


def test_a_folder_that_does_not_exist_has_no_tests_yet(runner):
    assert runner.run(Suite("later", 60, paths=("tests/later",))).verdict == "no tests yet"


def test_a_suite_that_was_skipped_whole_says_so(runner):
    add_tests("test_a.py", "@pytest.mark.skip(reason='no Node.js')\ndef test_peer(): pass\n")
    result = runner.run(Suite("peers", 60, paths=("tests",)))
    assert suites.line_of(Suite("peers", 60), result, 60).endswith("skipped (0 passed, 1 skipped)")


def test_an_interpreter_that_dies_is_a_failure(runner):
    for last_words, note in (("os._exit(0)", "pytest ended with 0"), ("os.abort()", "pytest ended with -6")):
        add_tests("test_a.py", f"import os\ndef test_dies(): {last_words}\n")
        result = runner.run(Suite("unit", 60, paths=("tests",)))
        assert (result.failed, result.note) == (1, note)


def test_checks_are_counted_and_their_output_is_shown(runner, capsys):
    suite = Suite("checks", 60, checks=(("json.tool", "--help"), ("json.tool", "missing.json")))
    result = runner.run(suite)
    assert (result.passed, result.failed) == (1, 1)
    assert "missing.json" in capsys.readouterr().out


def test_a_suite_that_hangs_is_ended_with_its_children(runner, monkeypatch):
    monkeypatch.setattr(suites, "max", lambda *_limits: 2, raising=False)
    add_tests(
        "test_a.py",
        "import subprocess, sys, threading\n"
        "def test_hangs():\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import threading; threading.Event().wait()'])\n"
        "    open('child.pid', 'w').write(str(child.pid))\n"
        "    threading.Event().wait()\n",
    )
    result = runner.run(Suite("unit", 60, paths=("tests",)))
    assert (result.failed, result.note) == (1, "time is up")
    assert has_ended(int((suites.ROOT / "child.pid").read_text()))


def has_ended(pid):
    """Within some seconds: a process that was killed still has to get its turn on a busy machine to die."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 20)[0])
    finally:
        os.close(process)


def test_suites_hear_ctrl_c_even_where_a_shell_put_the_run_in_the_background(runner):
    add_tests(
        "test_a.py",
        "import signal\ndef test_a():\n    for n in (1, 2, 3, 15): assert signal.getsignal(n) is not signal.SIG_IGN\n",
    )
    before = {
        n: signal.signal(n, signal.SIG_IGN) for n in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
    }
    try:
        suites.hear_signals()
        assert runner.run(Suite("unit", 60, paths=("tests",))).passed == 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_coverage_is_gathered_for_the_gate(runner):
    (suites.ROOT / "sample.py").write_text("def f():\n    return 1\n")
    add_tests("test_a.py", "import sys; sys.path.insert(0, '.')\nimport sample\ndef test_f(): assert sample.f() == 1\n")
    runner.run(Suite("unit", 60, paths=("tests",), covered=True))
    report = runner.work / "coverage.json"
    assert runner._combine_coverage(report, runner.work / "log")
    assert '"sample.py"' in report.read_text()


def test_the_gate_without_measured_suites_does_not_pass(runner):
    result = runner.run(Suite("coverage gate", 60, checks=(("x.py", "{coverage_json}"),)))
    assert (result.verdict, result.note) == ("no tests yet", "no suite measured coverage")


@pytest.mark.parametrize(
    ("sums", "last", "code"),
    [((3, 0, 0), "3 passed, 0 failed", 0), ((3, 1, 2), "3 passed, 1 failed, 2 skipped", 1)],
)
def test_the_last_line_holds_the_sums(capsys, sums, last, code):
    parts = [(Suite("a", 60), Result(sums[0], 0, sums[2])), (Suite("b", 60), Result(0, sums[1]))]
    assert suites._close(parts, 1, 60) == code
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_a_name_that_is_no_suite_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["run_suites.py", "--only", "nothing"])
    with pytest.raises(SystemExit):
        suites.main()
    assert "there are: format and lint, types" in capsys.readouterr().err


def test_the_budgets_of_the_short_form_stay_within_half_an_hour():
    assert suites.budget_of_all(list(suites.SUITES)) <= 30 * 60
    three = [Suite("a", 60, shares=True), Suite("b", 100, shares=True), Suite("c", 7)]
    assert suites.budget_of_all(three) == 107
    assert suites.budget_of_all([*three, Suite("d", 80, shares=True)]) == 127
    assert suites.budget_of_all(three[2:]) == 7


def test_every_marker_that_a_suite_selects_is_declared():
    declared = set(re.findall(r'^    "(\w+): ', (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    words = {word for suite in suites.SUITES for word in suite.marks.split()} - {"and", "not", "or"}
    assert words <= declared


def test_a_suite_loads_the_plugins_that_it_names(runner):
    (suites.ROOT / "ours.py").write_text("import pytest\n@pytest.fixture\ndef three(): return 3\n")
    add_tests("test_a.py", "def test_three(three): assert three == 3\n")
    environment = {"PYTHONPATH": str(suites.ROOT)}
    result = runner.run(Suite("window", 60, paths=("tests",), plugins=("ours",), environment=environment))
    assert (result.passed, result.failed) == (1, 0)
    assert runner.run(Suite("unit", 60, paths=("tests",), environment=environment)).failed == 1


def test_suites_that_share_run_two_at_a_time_and_the_others_alone(runner, monkeypatch):
    monkeypatch.setattr(suites.os, "cpu_count", lambda: 4)
    both, told, running = threading.Barrier(2, timeout=30), [], set()

    def run(suite):
        running.add(suite.name)
        if suite.shares:
            both.wait()  # never met where they run one after the other
        else:
            assert running == {suite.name}
        running.discard(suite.name)
        return Result(1)

    monkeypatch.setattr(runner, "run", run)
    chosen = [Suite("alone", 60), Suite("a", 60, shares=True), Suite("b", 60, shares=True), Suite("last", 60)]
    found = suites.run_all(runner, chosen, lambda suite, _result: told.append(suite.name))
    assert [suite.name for suite, _ in found] == ["alone", "a", "b", "last"]
    assert told[2:] == ["alone", "last"]


def test_what_runs_is_ended_when_the_run_is_stopped(runner, monkeypatch):
    add_tests("test_a.py", "import threading\ndef test_a():\n    open('begun', 'w')\n    threading.Event().wait()\n")

    def stop():
        while not (suites.ROOT / "begun").exists():
            assert waiting.wait(0.05) is False
        raise KeyboardInterrupt

    waiting = threading.Event()
    run = runner.run
    monkeypatch.setattr(runner, "run", lambda suite: run(suite) if suite.paths else stop())
    hangs = [Suite(name, 60, paths=("tests",), shares=True) for name in ("first", "waits")]
    monkeypatch.setattr(suites.os, "cpu_count", lambda: 2)
    with pytest.raises(KeyboardInterrupt):
        suites.run_all(runner, [Suite("stops", 90, shares=True), *hangs], lambda *_what: None)
    assert runner.run(hangs[0]).failed == 1, "nothing begins any more"
