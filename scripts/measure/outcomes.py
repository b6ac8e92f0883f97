"""Rows without a figure: each asserts what happens on the running program. Tests break three of them on purpose."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from zkcompanion.base.units import parse_size
from zkcompanion.engine.work import Limits

from .figures import Figure, Row, outcome
from .pool import Lab
from .program import ROOT, Program

_INPUTS = ROOT / "resources" / "circuits" / "funds-above-threshold" / "input.json"


def lifecycle(limits: Limits | None = None) -> dict[str, bool]:
    """P8: what becomes of workers, as a pool of real processes tells it."""
    seen: dict[str, list[str]] = {}
    replaced: object = None
    pid, again = 0, set[int | None]()
    with contextlib.suppress(queue.Empty), Lab(limits=limits or Limits(silent_s=3.0, deaths=10)) as lab:

        def look(_what: str, _about: object) -> bool:
            for one in lab.statuses:
                state: str = "warming" if one.opening and one.state == "busy" else one.state
                state = "draining" if one.draining else state
                states = seen.setdefault(one.name, [])
                if states[-1:] != [state]:
                    states.append(state)
            return True

        begun = [one.state for one in lab.statuses]
        lab.submit(1, "rest", 0.05)
        lab.wait(lambda what, about: look(what, about) and what == "ended" and about == 1)
        lab.submit(2, "rest", 600.0)
        lab.wait(lambda what, about: look(what, about) and what == "started" and about == 2)
        pid = lab.pid(2)
        os.kill(pid, signal.SIGSTOP)  # neither works nor says anything any more
        lab.wait(lambda what, about: look(what, about) and what == "lost")
        replaced = lab.wait(lambda what, about: look(what, about) and what in {"started", "ended"} and about == 2)
        lab.crew.cancel(2)
        lab.wait(lambda what, about: look(what, about) and what == "ended" and about == 2)
        again = {one.pid for one in lab.statuses}
    return {
        "workers that the queue will need are idle and warm before it is there": begun.count("idle") >= 2,
        "a worker that works is busy": any("busy" in states for states in seen.values()),
        "a new one is starting first": any("starting" in states for states in seen.values()),
        "one that says nothing any more is ended, and its job begins in another": bool(replaced) and pid not in again,
        "all are stopped with the pool": not _alive(pid) and not any(_alive(one) for one in again if one),
    }


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()


def little_memory(program: Program) -> dict[str, bool]:
    """X4: a proof on two cores, in as little memory as can be."""
    command = ("prove", "sha256-preimage", "--json", "--out", "out")
    whole = program.run(*command, cores=2)
    refused = program.run(*command, "--memory", "50M", cores=2)
    said = re.search(r"--memory (\w+)", refused.err)
    least = said.group(1) if said else "50M"
    done = program.run(*command, "--memory", least, cores=2)
    proof = (done.data.get("proofs") or [{}])[0]
    memory = done.data.get("memory") or {}
    usual = (whole.data.get("proofs") or [{}])[0]
    held = int(proof.get("peak_rss_bytes") or 0)
    return {
        "it proves on two cores": whole.code == 0 and whole.data.get("verified") is True,
        "what cannot be is refused, with the least that can": refused.code == 4 and said is not None,
        "with that much it proves, in slices": (done.code, memory.get("mode")) == (0, "streamed"),
        "the proof is verified": done.data.get("verified") is True,
        "it holds no more than it may": 0 < held <= parse_size(least),
        "and less than otherwise": 0 < held < int(usual.get("peak_rss_bytes") or 0),
        "it says that it takes longer": "takes longer" in done.err,
    }


def no_connections(program: Program) -> dict[str, bool]:
    """X8: which sockets the program's processes open while it proves, verifies and works in several processes."""
    inputs = program.folder / "inputs"
    inputs.mkdir(exist_ok=True)
    for name in ("a", "b"):
        shutil.copy(_INPUTS, inputs / f"{name}.json")
    ran = [
        program.run("prove", "funds-above-threshold", "--out", "out", "--json"),
        program.run("batch", "funds-above-threshold", "inputs", "--out", "outs", "--json"),
        program.run("engine", "--json"),
        program.run("monitor", "--json", "--count", "1"),
        program.run("--version"),
    ]
    processes, families = program.sockets()
    internet = {int(socket.AF_INET), int(socket.AF_INET6)}
    return {
        "the commands work": all(one.code == 0 for one in ran),
        "each process was watched, workers too": processes > len(ran),
        "no process opens a socket of the internet's": not internet & set(families),
    }


def _tested(test: str) -> Figure:
    """A test that drives the running window is the claim."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytestqt.plugin", "-p", "no:cacheprovider", test]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env=environment, check=False)
    return outcome({test.rpartition("::")[2]: done.returncode == 0}, test)


_CONTRACT = "tests/gui/test_ui_contract.py::test_the_window_is_as_its_contract_says"
_LANGUAGES = "tests/gui/test_language.py"


def _on_the_program(look: Callable[[Program], dict[str, bool]], test: str) -> Row:
    def row(folder: Path) -> Figure:
        program = Program(Path(tempfile.mkdtemp(prefix="program-", dir=folder)), home=folder / "program-home")
        return outcome(look(program), test)

    return row


OUTCOMES: Mapping[str, Row] = {
    "P8": lambda _folder: outcome(
        lifecycle(), "tests/unit/engine/test_crew.py::test_a_worker_that_says_nothing_is_replaced"
    ),
    "G22": lambda _folder: _tested(_LANGUAGES),
    "X3": lambda _folder: _tested(_CONTRACT),
    "X4": _on_the_program(
        little_memory,
        "tests/integration/test_cli_memory.py::test_a_tight_budget_is_kept_to_and_the_machine_with_two_cores_is_told",
    ),
    "X8": _on_the_program(
        no_connections,
        "tests/architecture/test_no_qt.py::test_the_command_line_loads_no_qt_and_opens_no_network_socket",
    ),
}
