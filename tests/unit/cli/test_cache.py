"""What `cache` says of what it found and did."""

import pytest

from tests.support.circuit_folder import make_folder, reference_app
from tests.support.cli import check_schema
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.errors import ExitCode
from zkcompanion.cli.cache import COMMANDS
from zkcompanion.cli.commands import Arguments

HANDLERS = {command.path[1]: command.handler for command in COMMANDS}


@pytest.fixture
def app(tmp_path):
    with reference_app(tmp_path / "home") as made:
        yield made


def run(app, command, *circuits, **options):
    """Data, text and warnings, by the published schema."""
    outcome = HANDLERS[command](app, Arguments({}, options, circuits), RecordingTrace())
    assert outcome.exit_code is ExitCode.OK
    warnings = [str(warning) for warning in outcome.warnings]
    check_schema({"schema": outcome.schema, **outcome.data, **({"warnings": warnings} if warnings else {})})
    return outcome.data, [str(line) for line in outcome.lines], warnings


def test_an_empty_cache_has_no_rates(app):
    data, lines, _ = run(app, "stats")
    assert data["total"]["hit_rate"] is None
    assert len(lines) == 2 + 5 + 1
    assert " - " in lines[-1]


def test_statistics_have_units_and_a_row_for_each_kind(app):
    app.code_store.put("kernels-a", b"k", bytes(4096), cost_s=2.0)
    app.code_store.get("kernels-a", b"k")
    app.code_store.get("kernels-a", b"l")
    data, lines, _ = run(app, "stats")
    assert (data["total"]["hits"], data["total"]["hit_rate"]) == (1, 0.5)
    assert data["kinds"][0]["kind"] == "kernels"
    assert "4.06 KiB of 1.00 GiB, 1 of 512 entries" in lines[0]
    kernels = next(line for line in lines if line.startswith("  kernels")).split()
    assert kernels[1:4] == ["1", "4.06", "KiB"]
    assert "50 %" in " ".join(kernels)
    assert kernels[-1] == "s"
    assert lines[-1].startswith("  all")


def test_warming_names_what_was_there_and_what_could_not_be_kept(app, tmp_path, monkeypatch):
    folder = make_folder(tmp_path / "circuit")
    monkeypatch.setattr("zkcompanion.app.warming.settles_in_s", lambda _status, _now_s: 0.0)
    data, lines, warnings = run(app, "warm", str(folder.path))
    assert data["kernels"]["kind"] == "reference"
    assert [part["state"] for part in data["circuits"][0]["parts"]] == ["not-kept", "not-kept"]
    assert "could not be kept" in lines[-1]
    assert warnings == ["small: not everything could be kept; its next proof prepares it again."]
    monkeypatch.setattr("zkcompanion.storage.prepared.settled", lambda _status, _now_s: True)
    data, lines, warnings = run(app, "warm", str(folder.path))
    assert [part["state"] for part in data["circuits"][0]["parts"]] == ["prepared", "prepared"]
    data, lines, warnings = run(app, "warm", str(folder.path))
    assert [part["state"] for part in data["circuits"][0]["parts"]] == ["found", "found"]
    assert lines[1] == "small:"
    assert warnings == []


def test_warming_says_what_was_compiled_and_made(app, monkeypatch, tmp_path):
    from zkcompanion.app.warming import WarmedCircuit, WarmedKernels, WarmedView

    circuit = WarmedCircuit("c", (), made_key=True)
    monkeypatch.setattr(app, "warm", lambda _names, _trace: WarmedView(WarmedKernels("ifma", 3, 1.5), (circuit,)))
    _, lines, _ = run(app, "warm", "c")
    assert lines == [
        "Kernels ifma: 3 groups compiled, 1.50 s",
        "c: a development key was made, because there was none.",
    ]


def test_verifying_warns_of_what_it_removed(app):
    app.code_store.put("kernels-a", b"k", b"1")
    data, lines, warnings = run(app, "verify")
    assert (data, lines, warnings) == ({"good": 1, "removed": 0}, ["1 entry is good."], [])
    app.code_store.put("prepared-key", b"k", b"no packed arrays")
    data, lines, warnings = run(app, "verify")
    assert (data, lines) == ({"good": 1, "removed": 1}, ["1 entry is good."])
    assert warnings == ["1 entry was damaged or foreign, and was removed."]


def test_clearing_says_what_was_freed(app):
    for name in ("kernels-a", "prepared-key"):
        app.code_store.put(name, b"k", bytes(960))
    data, lines, _ = run(app, "clear", kind="kernels")
    assert data == {"kind": "kernels", "removed": 1, "freed_bytes": 1024}
    assert lines == ["1 entry removed, 1.00 KiB freed."]
    assert run(app, "clear")[0] == {"kind": None, "removed": 1, "freed_bytes": 1024}
    assert run(app, "clear")[1] == ["0 entries removed, 0 bytes freed."]
