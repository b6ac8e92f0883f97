"""`examples`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count
from zkcompanion.cli.commands import Arguments, Command, Outcome

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.app.views import ExampleView


def examples(app: Application, _arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """The bundled circuits."""
    views = app.examples.list()
    lines = [line for view in views for line in (*_lines(view), msg(""))]
    return Outcome(
        "urn:zkcompanion:schema:examples:1",
        {"examples": [_data(view) for view in views]},
        tuple(lines[:-1]),
        notes=(msg("Prove one with: zkcompanion prove {id}", id=views[0].id),) if views else (),
    )


def _lines(view: ExampleView) -> Iterator[Message]:
    yield msg("{id}: {title}, {count} constraints", id=view.id, title=view.title, count=format_count(view.constraints))
    for sentence in view.summary:
        yield msg("  {sentence}", sentence=sentence)
    yield msg("  public: {names}", names=", ".join(signal.name for signal in view.signals if signal.public))
    yield msg("  private: {names}", names=", ".join(signal.name for signal in view.signals if not signal.public))


def _data(view: ExampleView) -> dict[str, object]:
    return {
        "id": view.id,
        "title": str(view.title),
        "summary": [str(sentence) for sentence in view.summary],
        "reveals": [str(sentence) for sentence in view.reveals],
        "hides": [str(sentence) for sentence in view.hides],
        "signals": [
            {"name": signal.name, "public": signal.public, "label": str(signal.label), "note": str(signal.note)}
            for signal in view.signals
        ],
        "sources": list(view.sources),
        "constraints": view.constraints,
        "public_signals": view.public_signals,
        "input_file": view.input_file,
    }


COMMANDS = (Command(("examples",), msg("List the circuits that come with the program."), examples),)
