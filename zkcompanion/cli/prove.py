"""`prove`: an example, a folder, a key."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.cli.commands import (
    Arguments,
    Command,
    Option,
    Outcome,
    Word,
    size_in_bytes,
    size_or_none,
    whole_number,
)
from zkcompanion.cli.views import profile_lines, proving_data, proving_lines

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.choose import FileRole
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.app.views import ProvingView

PROOF_SCHEMA = "urn:zkcompanion:schema:proof:1"
MAX_REPEAT = 100_000
REPEAT = Option(
    ("--repeat",), msg("make N proofs in the warm process; the files hold the last"), "N", whole_number(1, MAX_REPEAT)
)
PROFILE = Option(("--profile",), msg("count the work of each phase, and compare it with what this machine could do"))

CONSTANT_WORK = Option(
    ("--constant-work",), msg("let the time of a proof tell nothing of the witness; it takes longer for it")
)
#: Files that lie elsewhere.
CIRCUIT_FILES = (
    Option(("--zkey",), msg("the key, where it is not beside the circuit"), "F"),
    Option(("--wasm",), msg("the witness calculator, where it is not beside the circuit"), "F"),
    Option(("--r1cs",), msg("the constraints, where they are not beside the circuit"), "F"),
    Option(("--sym",), msg("the signals' names, where they are not beside the circuit"), "F"),
)
MEMORY = Option(
    ("--memory",),
    msg("hold no more memory than this, such as 700M; where that is little, it takes longer"),
    "BYTES",
    size_in_bytes,
)
RUN_ANYWAY = Option(
    ("--run-anyway",), msg("have tried what is predicted not to fit into memory or onto the disk; it may be ended")
)
BUFFER_POOL = Option(
    ("--buffer-pool",),
    msg("keep up to so much memory from one proof to the next, such as 256M; 0 for none (default: 1G)"),
    "BYTES",
    size_or_none,
)


def prove(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Find the circuit, prove, write the three files into a folder."""
    roles: tuple[FileRole, ...] = ("zkey", "wasm", "r1cs", "sym", "witness", "input")
    refuse_both(arguments)
    chosen = {role: Path(text) for role in roles if (text := arguments.text(role)) is not None}
    if {"witness", "input"} <= chosen.keys():
        raise UsageError(msg("Give --input or --witness, not both."))
    out = arguments.text("out")
    view = app.prove_circuit(
        arguments.word("CIRCUIT"),
        chosen,
        trace,
        out=None if out is None else Path(out),
        repeat=arguments.number("repeat", 1),
        profile=arguments.flag("profile"),
        remember=True,
    )
    return proving_outcome(view, _next_step(view))


def refuse_both(arguments: Arguments) -> None:
    """The mask of constant work is of the size of what a budget saves. Raises: UsageError."""
    if arguments.flag("constant-work") and arguments.number("memory", 0):
        raise UsageError(msg("Give --memory or --constant-work, not both."))


def proving_outcome(view: ProvingView, *notes: Message) -> Outcome:
    """A run of proofs."""
    notes = (*profile_lines(view), *notes)
    return Outcome(PROOF_SCHEMA, proving_data(view), tuple(proving_lines(view)), warnings=view.warnings, notes=notes)


def _next_step(view: ProvingView) -> Message:
    return msg(
        "Anyone can check it: zkcompanion groth16 verify {verification_key} {public} {proof}",
        **{kind: shlex.quote(view.files[kind]) for kind in ("verification_key", "public", "proof")},
    )


COMMANDS = (
    Command(
        ("prove",),
        msg("Make a proof and verify it."),
        prove,
        words=(Word("CIRCUIT", msg("an example's name, a folder with a circuit's files, or a .zkey")),),
        options=(
            Option(("--input",), msg("the inputs as JSON; - for standard input"), "F"),
            Option(("--witness",), msg("a witness that was calculated before; - for standard input"), "F"),
            Option(("--out",), msg("the folder for proof, public signals and verification key"), "DIR"),
            REPEAT,
            CONSTANT_WORK,
            MEMORY,
            RUN_ANYWAY,
            BUFFER_POOL,
            PROFILE,
            *CIRCUIT_FILES,
        ),
    ),
)
