"""The program, run as a user runs it, in a home of its own; watched from inside, and broken on purpose where asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_LIMIT_S = 300.0

#: Runs in every process of the program before its first line: keeps to some cores, notes which sockets it opens.
_WATCH = """
import os, sys
if "ZKC_MEASURE_CORES" in os.environ:
    os.sched_setaffinity(0, map(int, os.environ["ZKC_MEASURE_CORES"].split(",")))
def _watch(event, arguments, *, note=os.open({notes!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)):
    if event == "socket.__new__":
        os.write(note, b"%d\\n" % arguments[1])
sys.addaudithook(_watch)
os.write(_watch.__kwdefaults__["note"], b"begun\\n")
"""


@dataclass(frozen=True)
class Ran:
    """A command that ended. `data`: the JSON that it printed, {} where it printed none."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The JSON of standard output."""
        try:
            found = json.loads(self.out)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Program:
    """Runs `zkcompanion` in `folder`, with a home there.

    `fault`: Python that runs in each of its processes first, and breaks something on purpose. `home`: another home, as
    one in which kernels are compiled already.
    """

    def __init__(self, folder: Path, fault: str = "", home: Path | None = None) -> None:
        self.folder = folder
        self._notes = folder / "sockets"
        self._home = home if home is not None else folder / "home"
        (folder / "first").mkdir(parents=True, exist_ok=True)
        first = _WATCH.format(notes=str(self._notes)) + fault
        (folder / "first" / "sitecustomize.py").write_text(first)

    def run(self, *words: str, cores: int | None = None) -> Ran:
        """One command to its end; `cores`: on no more than so many."""
        ours = sorted(os.sched_getaffinity(0))[:cores]
        path = os.pathsep.join((str(self.folder / "first"), str(ROOT)))
        done = subprocess.run(
            [sys.executable, "-P", "-m", "zkcompanion", *words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            env={
                **os.environ,
                "PYTHONPATH": path,
                "ZKCOMPANION_HOME": str(self._home),
                "ZKC_MEASURE_CORES": ",".join(map(str, ours)),
            },
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def sockets(self) -> tuple[int, Sequence[int]]:
        """How many processes were watched, and the address family of each socket that one of them opened."""
        lines = self._notes.read_text().splitlines() if self._notes.exists() else []
        return lines.count("begun"), [int(line) for line in lines if line != "begun"]
