"""`settings list`, `settings set`, `settings reset`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.cli.commands import Arguments, Command, Outcome, Word

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.choices import ChangedView, ChoiceView
    from zkcompanion.app.timing import RecordingTrace

_SCHEMA = "urn:zkcompanion:schema:settings:1"


def show(app: Application, _arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """All of them."""
    from zkcompanion.app.choices import choices

    views = choices(app.dirs)
    return Outcome(_SCHEMA, _data(views), tuple(_lines(views)))


def change(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Set one."""
    from zkcompanion.app.choices import change as keep

    return _changed(app, keep(app.dirs, {arguments.word("NAME"): arguments.word("VALUE")}))


def reset(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Back to the defaults."""
    from zkcompanion.app.choices import reset as forget

    return _changed(app, forget(app.dirs, arguments.more))


def _changed(app: Application, view: ChangedView) -> Outcome:
    if view.limits is not None:
        app.cache.limit(view.limits)
    lines = tuple(msg("{name} is {value} now.", name=one.name, value=_shown(one)) for one in view.choices)
    return Outcome(_SCHEMA, _data(view.choices), lines)


def _data(views: Iterable[ChoiceView]) -> dict[str, object]:
    return {
        "settings": [
            {
                "name": view.name,
                "value": view.value,
                "default": view.default,
                "choices": list(view.choices) if view.choices else None,
                "least": view.least,
                "most": view.most,
            }
            for view in views
        ]
    }


def _lines(views: Iterable[ChoiceView]) -> Iterator[Message]:
    for view in views:
        yield msg("  {name:<18} {value:<24} {may_be}", name=view.name, value=_shown(view), may_be=_may_be(view))


def _shown(view: ChoiceView) -> str:
    if view.name.endswith("_bytes"):
        return f"{view.text} ({format_size(int(view.value))})"
    return view.text or '""'


def _may_be(view: ChoiceView) -> Message | str:
    if view.choices:
        return ", ".join(view.choices)
    if view.least is not None and view.most is not None:
        return msg("{least} to {most}", least=view.least, most=view.most)
    return ""


COMMANDS = (
    Command(("settings", "list"), msg("Show the settings of the window and what they may be."), show),
    Command(
        ("settings", "set"),
        msg("Change a setting of the window."),
        change,
        words=(
            Word("NAME", msg("a name from settings list")),
            Word("VALUE", msg("on, off, a number, a size or a word, as the setting takes")),
        ),
    ),
    Command(
        ("settings", "reset"),
        msg("Bring settings back to their defaults; without a name, all of them."),
        reset,
        more=Word("NAME", msg("a name from settings list")),
    ),
)
