"""`batch`: many proofs of one circuit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.errors import ExitCode
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_duration
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, Word
from zkcompanion.cli.engine import WORKERS
from zkcompanion.cli.output import error_words
from zkcompanion.cli.prove import BUFFER_POOL, CIRCUIT_FILES, CONSTANT_WORK, RUN_ANYWAY
from zkcompanion.cli.views import key_data, key_text, row, worker_data, worker_lines

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.batch import BatchItem, BatchView
    from zkcompanion.app.choose import FileRole
    from zkcompanion.app.timing import RecordingTrace

BATCH_SCHEMA = "urn:zkcompanion:schema:batch:1"

#: Failures that people are shown; JSON has all.
_SHOWN = 20


def batch(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Find the circuit, prove for each file of inputs, write each proof into a folder."""
    roles: tuple[FileRole, ...] = ("zkey", "wasm", "r1cs", "sym")
    chosen = {role: Path(text) for role in roles if (text := arguments.text(role)) is not None}
    out = arguments.text("out")
    least, most = (arguments.number(key, 0) or None for key in ("min-workers", "max-workers"))
    view = app.prove_batch(
        arguments.word("CIRCUIT"),
        chosen,
        Path(arguments.word("INPUTS_DIR")),
        trace,
        out=None if out is None else Path(out),
        again=arguments.flag("force"),
        min_workers=least,
        max_workers=most,
    )
    failed = [item for item in view.items if item.state == "failed"]
    code = _exit_code(failed[0]) if failed else ExitCode.OK
    return Outcome(BATCH_SCHEMA, _data(view), tuple(_lines(view, failed)), code, warnings=view.warnings)


def _exit_code(item: BatchItem) -> ExitCode:
    return ExitCode.BUG if item.error is None else item.error.exit_code


def _data(view: BatchView) -> dict[str, object]:
    return {
        "circuit": view.circuit,
        "folder": view.folder,
        "proved": view.count("proved"),
        "skipped": view.count("skipped"),
        "failed": view.count("failed"),
        "seconds": view.seconds,
        "kernels": view.kernels,
        **({} if view.key is None else key_data(view.key)),
        "workers": [worker_data(worker) for worker in view.workers],
        "proofs": [_item_data(item) for item in view.items],
    }


def _item_data(item: BatchItem) -> dict[str, object]:
    data: dict[str, object] = {
        "name": item.name,
        "state": item.state,
        "seconds": item.seconds,
        "files": dict(item.files),
        "deaths": item.deaths,
        "error": None,
    }
    if item.state == "failed" and item.error is not None:
        data["error"] = {**error_words(item.error), "exit_code": int(_exit_code(item))}
    return data


def _lines(view: BatchView, failed: list[BatchItem]) -> Iterator[Message]:
    proved, skipped = view.count("proved"), view.count("skipped")
    yield msg_n(
        "{circuit}: {n} proof is made and verified.",
        "{circuit}: {n} proofs are made and verified.",
        n=proved,
        circuit=view.circuit,
    )
    if skipped:
        yield row(msg("there before"), skipped)
    if failed:
        yield row(msg("failed"), len(failed))
    yield row(msg("time"), format_duration(view.seconds))
    if view.key is not None:
        yield row(msg("key"), key_text(view.key))
    yield row(msg("folder"), view.folder)
    if view.workers:
        yield from worker_lines(view.workers)
    for item in failed[:_SHOWN]:
        yield msg("{name}: {why}", name=item.name, why="" if item.error is None else item.error.message)
    if len(failed) > _SHOWN:
        yield msg_n("{n} more failed.", "{n} more failed.", n=len(failed) - _SHOWN)


COMMANDS = (
    Command(
        ("batch",),
        msg("Make a proof for each file of inputs in a folder."),
        batch,
        words=(
            Word("CIRCUIT", msg("an example's name, a folder with a circuit's files, or a .zkey")),
            Word("INPUTS_DIR", msg("the folder with the inputs, a .json file for each proof")),
        ),
        options=(
            Option(("--out",), msg("the folder for the proofs; each gets one of its own in it"), "DIR"),
            Option(("--force",), msg("prove again what is there already")),
            CONSTANT_WORK,
            RUN_ANYWAY,
            BUFFER_POOL,
            *WORKERS,
            *CIRCUIT_FILES,
        ),
    ),
)
