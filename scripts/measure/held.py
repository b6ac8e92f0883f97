"""Memory kept from one proof to the next, the collector's cost, where memory is, and what is never given back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent.parent
#: Bundled circuits of different sizes, so that memory of one is asked for by another.
EXAMPLES = ("sudoku", "sha256-preimage", "merkle-membership", "anonymous-vote")
_PROOFS = 100
#: A hundred proofs of those circuits by turns, in one process.
_BY_TURNS = """
import json, sys
from zkcompanion.app.accounts import accounts_of
from zkcompanion.app.application import Application
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.garbage import calm_garbage
calm_garbage()
examples, proofs, kept = json.loads(sys.argv[1])
with Application(Settings(buffer_bytes=kept)) as app:
    for index in range(proofs):
        view = app.prove_circuit(examples[index % len(examples)], {}, RecordingTrace(), out=None, repeat=1, write=False)
        assert view.verified
    view = accounts_of(app)
print(json.dumps({
    "reuse": view.buffers.reuse, "requests": view.buffers.requests, "idle_bytes": view.buffers.idle_bytes,
    "most_lent_bytes": view.buffers.most_lent_bytes, "limit_bytes": view.buffers.limit_bytes,
    "components": dict(view.components), "resident_bytes": view.resident_bytes,
    "garbage_share": view.garbage.share, "garbage_seconds": view.garbage.seconds,
    "garbage_longest_seconds": view.garbage.longest_seconds, "collections": view.garbage.collections,
}))
"""


def by_turns(home: Path, *, proofs: int = _PROOFS, kept: int = 1 << 30) -> dict[str, Any]:
    """What a process that made so many proofs of several circuits says of its memory."""
    order = json.dumps([EXAMPLES, proofs, kept])
    return dict(_answer([sys.executable, "-P", "-c", _BY_TURNS, order], home))


def sizes_kept_to(home: Path) -> dict[str, int]:
    """Idle bytes after some proofs, by the size that was set: none may be more than that size."""
    sizes = {"nothing": 0, "4 MiB": 4 << 20, "1 GiB": 1 << 30}
    return {name: by_turns(home, proofs=8, kept=size)["idle_bytes"] - size for name, size in sizes.items()}


def worker_shares(home: Path) -> list[float]:
    """The collector's share of the time of each worker, over a batch of proofs."""
    from zkcompanion.app.examples import find_example

    with tempfile.TemporaryDirectory(prefix="zkc-batch-") as temporary:
        inputs = Path(temporary) / "inputs"
        inputs.mkdir()
        given = find_example("sudoku").input_path.read_bytes()
        for number in range(_PROOFS):
            (inputs / f"{number}.json").write_bytes(given)
        words = ["batch", "sudoku", str(inputs), "--out", f"{temporary}/out", "--json", "--progress", "none"]
        data = _answer([sys.executable, "-P", "-m", "zkcompanion", *words], home)
    return [worker["accounts"]["garbage_collection"]["share"] for worker in data["workers"] if worker["jobs"]]


def profiled(home: Path) -> dict[str, Any]:
    """A profile of one proof, as the command line prints it."""
    words = ["prove", "sha256-preimage", "--profile", "--json", "--progress", "none", "--out", str(home / "proof")]
    return dict(_answer([sys.executable, "-P", "-m", "zkcompanion", *words], home))


def leaks(home: Path) -> dict[str, dict[str, float]]:
    """Growth for one cycle, by the class; only what has a cycle is in it."""
    with _home(home), tempfile.TemporaryDirectory(prefix="zkc-leaks-") as temporary:
        from PySide6.QtWidgets import QApplication

        from tests.leaks import cycles, window_cycles  # noqa: F401  # both register
        from tests.leaks.growth import growth_of
        from tests.leaks.registry import CYCLES, WINDOW_CYCLES

        QApplication.instance() or QApplication(["measure", "-platform", "offscreen"])
        found: dict[str, dict[str, float]] = {}
        for number, cycle in enumerate((*CYCLES, *WINDOW_CYCLES)):
            folder = Path(temporary) / str(number)
            folder.mkdir()
            with cycle.prepare(folder) as once:
                grown = growth_of(once, cycle.cycles)
            for name in cycle.classes:
                before = found.get(name, grown)
                found[name] = {what: max(value, before[what]) for what, value in grown.items()}
        return found


def classes() -> set[str]:
    """Every class that owns something."""
    from tests.leaks.owners import owners

    return set(owners())


def leaking(grown: dict[str, float]) -> dict[str, float]:
    """What of a class's growth is a leak."""
    from tests.leaks.growth import too_much

    return dict(too_much(grown))


@contextmanager
def _home(home: Path) -> Iterator[None]:
    before = os.environ.get("ZKCOMPANION_HOME")
    os.environ["ZKCOMPANION_HOME"] = str(home)
    try:
        yield
    finally:
        del os.environ["ZKCOMPANION_HOME"]
        if before is not None:
            os.environ["ZKCOMPANION_HOME"] = before


def _answer(words: list[str], home: Path) -> Any:
    environment = os.environ | {"ZKCOMPANION_HOME": str(home), "PYTHONPATH": str(_ROOT)}
    answer = subprocess.run(words, env=environment, capture_output=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{words[3:6]} ended with {answer.returncode}: {answer.stderr.decode(errors='replace')}")
    return json.loads(answer.stdout)
