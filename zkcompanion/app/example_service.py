"""The bundled circuits as faces show them."""

from __future__ import annotations

from zkcompanion.app.examples import Example, list_examples
from zkcompanion.app.views import ExampleSignalView, ExampleView
from zkcompanion.proving.formats.r1cs import read_r1cs


class ExampleService:
    """What comes with the program."""

    def list(self) -> tuple[ExampleView, ...]:
        """All examples by id. Raises: FileError where one is damaged."""
        return tuple(_view(example) for example in list_examples())


def _view(example: Example) -> ExampleView:
    system = read_r1cs(example.r1cs_path)
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
        constraints=system.n_constraints,
        public_signals=system.n_public,
        input_file=str(example.input_path),
    )
