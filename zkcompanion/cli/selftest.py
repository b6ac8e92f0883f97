"""`self-test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcompanion.base.errors import ExitCode
from zkcompanion.base.messages import msg
from zkcompanion.base.units import format_duration
from zkcompanion.cli.commands import Arguments, Command, Outcome

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.timing import RecordingTrace


def self_test(app: Application, _arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """All checks, each on a line."""
    view = app.self_test(trace)
    lines = [
        msg(
            "{verdict:<6} {name:<8} {duration:>8}  {detail}",
            verdict="ok" if check.passed else "FAILED",
            name=check.name,
            duration=format_duration(check.seconds),
            detail=check.detail,
        )
        for check in view.checks
    ]
    data = {
        "passed": view.passed,
        "checks": [
            {"name": check.name, "passed": check.passed, "detail": str(check.detail), "seconds": check.seconds}
            for check in view.checks
        ],
    }
    code = ExitCode.OK if view.passed else ExitCode.BUG
    return Outcome("urn:zkcompanion:schema:self-test:1", data, tuple(lines), code)


COMMANDS = (Command(("self-test",), msg("See whether this installation works: it makes a real proof."), self_test),)
