"""`groth16 setup | prove | fullprove | verify` and `zkey export verificationkey`, with the arguments of snarkjs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from zkcompanion.app.circuit_files import circuit_name
from zkcompanion.base.errors import ExitCode, UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_duration, format_size
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, Word
from zkcompanion.cli.prove import (
    BUFFER_POOL,
    CONSTANT_WORK,
    MEMORY,
    PROFILE,
    REPEAT,
    RUN_ANYWAY,
    proving_outcome,
    refuse_both,
)
from zkcompanion.cli.views import key_data, key_text, memory_data, row

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.timing import RecordingTrace

_R1CS = Word("R1CS", msg("the circuit's constraints"), "circuit.r1cs")
_ZKEY = Word("ZKEY", msg("the proving key"), "circuit_final.zkey")
_PROOF = Word("PROOF", msg("the proof to write"), "proof.json")
_PUBLIC = Word("PUBLIC", msg("the public signals to write"), "public.json")
_R1CS_OPTION = Option(("--r1cs",), msg("the circuit's constraints: checks the witness before proving"), "F")
_SYM_OPTION = Option(("--sym",), msg("the signals' names, for messages about the witness"), "F")


def setup(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """A key from a `.ptau`, or a development key."""
    r1cs, zkey = Path(arguments.word("R1CS")), Path(arguments.word("ZKEY"))
    if arguments.flag("development"):
        view = app.setup.make_development_key(r1cs, zkey, trace)
        notes: tuple[Message, ...] = ()
    else:
        if arguments.number("memory", 0):
            raise UsageError(msg("--memory is for --development: a key from powers of tau is made in memory."))
        view = app.setup.make_key(r1cs, Path(arguments.word("PTAU")), zkey, trace)
        notes = (msg("It is the start of a setup; it becomes secure with the first contribution to it."),)
    data = {
        "file": view.file,
        **key_data(view.key),
        "constraints": view.constraints,
        "wires": view.wires,
        "public_signals": view.public_signals,
        "domain_power": view.domain_power,
        "circuit_hash": view.circuit_hash,
        "seconds": view.seconds,
        "peak_rss_bytes": view.peak_rss_bytes,
        **({} if view.memory is None else {"memory": memory_data(view.memory)}),
    }
    lines = (
        msg("{file}: the key is made, in {duration}.", file=view.file, duration=format_duration(view.seconds)),
        row(msg("constraints"), format_count(view.constraints)),
        row(msg("circuit hash"), view.circuit_hash),
        row(msg("key"), key_text(view.key)),
        row(msg("memory"), msg("{size} at most", size=format_size(view.peak_rss_bytes))),
    )
    return Outcome("urn:zkcompanion:schema:setup:1", data, lines, warnings=view.warnings, notes=notes)


def prove(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """A proof from a witness."""
    from zkcompanion.app.proving_service import ProvingRequest

    zkey = Path(arguments.word("ZKEY"))
    request = ProvingRequest(circuit_name(zkey), zkey, witness=Path(arguments.word("WTNS")), **_common(arguments))
    return proving_outcome(app.proving.prove(request, trace))


def fullprove(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """A proof from inputs."""
    from zkcompanion.app.proving_service import ProvingRequest

    zkey = Path(arguments.word("ZKEY"))
    request = ProvingRequest(
        circuit_name(zkey),
        zkey,
        inputs=Path(arguments.word("INPUT")),
        wasm=Path(arguments.word("WASM")),
        **_common(arguments),
    )
    return proving_outcome(app.proving.prove(request, trace))


def verify(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """The verdict on a proof."""
    view = app.verification.verify_files(
        Path(arguments.word("VK")),
        Path(arguments.word("PUBLIC")),
        Path(arguments.word("PROOF")),
        trace,
        allow_insecure_key=app.settings.allow_insecure_key,
    )
    data = {
        "verified": view.verified,
        "reason": view.reason,
        "message": str(view.message),
        "hint": None if view.hint is None else str(view.hint),
        **key_data(view.key),
        "public_signals": view.public_signals,
        "seconds": view.seconds,
    }
    verdict = msg("OK: {what}", what=view.message) if view.verified else msg("REFUSED: {what}", what=view.message)
    return Outcome(
        "urn:zkcompanion:schema:verification:1",
        data,
        (verdict,),
        ExitCode.OK if view.verified else ExitCode.INVALID,
        warnings=view.warnings,
        notes=() if view.hint is None else (msg("hint: {hint}", hint=view.hint),),
    )


def export_verification_key(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """The public half of a key."""
    view = app.setup.export_verification_key(Path(arguments.word("ZKEY")), Path(arguments.word("VK")), trace)
    data = {"file": view.file, **key_data(view.key), "public_signals": view.public_signals}
    lines = (
        msg("{file}: the verification key is written.", file=view.file),
        row(msg("signals"), msg("{count} public", count=format_count(view.public_signals))),
        row(msg("key"), key_text(view.key)),
    )
    return Outcome("urn:zkcompanion:schema:verification-key:1", data, lines, warnings=view.warnings)


class _Common(TypedDict):
    r1cs: Path | None
    sym: Path | None
    proof_file: Path
    public_file: Path
    repeat: int
    profile: bool


def _common(arguments: Arguments) -> _Common:
    refuse_both(arguments)
    return {
        "r1cs": _path(arguments, "r1cs"),
        "sym": _path(arguments, "sym"),
        "proof_file": Path(arguments.word("PROOF")),
        "public_file": Path(arguments.word("PUBLIC")),
        "repeat": arguments.number("repeat", 1),
        "profile": arguments.flag("profile"),
    }


def _path(arguments: Arguments, key: str) -> Path | None:
    text = arguments.text(key)
    return None if text is None else Path(text)


COMMANDS = (
    Command(
        ("groth16", "setup"),
        msg("Make a proving key for a circuit: the start of a setup, or a development key."),
        setup,
        words=(
            _R1CS,
            Word("PTAU", msg("powers of tau, prepared for phase 2"), "powersoftau.ptau"),
            Word("ZKEY", msg("the proving key to write"), "circuit_0000.zkey"),
        ),
        options=(
            Option(
                ("--development",),
                msg("take this computer's randomness and no PTAU; for tests, never for anything of value"),
            ),
            MEMORY,
        ),
        aliases=(("g16s",), ("zkn",), ("zkey", "new")),
        variants={
            "development": (_R1CS, Word("ZKEY", msg("the proving key to write"), "circuit_development.zkey")),
        },
    ),
    Command(
        ("groth16", "prove"),
        msg("Make a proof from a witness, and verify it."),
        prove,
        words=(_ZKEY, Word("WTNS", msg("the witness; - for standard input"), "witness.wtns"), _PROOF, _PUBLIC),
        options=(REPEAT, CONSTANT_WORK, MEMORY, RUN_ANYWAY, BUFFER_POOL, PROFILE, _R1CS_OPTION, _SYM_OPTION),
        aliases=(("g16p",), ("zpw",), ("zksnark", "proof"), ("proof",)),
    ),
    Command(
        ("groth16", "fullprove"),
        msg("Make a proof from inputs, and verify it."),
        fullprove,
        words=(
            Word("INPUT", msg("the inputs as JSON; - for standard input"), "input.json"),
            Word("WASM", msg("the circuit's witness calculator"), "circuit.wasm"),
            _ZKEY,
            _PROOF,
            _PUBLIC,
        ),
        options=(REPEAT, CONSTANT_WORK, MEMORY, RUN_ANYWAY, BUFFER_POOL, PROFILE, _R1CS_OPTION, _SYM_OPTION),
        aliases=(("g16f",), ("g16i",)),
    ),
    Command(
        ("groth16", "verify"),
        msg("Check a proof."),
        verify,
        words=(
            Word("VK", msg("the verification key"), "verification_key.json"),
            Word("PUBLIC", msg("the public signals"), "public.json"),
            Word("PROOF", msg("the proof"), "proof.json"),
        ),
        aliases=(("g16v",), ("verify",)),
    ),
    Command(
        ("zkey", "export", "verificationkey"),
        msg("Take the verification key out of a proving key."),
        export_verification_key,
        words=(_ZKEY, Word("VK", msg("the verification key to write"), "circuit_vk.json")),
        aliases=(("zkev",),),
    ),
)
