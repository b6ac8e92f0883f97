"""`check`: what it prints for people and for programs, and what it returns."""

import json
from dataclasses import replace

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.cli import check_schema
from tests.support.computers import computer, service
from tests.support.format_files import r1cs
from zkcompanion.app.application import Application
from zkcompanion.app.settings import Settings, usable_cpus
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.errors import ExitCode, FileError, UsageError
from zkcompanion.base.paths import AppDirs
from zkcompanion.cli.check import COMMANDS, check
from zkcompanion.cli.help import command_help
from zkcompanion.cli.parser import parse, usage
from zkcompanion.hardware.facts import MachineFacts, Power


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("circuit")).path


@pytest.fixture
def ask(tmp_path):
    """The command on a computer of which all is known."""

    def asked(*words, facts=None):
        with Application(Settings(threads=1, kernels="reference"), dirs=AppDirs(tmp_path / "home")) as app:
            app.__dict__["hardware"] = service(facts or computer())
            outcome = check(app, parse(["check", *map(str, words)], COMMANDS).arguments, RecordingTrace())
        check_schema(json.loads(json.dumps({"schema": outcome.schema, **outcome.data})))
        return outcome

    return asked


def text(outcome):
    return "\n".join(map(str, outcome.lines))


def names(outcome):
    return [row["id"] for row in outcome.data["answer"]["workloads"]]


def test_a_circuit_that_fits(ask, folder):
    found = ask(folder / "small.zkey")
    assert found.exit_code is ExitCode.OK
    assert text(found).startswith("Fits easily: it needs about ")
    assert found.data["verdict"]["tier"] == "easily"
    assert found.data["circuit"]["name"] == "small"
    assert found.data["circuit"]["key_bytes"] == (folder / "small.zkey").stat().st_size
    assert found.data["answer"] is None
    assert "  Powers of tau  2^" in text(found)
    # not measured yet
    assert [str(note).split(":")[0] for note in found.notes] == ["An estimate"]


def test_a_circuit_that_does_not_fit_says_what_would_help(ask, folder):
    found = ask(folder / "small.zkey", facts=computer(total=16, free=0.05))
    assert found.exit_code is ExitCode.RESOURCES
    assert found.data["verdict"]["tier"] == "too large"
    assert "What would help:\n  Close programs that use much memory. Up to 13.6 GiB" in text(found)
    assert found.data["advice"][0]["unlocks"] == ["small"]


def test_an_example_a_folder_and_files_that_lie_elsewhere(ask, folder):
    assert ask("sudoku").data["circuit"]["constraints"] == 918
    assert (
        ask(folder).data["circuit"]["power"] == ask("sudoku", "--zkey", folder / "small.zkey").data["circuit"]["power"]
    )


def test_the_machine_and_the_whole_catalogue(ask):
    found = ask()
    assert found.exit_code is ExitCode.OK
    shown = text(found)
    assert "  Memory         16.0 GiB, of which 10.0 GiB are free now" in shown
    assert found.data["answer"]["headline"] in shown
    assert "verdict               time     memory  prover              workload" in shown
    assert len(names(found)) == len(set(names(found))) >= 45
    assert found.data["circuit"] is found.data["verdict"] is None


def test_advice_that_unlocks_nothing_is_told_too(ask):
    tired = replace(computer(), power=Power(has_battery=True, plugged=False))
    shown = text(ask(facts=tired)).splitlines()
    place = next(number for number, line in enumerate(shown) if line.startswith("  Plug the computer in. "))
    assert not shown[place + 1].startswith("    gets better")
    assert any(line.startswith("    gets better: ") for line in shown)


def test_a_machine_of_which_nothing_is_known(ask):
    found = ask(facts=MachineFacts())
    assert text(found).count("not known") > 40
    assert found.data["machine"]["memory_bytes"] is None
    assert ask(facts=computer(free=None)).lines[3].params["value"] == "16.0 GiB"
    assert list(found.notes) == []


def test_rows_are_chosen(ask):
    assert set(names(ask("--group", "mail"))) == {"keyless", "proof-of-twitter", "zkemail-noir", "email-o1js"}
    assert names(ask("--search", "AADHAAR")) == ["anon-aadhaar"]
    assert "noir-browser-19" in names(ask("--tier", "impossible"))
    large = ask("--tier", "too-large", facts=computer(free=1, system="windows"))
    assert {row["verdict"]["tier"] for row in large.data["answer"]["workloads"]} == {"too large"}
    assert text(ask("--search", "no such thing")).count("No workload of the catalogue is so.") == 1


def test_rows_are_sorted_and_what_is_not_known_comes_last(ask):
    def column(key, part):
        rows = ask("--sort", key).data["answer"]["workloads"]
        return [None if row[part] is None else row[part]["likely"] for row in rows]

    for key, part in (("time", "seconds"), ("memory", "memory")):
        values = column(key, part)
        known = [value for value in values if value is not None]
        assert values[: len(known)] == sorted(known)
    by_name = [row["name"].casefold() for row in ask("--sort", "name").data["answer"]["workloads"]]
    assert by_name == sorted(by_name)
    tiers = [row["verdict"]["tier"] for row in ask("--sort", "tier").data["answer"]["workloads"]]
    order = ["easily", "well", "barely", "too large", "impossible", "unknown"]
    assert tiers == sorted(tiers, key=order.index)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("sudoku", "--group", "mail"), "leave the circuit out"),
        (("--zkey", "a.zkey"), "Name the circuit"),
        (("--group", "nonsense"), "no group named nonsense"),
        (("no-such-example",), "no example's name"),
    ],
)
def test_words_that_do_not_go_together_are_refused(ask, words, why):
    with pytest.raises(UsageError, match=why):
        ask(*words)


def test_a_circuit_without_constraints_is_a_circuit(ask, tmp_path):
    (tmp_path / "empty.r1cs").write_bytes(r1cs(constraints=[]))
    found = ask(tmp_path / "empty.r1cs")
    assert found.exit_code is ExitCode.OK
    assert (found.data["circuit"]["constraints"], found.data["verdict"]["tier"]) == (0, "easily")


@pytest.mark.parametrize("ending", [".zkey", ".r1cs"])
def test_a_damaged_file_is_refused(ask, tmp_path, ending):
    (tmp_path / f"bad{ending}").write_bytes(b"\0" * 100)
    with pytest.raises(FileError):
        ask(tmp_path / f"bad{ending}")


def test_the_settings_count(tmp_path):
    with Application(Settings(threads=1, kernels="reference"), dirs=AppDirs(tmp_path)) as app:
        facts = app.hardware.look()
        assert (facts.usable_cores, facts.family) == (1, "reference")
    with Application(Settings(), dirs=AppDirs(tmp_path)) as app:
        assert app.hardware.look().usable_cores <= usable_cpus()
        assert app.check_circuit("sudoku", {}).verdict.confidence == "estimated"


def test_the_circuit_may_be_left_out():
    assert str(usage(COMMANDS[0])) == "Usage: zkcompanion check [CIRCUIT]"
    assert "default: )" not in command_help(COMMANDS[0], str)
    with pytest.raises(UsageError, match="needs CIRCUIT"):
        parse(["check", ""], COMMANDS)
