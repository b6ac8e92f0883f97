"""How a document's texts, values and dates are read: in which language, and by which clock on the wall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from zkcompanion.base.messages import Message, msg, render
from zkcompanion.base.visible import shortened, tamed, visible
from zkcompanion.reports.document import Cell, ColumnUnit, Text
from zkcompanion.reports.quantities import UNKNOWN, Unit, quantity


@dataclass(frozen=True, slots=True)
class Words:
    """`say` gives a sentence in the language with the tag `language`; `zone` None is the system's own."""

    say: Callable[[Message], str] = render
    language: str = "en"
    zone: tzinfo | None = None

    def text(self, text: Text) -> str:
        """On one line, without what moves a cursor or reorders text."""
        return visible(self.say(tamed(text))) if isinstance(text, Message) else visible(shortened(text))

    def quantity(self, value: float | None, unit: Unit) -> str:
        """A value with its unit."""
        return quantity(value, unit)

    def cell(self, cell: Cell, unit: ColumnUnit) -> str:
        """What stands in a table."""
        if cell is None:
            return UNKNOWN
        if isinstance(cell, Message | str):
            return self.text(cell)
        if unit == "time":
            return self.date(cell)
        return quantity(cell, "count" if unit == "text" else unit)

    def local(self, unix_s: float) -> datetime:
        """A date by the clock on the wall."""
        return datetime.fromtimestamp(unix_s, UTC).astimezone(self.zone)

    def date(self, unix_s: float) -> str:
        """Day and time to the second, `2026-11-26 14:30:05`."""
        return f"{self.local(unix_s):%Y-%m-%d %H:%M:%S}"

    def period(self, begin_unix_s: float, end_unix_s: float) -> str:
        """From when to when, with what the clock on the wall is ahead of UTC."""
        begin, end = self.local(begin_unix_s), self.local(end_unix_s)
        return self.say(
            msg(
                "{begin} to {end} ({zone})",
                begin=f"{begin:%Y-%m-%d %H:%M}",
                end=f"{end:%Y-%m-%d %H:%M}",
                zone=_offset(begin) if _offset(begin) == _offset(end) else f"{_offset(begin)}, {_offset(end)}",
            )
        )


def _offset(moment: datetime) -> str:
    text = f"{moment:%z}"
    return f"UTC{text[:3]}:{text[3:5]}"
