import json
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.support.cli import check_schema
from zkcompanion.base.errors import BugError, Cancelled, ExitCode, UsageError
from zkcompanion.base.messages import msg
from zkcompanion.cli import main as module
from zkcompanion.cli.commands import Outcome

HEAVY = ("numpy", "llvmlite", "wasmtime", "psutil", "PySide6")


@pytest.mark.parametrize("words", [["--version"], ["--help"], [], ["prove", "--help"], ["nonsense"]])
def test_what_needs_no_arithmetic_loads_none(words):
    code = (
        "import sys; from zkcompanion.cli.main import main; main(sys.argv[1:]); "
        f"print('heavy:', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


@pytest.fixture
def with_handler(monkeypatch, own_home):
    """Puts a handler in the place of that of `examples`."""

    def put(handler):
        commands = tuple(
            replace(command, handler=handler) if command.path == ("examples",) else command
            for command in module.COMMANDS
        )
        monkeypatch.setattr(module, "COMMANDS", commands)

    return put


def failing(error):
    def handler(app, arguments, trace):
        raise error

    return handler


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (UsageError(msg("No.")), ExitCode.USAGE, "usage"),
        (BugError(msg("A shape is wrong.")), ExitCode.BUG, "bug"),
        (MemoryError(), ExitCode.RESOURCES, "resources"),
        (RecursionError(), ExitCode.BUG, "bug"),
        (ZeroDivisionError("12345"), ExitCode.BUG, "bug"),
        # what is no Exception would end the process with its own text
        (SystemExit("12345"), ExitCode.BUG, "bug"),
        (GeneratorExit("12345"), ExitCode.BUG, "bug"),
    ],
)
def test_every_error_ends_as_a_sentence_and_a_code(with_handler, capsys, error, code, word):
    with_handler(failing(error))
    assert module.main(["examples", "--json"]) == code
    out, err = capsys.readouterr()
    found = json.loads(out)
    check_schema(found)
    assert (found["code"], found["exit_code"]) == (word, code)
    assert err.startswith("error: ")
    assert "12345" not in out + err
    assert "Traceback" not in err
    assert found["whose"] == ("us" if code == ExitCode.BUG else "machine" if code == ExitCode.RESOURCES else "request")


def test_a_fault_of_ours_names_its_report_and_shows_frames_only_when_asked(with_handler, capsys, own_home):
    with_handler(failing(ZeroDivisionError("12345")))
    module.main(["examples"])
    err = capsys.readouterr().err
    (report,) = (own_home / "state" / "errors").iterdir()
    assert str(report) in err
    assert "in handler" not in err
    module.main(["examples", "--debug"])
    assert "in handler" in capsys.readouterr().err


def test_settings_reach_the_application(with_handler, capsys):
    seen = []

    def handler(app, arguments, trace):
        seen.append(app.settings)
        return Outcome("urn:zkcompanion:schema:examples:1", {"examples": []}, ())

    with_handler(handler)
    words = ["examples", "--threads", "3", "--kernels", "reference", "--allow-insecure-key"]
    assert module.main(words) == 0
    assert (seen[0].threads, seen[0].kernels, seen[0].allow_insecure_key) == (3, "reference", True)


def test_verbose_is_plain_progress(with_handler, capsys):
    def handler(app, arguments, trace):
        from zkcompanion.proving.phases import Phase

        with trace.phase(Phase.SETUP):
            pass
        return Outcome("urn:x", {}, ())

    with_handler(handler)
    module.main(["examples", "-v"])
    assert capsys.readouterr().err.startswith("Making the key: ")


@pytest.mark.parametrize("error", [Cancelled(), KeyboardInterrupt("12345")])
def test_cancelled_work_ends_the_process_at_once(with_handler, monkeypatch, error):
    ends = []
    monkeypatch.setattr(module, "end_process", ends.append)
    with_handler(failing(error))
    assert module.main(["examples"]) == ExitCode.CANCELLED
    assert ends == [ExitCode.CANCELLED]


def test_help_of_a_command_of_a_group_and_of_all(capsys):
    for words, start in (
        (["g16p", "--help"], "Usage: zkcompanion groth16 prove"),
        (["groth16", "--help"], "Commands of groth16:"),
        (["--help", "--json"], "ZK Companion:"),
    ):
        assert module.main(words) == 0
        assert capsys.readouterr().out.startswith(start)
