"""What is in a file: the size of a circuit, the kind and the sections of a file."""

from __future__ import annotations

from pathlib import Path

from zkcompanion.app.views import FileView, R1csView, SectionView
from zkcompanion.proving.formats.binfile import Section
from zkcompanion.proving.formats.identify import FileKind, FileType, identify_file
from zkcompanion.proving.formats.r1cs import R1cs, read_r1cs

_UNKNOWN_TITLE = "unknown"


class InspectionService:
    """Reads files without proving anything."""

    def r1cs(self, path: Path) -> R1csView:
        """The size of a circuit. Raises: FileError."""
        system = read_r1cs(path)
        return R1csView(
            file=str(path),
            curve="bn254",
            wires=system.n_wires,
            constraints=system.n_constraints,
            private_inputs=system.n_private_inputs,
            public_inputs=system.n_public_inputs,
            outputs=system.n_outputs,
            labels=system.n_labels,
            terms={"a": system.a.n_terms, "b": system.b.n_terms, "c": system.c.n_terms},
            domain_power=domain_power(system),
        )

    def file(self, path: Path) -> FileView:
        """What a file is, of any scheme and curve, and the sections of a binary one. Raises: FileError."""
        kind = identify_file(path)
        return FileView(
            file=str(path),
            type=kind.type.value,
            size_bytes=kind.size_bytes,
            version=kind.version,
            scheme=kind.scheme,
            curve=kind.curve,
            sections=tuple(_section(section, kind) for section in kind.sections),
        )


def domain_power(system: R1cs) -> int:
    """Base-two logarithm of the domain of the circuit's Groth16 key: a row for each constraint and public wire."""
    return max(1, (system.n_constraints + system.n_public).bit_length())


def _section(section: Section, kind: FileKind) -> SectionView:
    title = section.label.partition(" (")[2].rstrip(")")
    # the numbers mean something else in the keys of other schemes
    known = title != _UNKNOWN_TITLE and (kind.type is not FileType.ZKEY or kind.scheme == "groth16")
    return SectionView(section.number, title if known else None, section.offset, section.size_bytes)
