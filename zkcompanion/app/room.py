"""What is left for a run that begins now, of memory and of a disk, and whether it fits; what would not is not begun."""

from __future__ import annotations

import contextlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.base.controlgroups import ControlGroups
from zkcompanion.base.errors import NoRoomError, ResourceError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.systemfiles import fields, lines_or_none, whole_of
from zkcompanion.base.units import format_size

#: A process with its libraries, and what it holds at the most for each byte of the files that it reads: by far more
#: than the model says of any circuit (`docs/costs.md`), so that most runs need no closer look.
_BASE_BYTES, _TIMES_FILES = 1 << 30, 4
#: Where nothing is told, nothing is refused.
_NO_LIMIT = 1 << 62
#: Left on a disk beside a key.
_DISK_MARGIN_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Shortage:
    """A run that does not fit, in bytes: what it needs at the least, and what can be had."""

    needed_bytes: int
    room_bytes: int

    def refusal_of_making(self) -> NoRoomError:
        """Of memory, for the key that is made for a circuit without one."""
        return NoRoomError(
            msg(
                "Making a key for this circuit needs about {needed} of memory, and {room} can be had now.",
                needed=format_size(self.needed_bytes),
                room=format_size(self.room_bytes),
            ),
            hint=HELPS,
        )

    def refusal_of_disk(self) -> NoRoomError:
        """Of the disk that keys are kept on."""
        return NoRoomError(
            msg(
                "The key of this circuit takes {needed} of the disk, and {room} are free there.",
                needed=format_size(self.needed_bytes),
                room=format_size(self.room_bytes),
            ),
            hint=msg(
                "Make room on the disk of this program's data, or give the circuit's key with --zkey. To have it tried "
                "all the same: Run anyway in the window, --run-anyway on the command line."
            ),
        )


def over_room(room_bytes: int, needed_bytes: int) -> NoRoomError:
    """The refusal of a run that needs more memory than can be had."""
    return NoRoomError(
        msg(
            "This proof needs about {needed} of memory at the least, and {room} can be had now.",
            needed=format_size(needed_bytes),
            room=format_size(room_bytes),
        ),
        hint=HELPS,
    )


def ended_for_memory() -> ResourceError:
    """The system ended a process with the signal that nobody can hear."""
    return ResourceError(
        msg("The system ended the process that worked on this, most likely because memory ran out."),
        hint=msg("Close other programs, or use a computer with more memory. Nothing else was harmed."),
    )


HELPS: Message = msg(
    "Close other programs, use fewer threads, or use a computer with more memory. To have it tried all the same: Run "
    "anyway in the window, --run-anyway on the command line."
)


def memory_left(root: Path = Path("/")) -> int:
    """Bytes that this process may take now without harm: the least of what the computer has to give, what its control
    groups leave, and what the limits of the process do. `root` is where `/proc` and `/sys` lie.
    """
    if not sys.platform.startswith("linux"):
        import psutil

        return int(psutil.virtual_memory().available)
    left = _by_limits(root)
    available, group = _kilobytes(root / "proc/meminfo", "MemAvailable"), ControlGroups(root).memory()
    if available is not None:
        left.append(available)
    if group is not None:
        left.append(group.free_bytes)
    return max(0, min(left, default=_NO_LIMIT))


def may_be_short(room_bytes: int, *files: Path | None) -> bool:
    """Whether a proof with these files could need more than that, by their sizes alone."""
    size = 0
    for file in files:
        if file is not None:
            with contextlib.suppress(OSError):
                size += file.stat().st_size
    return _BASE_BYTES + _TIMES_FILES * size > room_bytes


def disk_shortage(needed_bytes: int, folder: Path) -> Shortage | None:
    """None where a file of that size has room in the folder, or where that is not known."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    return None if needed_bytes + _DISK_MARGIN_BYTES <= free else Shortage(needed_bytes, free)


def _by_limits(root: Path) -> list[int]:
    """Of this process (`ulimit -v` and `-d`)."""
    import resource

    found = []
    for limit, held in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        soft = resource.getrlimit(limit)[0]
        size = _kilobytes(root / "proc/self/status", held)
        if soft != resource.RLIM_INFINITY and size is not None:
            found.append(soft - size)
    return found


def _kilobytes(file: Path, name: str) -> int | None:
    """A line such as `VmSize:    123 kB`, in bytes."""
    words = fields(lines_or_none(file)).get(name, "").split()
    found = whole_of(words[0]) if words else None
    return None if found is None else 1024 * found
