"""`diagnose`: what is known about this installation and its faults, to be read before it goes anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.messages import msg
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.timing import RecordingTrace

DIAGNOSE_SCHEMA = "urn:zkcompanion:schema:diagnose:1"


def diagnose(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Put the report together; a file of it is written when it stands on standard output, and is that very text."""
    text = app.diagnose(trace)
    out = arguments.text("out")
    file = None if out is None else Path(out)

    def save() -> None:
        if file is not None:
            app.diagnostics.save(file, text)

    as_json = arguments.flag("json")
    if as_json:
        # an error in its place is the only object then
        save()
    data = {"report": text, "file": None if file is None else str(file)}
    lines = tuple(msg("{line}", line=line) for line in text.splitlines())
    notes = () if file is None else (msg("This text is saved as {file}. Nothing is sent.", file=file),)
    return Outcome(DIAGNOSE_SCHEMA, data, lines, notes=notes, then=None if as_json else save)


COMMANDS = (
    Command(
        ("diagnose",),
        msg("Show what is known about this installation and its faults, for a report that you read first."),
        diagnose,
        options=(Option(("--out",), msg("save the text that was shown in this file too"), "FILE"),),
    ),
)
