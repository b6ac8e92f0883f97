"""What `monitor` prints, of samples that are given."""

import io
import json
import socket
import sys
import urllib.error
import urllib.request

import pytest

from tests.support.cli import check_schema
from tests.unit.monitoring.test_openmetrics import parse
from zkcompanion.app.application import Application
from zkcompanion.base.errors import ExitCode
from zkcompanion.cli.main import main
from zkcompanion.monitoring.samples import Sample

VALUES = {
    "machine.processor": 42.0,
    "machine.memory": 3 * 2**30,
    "machine.swap": 0.0,
    **{f"machine.core/{number}": float(number) for number in range(12)},
}
SAMPLES = [Sample(1.7e9 + number, 50.0 + number, VALUES, slept_s=0.0) for number in range(3)]


@pytest.fixture
def given(monkeypatch, own_home):
    """Samples in place of those of this machine; what was asked for."""
    asked = []

    def watch(_app, trace, *, count=None, seconds=None):
        asked.append((count, seconds))
        for sample in SAMPLES[:count]:
            trace.check()
            yield sample

    monkeypatch.setattr(Application, "watch", watch)
    return asked


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_paper_a_sample_is_a_line(given, capsys):
    assert main(["monitor", "--count", "2"]) == ExitCode.OK
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first.endswith("  Processor: 42 %  Memory in use: 3.00 GiB  Swap in use: 0 bytes")
    assert first != second
    assert "workers" in err
    assert given == [(2, None)]


def test_on_a_screen_the_table_is_drawn_over_the_one_before(given, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("LINES", "40")
    monkeypatch.setenv("TERM", "xterm")
    assert main(["monitor", "--seconds", "2", "--quiet"]) == ExitCode.OK
    assert given == [(None, 2)]
    first, second, _third = screen.getvalue().split("\x1b[J")[:3]
    rows = first.split("\x1b[K\n")
    assert "  Processor                                      42 %  [########----" in rows[1]
    labels = [row.split()[2] for row in rows if row.startswith("  Processor core")]
    assert labels == [str(number) for number in range(12)]
    assert all(len(row) < 70 for row in rows)
    assert second.startswith(f"\x1b[{len(rows) - 1}F"), "as far up as there were rows"


def test_a_low_screen_shows_what_it_has_room_for(given, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("LINES", "5")
    monkeypatch.setenv("TERM", "xterm")
    main(["monitor", "--count", "2"])
    assert screen.getvalue().count("\x1b[K\n") == 8
    assert "\x1b[4F" in screen.getvalue()


def test_for_programs_a_sample_is_an_object_on_a_line(given, capsys):
    assert main(["monitor", "--json"]) == ExitCode.OK
    out, err = capsys.readouterr()
    found = [json.loads(line) for line in out.splitlines()]
    for one in found:
        check_schema(one)
    assert [one["monotonic_s"] for one in found] == [50.0, 51.0, 52.0]
    assert found[0]["values"]["machine.core/11"] == 11.0
    assert err == ""


def test_when_nobody_reads_it_ends(given, monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    assert main(["monitor", "--json"]) == ExitCode.OK


def test_metrics_are_text_on_standard_output(given, capsys):
    assert main(["monitor", "metrics"]) == ExitCode.OK
    assert parse(capsys.readouterr().out)["zkcompanion_machine_processor_ratio"]["samples"] == {"": 0.42}
    assert given == [(2, None)]
    assert main(["monitor", "metrics", "--json"]) == ExitCode.OK
    found = json.loads(capsys.readouterr().out)
    check_schema(found)
    assert found["file"] is None


def test_metrics_go_into_a_file(given, capsys, tmp_path):
    assert main(["monitor", "metrics", "--out", str(tmp_path / "a.prom")]) == ExitCode.OK
    assert parse((tmp_path / "a.prom").read_text())
    assert "a.prom" in capsys.readouterr().out
    assert main(["monitor", "metrics", "--out", str(tmp_path / "no" / "a.prom")]) == ExitCode.BAD_FILE


@pytest.mark.parametrize("as_json", [False, True])
def test_metrics_are_given_at_a_port_while_it_lasts(monkeypatch, own_home, capsys, as_json):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url, texts = f"http://127.0.0.1:{port}/metrics", []

    def watch(_app, _trace, *, seconds):
        assert seconds == 5
        yield SAMPLES[0]
        with urllib.request.urlopen(url, timeout=10) as answer:
            texts.append(answer.read().decode())

    monkeypatch.setattr(Application, "watch", watch)
    words = ["monitor", "metrics", "--serve", str(port), "--seconds", "5", *(["--json"] if as_json else [])]
    assert main(words) == ExitCode.OK
    assert parse(texts[0])["zkcompanion_machine_processor_ratio"]
    out = capsys.readouterr().out
    if as_json:
        check_schema(json.loads(out))
    assert url in out
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=10)


def test_a_port_that_is_taken_is_an_error(own_home, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert main(["monitor", "metrics", "--serve", port]) == ExitCode.RESOURCES
    assert port in capsys.readouterr().err
