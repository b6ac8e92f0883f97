"""`wtns calculate` and `wtns check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.errors import ExitCode
from zkcompanion.base.messages import msg
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, Word

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.timing import RecordingTrace


def calculate(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """From inputs to a witness."""
    view = app.witness.calculate(
        Path(arguments.word("WASM")), Path(arguments.word("INPUT")), Path(arguments.word("WTNS")), trace
    )
    line = msg(
        "{file}: a witness of {wires} values, calculated in {duration}. It is secret.",
        file=view.file,
        wires=format_count(view.wires),
        duration=format_duration(view.seconds),
    )
    data = {"file": view.file, "wires": view.wires, "seconds": view.seconds}
    return Outcome("urn:zkcompanion:schema:witness:1", data, (line,), warnings=view.warnings)


def check(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """A witness against the constraints."""
    r1cs = Path(arguments.word("R1CS"))
    named = arguments.text("sym")
    beside = r1cs.with_suffix(".sym")
    sym = Path(named) if named is not None else beside if beside.is_file() else None
    view = app.witness.check(r1cs, Path(arguments.word("WTNS")), sym, trace)
    data = {
        "satisfied": view.satisfied,
        "message": str(view.message),
        "hint": None if view.hint is None else str(view.hint),
        "constraints": view.constraints,
        "wires": view.wires,
        "seconds": view.seconds,
    }
    notes = () if view.hint is None else (msg("hint: {hint}", hint=view.hint),)
    code = ExitCode.OK if view.satisfied else ExitCode.INVALID
    return Outcome("urn:zkcompanion:schema:witness-check:1", data, (view.message,), code, notes=notes)


COMMANDS = (
    Command(
        ("wtns", "calculate"),
        msg("Calculate a circuit's witness from its inputs."),
        calculate,
        words=(
            Word("WASM", msg("the circuit's witness calculator, as circom makes it"), "circuit.wasm"),
            Word("INPUT", msg("the inputs as JSON; - for standard input"), "input.json"),
            Word("WTNS", msg("the witness to write; keep it secret"), "witness.wtns"),
        ),
        aliases=(("wc",), ("calculatewitness",)),
    ),
    Command(
        ("wtns", "check"),
        msg("Check that a witness satisfies all constraints; names the first one that it breaks."),
        check,
        words=(
            Word("R1CS", msg("the circuit's constraints"), "circuit.r1cs"),
            Word("WTNS", msg("the witness; - for standard input"), "witness.wtns"),
        ),
        options=(Option(("--sym",), msg("the signals' names (default: the .sym beside the R1CS)"), "SYM"),),
        aliases=(("wchk",),),
    ),
)
