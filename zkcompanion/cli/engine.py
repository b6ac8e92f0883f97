"""`engine`: the workers that make proofs, as they are on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration, format_size
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, whole_number
from zkcompanion.cli.views import worker_data, worker_lines

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.engine_service import EngineView
    from zkcompanion.app.timing import RecordingTrace

ENGINE_SCHEMA = "urn:zkcompanion:schema:engine:1"


def engine(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Start a pool of workers, say what it is, end it."""
    least, most = (arguments.number(key, 0) or None for key in ("min-workers", "max-workers"))
    view = app.look_at_engine(trace, min_workers=least, max_workers=most)
    data = {
        "kernels": view.kernels,
        "min_workers": view.min_workers,
        "max_workers": view.max_workers,
        "cores": view.cores,
        "memory_bytes": view.memory_bytes,
        "seconds": view.seconds,
        "notices": [str(notice) for notice in view.notices],
        "workers": [worker_data(worker) for worker in view.workers],
    }
    return Outcome(ENGINE_SCHEMA, data, tuple(_lines(view)), warnings=view.notices)


def _lines(view: EngineView) -> list[Message]:
    return [
        msg(
            "{least} to {most} workers on {cores} cores, with {memory} of memory and the kernels {kernels}",
            least=view.min_workers,
            most=view.max_workers,
            cores=view.cores,
            memory=format_size(view.memory_bytes),
            kernels=view.kernels,
        ),
        *worker_lines(view.workers),
        msg("Ready after {duration}.", duration=format_duration(view.seconds)),
    ]


_COUNT = whole_number(1, 1024)
#: How many workers there are.
WORKERS = (
    Option(("--min-workers",), msg("workers that are always there (default: 2)"), "N", _COUNT),
    Option(("--max-workers",), msg("workers that work at once (default: the processors it may use)"), "N", _COUNT),
)

COMMANDS = (
    Command(
        ("engine",),
        msg("Start the workers that make proofs, and say how they are."),
        engine,
        options=WORKERS,
    ),
)
