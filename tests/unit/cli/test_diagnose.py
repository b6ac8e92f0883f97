"""`diagnose` prints what it saves, first."""

import io
import json

import pytest

from tests.support.cli import check_schema
from zkcompanion.base.errors import Cancelled
from zkcompanion.base.messages import msg
from zkcompanion.cli import main as module
from zkcompanion.cli.commands import Arguments
from zkcompanion.cli.diagnose import diagnose
from zkcompanion.cli.output import Console
from zkcompanion.proving.kernels.jit import KernelsUnavailable

WORDS = ("diagnose", "--kernels", "reference")


def test_what_is_printed_is_what_is_saved(own_home, tmp_path, capsys):
    path = tmp_path / "report.txt"
    assert module.main([*WORDS, "--out", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == path.read_text()
    assert out.startswith("ZK Companion ")
    assert "  loaded: reference\n" in out
    assert f"saved as {path}" in err
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_stands_on_the_screen_before_it_is_written(tmp_path):
    out = io.StringIO()

    class Diagnostics:
        @staticmethod
        def save(path, text):
            assert out.getvalue() == text == "a line\nanother\n"
            path.write_text(text)

    class App:
        diagnostics = Diagnostics

        @staticmethod
        def diagnose(_trace):
            return "a line\nanother\n"

    path = tmp_path / "report.txt"
    outcome = diagnose(App, Arguments({}, {"out": str(path)}), None)
    assert not path.exists()
    Console(out, io.StringIO()).result(outcome)
    assert path.exists()


def test_programs_get_it_as_one_object_also_where_it_cannot_be_saved(own_home, tmp_path, capsys):
    assert module.main([*WORDS, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    check_schema(found)
    assert found["file"] is None
    assert module.main([*WORDS, "--json", "--out", str(tmp_path / "gone" / "r.txt")]) == 3
    found = json.loads(capsys.readouterr().out)
    check_schema(found)
    assert (found["code"], found["whose"]) == ("missing-file", "file")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KernelsUnavailable(msg("No code runs.")), "nothing: No code runs. (KernelsUnavailable)"),
        (ZeroDivisionError("1234"), "(ZeroDivisionError)"),
    ],
)
def test_kernels_that_do_not_load_are_told_and_stop_nothing(own_home, monkeypatch, capsys, error, told):
    from zkcompanion.app.backends import Backends

    def fail(self, trace):
        raise error

    monkeypatch.setattr(Backends, "verifying", fail)
    assert module.main([*WORDS]) == 0
    out = capsys.readouterr().out
    assert told in out
    assert "1234" not in out


def test_it_can_be_cancelled(own_home, monkeypatch):
    from zkcompanion.app.backends import Backends

    def stop(self, trace):
        raise Cancelled

    monkeypatch.setattr(Backends, "verifying", stop)
    monkeypatch.setattr(module, "end_process", lambda _code: None)
    assert module.main([*WORDS]) == 130


def test_errors_are_noted_in_the_log_without_names_and_values(own_home, tmp_path, capsys):
    module.main(["file", "info", str(tmp_path / "secret-name.zkey")])
    module.main(["nonsense"])
    log = (own_home / "state" / "zkcompanion.log").read_text()
    assert "WARNING zkcompanion.cli.main: The command file info ended with missing-file (MissingFileError)." in log
    assert "secret-name" not in log
    assert log.count("\n") == 1, "wrong words are nothing for a log"
