"""`r1cs info` and `file info`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_size
from zkcompanion.cli.commands import Arguments, Command, Outcome, Word

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.app.views import FileView


def r1cs_info(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """The size of a circuit."""
    view = app.inspection.r1cs(Path(arguments.word("R1CS")))
    data = {
        "file": view.file,
        "curve": view.curve,
        "wires": view.wires,
        "constraints": view.constraints,
        "private_inputs": view.private_inputs,
        "public_inputs": view.public_inputs,
        "outputs": view.outputs,
        "labels": view.labels,
        "terms": dict(view.terms),
        "domain_power": view.domain_power,
    }
    counts = (
        (msg("Curve:"), view.curve),
        (msg("Wires:"), format_count(view.wires)),
        (msg("Constraints:"), format_count(view.constraints)),
        (msg("Private inputs:"), format_count(view.private_inputs)),
        (msg("Public inputs:"), format_count(view.public_inputs)),
        (msg("Outputs:"), format_count(view.outputs)),
        (msg("Labels:"), format_count(view.labels)),
        (msg("Terms in A, B, C:"), ", ".join(format_count(view.terms[name]) for name in "abc")),
        (msg("Needs a .ptau of:"), f"2^{view.domain_power} or more"),
    )
    lines = tuple(msg("{label:<18} {value}", label=label, value=value) for label, value in counts)
    return Outcome("urn:zkcompanion:schema:r1cs-info:1", data, lines)


def file_info(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """What a file is."""
    view = app.inspection.file(Path(arguments.word("FILE")))
    data = {
        "file": view.file,
        "type": view.type,
        "size_bytes": view.size_bytes,
        "version": view.version,
        "scheme": view.scheme,
        "curve": view.curve,
        "sections": [
            {"number": s.number, "title": s.title, "offset": s.offset, "size_bytes": s.size_bytes}
            for s in view.sections
        ],
    }
    return Outcome("urn:zkcompanion:schema:file-info:1", data, tuple(_file_lines(view)))


def _file_lines(view: FileView) -> Iterator[Message]:
    unknown = msg("does not say")
    rows: list[tuple[Message, str | Message]] = [(msg("File:"), view.file), (msg("Type:"), view.type)]
    rows += [(msg("Size:"), f"{format_size(view.size_bytes)} ({format_count(view.size_bytes)} bytes)")]
    if view.version is not None:
        rows.append((msg("Version:"), str(view.version)))
    if view.type in {"zkey", "proof", "verification-key"}:
        rows.append((msg("Scheme:"), view.scheme or unknown))
    if view.type not in {"sym", "wasm", "public", "json"}:
        rows.append((msg("Curve:"), view.curve or unknown))
    for label, value in rows:
        yield msg("{label:<18} {value}", label=label, value=value)
    for section in view.sections:
        yield msg(
            "Section {number:>2}: {size_bytes:>14} bytes from byte {offset:<14} {title}",
            number=section.number,
            size_bytes=format_count(section.size_bytes),
            offset=format_count(section.offset),
            title=section.title or "",
        )


COMMANDS = (
    Command(
        ("r1cs", "info"),
        msg("Show the size of a circuit."),
        r1cs_info,
        words=(Word("R1CS", msg("the circuit's constraints"), "circuit.r1cs"),),
        aliases=(("ri",), ("info",)),
    ),
    Command(
        ("file", "info"),
        msg("Say what a file is, for which scheme and curve, and list the sections of a binary one."),
        file_info,
        words=(Word("FILE", msg("an .r1cs, .wtns, .zkey, .ptau, .sym, .wasm or JSON file")),),
        aliases=(("fi",),),
    ),
)
