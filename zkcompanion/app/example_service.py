"""The bundled circuits as faces show them."""

from __future__ import annotations

import struct

from zkcompanion.app.examples import Example, list_examples
from zkcompanion.app.views import ExampleSignalView, ExampleView
from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg

#: The section of an `.r1cs` that tells its sizes.
_HEADER = 1


class ExampleService:
    """What comes with the program."""

    def list(self) -> tuple[ExampleView, ...]:
        """All examples by id. Raises: FileError where one is damaged."""
        return tuple(_view(example) for example in list_examples())


def _view(example: Example) -> ExampleView:
    constraints, public_signals = _sizes(example)
    return ExampleView(
        id=example.id,
        title=example.title,
        summary=example.summary,
        reveals=example.reveals,
        hides=example.hides,
        signals=tuple(
            ExampleSignalView(signal.name, signal.public, signal.label, signal.note) for signal in example.signals
        ),
        sources=example.sources,
        constraints=constraints,
        public_signals=public_signals,
        input_file=str(example.input_path),
    )


def _sizes(example: Example) -> tuple[int, int]:
    """Numbers of constraints and public signals, from the header of the `.r1cs` alone.

    The list is shown by a window that has just opened, so neither the constraints nor NumPy are read for it. The files
    are our own: a test reads them whole and compares.
    """
    with example.r1cs_path.open("rb") as stream:
        _, _, n_sections = struct.unpack("<4sII", stream.read(12))
        for _ in range(n_sections):
            kind, size = struct.unpack("<IQ", stream.read(12))
            if kind == _HEADER:
                header = stream.read(size)
                # the prime and its size, wires, outputs, public and private inputs, labels, constraints
                _, outputs, public_inputs, _, _, constraints = struct.unpack_from("<IIIIQI", header, size - 28)
                return constraints, outputs + public_inputs
            stream.seek(size, 1)
    raise FileError(msg("This section is missing: {section}.", section="header"), file=str(example.r1cs_path))
