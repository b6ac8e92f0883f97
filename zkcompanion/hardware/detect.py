"""What this computer is: every part asked by itself, in less than two seconds, and never an error.

A part that cannot be told, that fails or that takes too long stays unknown, or as far known as it was by then; the
others are not worse for it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.logs import get_logger
from zkcompanion.hardware.facts import (
    Disk,
    Gpu,
    Limits,
    MachineFacts,
    Memory,
    Platform,
    Power,
    Processor,
    System,
)
from zkcompanion.hardware.tools import Run, run_tool

if TYPE_CHECKING:
    from zkcompanion.hardware.windows import Native

_LOG = get_logger(__name__)

#: For all of it.
PATIENCE_S = 1.8

#: What fills one field of `MachineFacts`, by the field's name: with what it returns, or with each value of an iterator
#: that knows more and more.
Parts = Mapping[str, Callable[[], object]]


def detect(
    folder: Path,
    *,
    root: Path = Path("/"),
    run: Run = run_tool,
    system: System | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> MachineFacts:
    """What is known, in `PATIENCE_S` at most; never raises. Not for the thread that draws.

    Arguments:
        folder: our data's; the disk on which it lies, or would, is the one that is told.
        root: where Linux's `/proc` and `/sys` lie.
        run: asks the programs of other systems.
        system: whose files and programs these are; None for the system at hand.
        clock: for the time that it may take.
    """
    wanted = system if system is not None else this_system()
    try:
        parts = parts_of(wanted, folder, root, run)
    except Exception as error:
        _LOG.warning("The computer cannot be looked at (%s).", type(error).__name__)
        return MachineFacts()
    return MachineFacts(**_asked(parts, clock))  # type: ignore[arg-type]  # `_asked` has looked at their types


def detect_processor(*, root: Path = Path("/"), run: Run = run_tool, system: System | None = None) -> Processor:
    """The processor alone, without programs that take long to start; never raises. See `detect`."""
    wanted = system if system is not None else this_system()
    # of Windows the process itself knows it, and there PowerShell takes its time
    asks: Run = run if wanted == "macos" else _nobody
    try:
        found = parts_of(wanted, Path(), root, asks)["processor"]()
        if isinstance(found, Iterator):
            *_, found = found
    except Exception as error:
        _LOG.info("The processor cannot be told (%s).", type(error).__name__)
        return Processor()
    return found if isinstance(found, Processor) else Processor()


def _nobody(arguments: Sequence[str]) -> str | None:  # noqa: ARG001 a `Run` like any other
    return None


def this_system() -> System:
    """The one that this program runs on."""
    if sys.platform.startswith("linux"):
        return "linux"
    return "macos" if sys.platform == "darwin" else "windows" if sys.platform == "win32" else "other"


def parts_of(system: System, folder: Path, root: Path, run: Run) -> Parts:
    """What can be asked of a system."""
    if system == "linux":
        from zkcompanion.hardware import linux
        from zkcompanion.hardware.containers import limits, virtual_machine
        from zkcompanion.hardware.disks import linux_disk
        from zkcompanion.hardware.graphics import linux_gpus
        from zkcompanion.hardware.linux_processor import ever_more

        return {
            "processor": lambda: ever_more(root),
            "memory": lambda: linux.memory(root),
            "disk": lambda: linux_disk(folder, root, virtual=bool(virtual_machine(root))),
            "gpus": lambda: linux_gpus(root),
            "power": lambda: linux.power(root),
            "limits": lambda: limits(root),
            "platform": lambda: linux.versions(root),
            "celsius": lambda: linux.celsius(root),
        }
    if system == "macos":
        from zkcompanion.hardware.macos import MacSystem

        return _parts(MacSystem(folder, run, here=system == this_system()))
    if system == "windows":
        from zkcompanion.hardware.windows import WindowsSystem

        return _parts(WindowsSystem(folder, run, _native(), os.environ.get("SYSTEMROOT", "C:\\Windows")))
    from zkcompanion.hardware.others import OtherSystem

    return _parts(OtherSystem(folder))


class _Told(Protocol):
    """A system that has something to say of each part."""

    def processor(self) -> Processor: ...
    def memory(self) -> Memory: ...
    def disk(self) -> Disk: ...
    def gpus(self) -> tuple[Gpu, ...] | None: ...
    def power(self) -> Power: ...
    def limits(self) -> Limits: ...
    def versions(self) -> Platform: ...


def _parts(system: _Told) -> Parts:
    return {
        "processor": system.processor,
        "memory": system.memory,
        "disk": system.disk,
        "gpus": system.gpus,
        "power": system.power,
        "limits": system.limits,
        "platform": system.versions,
    }


def _native() -> Native | None:
    """None of another computer's Windows."""
    if this_system() != "windows":
        return None
    from zkcompanion.hardware.windows_native import WindowsSelf

    return WindowsSelf()


def _asked(parts: Parts, clock: Clock) -> dict[str, object]:
    """What each part told, by field; those that told nothing are absent."""
    told: dict[str, object] = {}
    threads = [
        threading.Thread(target=_ask, args=(name, part, told), name=f"detect {name}", daemon=True)
        for name, part in parts.items()
    ]
    until_s = clock.monotonic_s() + PATIENCE_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until_s - clock.monotonic_s()))
    late = sorted(set(parts) - set(told))
    if late:
        _LOG.info("Of this computer these are not known: %s.", ", ".join(late))
    # a part that is late may still come and add to it
    return dict(told)


def _ask(name: str, part: Callable[[], object], told: dict[str, object]) -> None:
    try:
        found = part()
        for value in found if isinstance(found, Iterator) else (found,):
            told[name] = value
    except Exception as error:
        _LOG.info("The computer's %s cannot be told (%s).", name, type(error).__name__)
