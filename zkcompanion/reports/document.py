"""A report as a frozen value: what is in it, with units, before anybody decides what it looks like.

Texts are `Message` where they are ours and `str` where they came from elsewhere (a file's name); every renderer makes
both harmless. Dates are seconds since 1970 UTC (`unix_s`). Charts and tables have an `id` (`[a-z0-9-]`, unique in the
document), by which programs know them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from zkcompanion.base.messages import Message
from zkcompanion.reports.quantities import Unit

Text = Message | str
#: What a column holds: a text, a date, or values of a unit.
ColumnUnit = Literal[
    "text",
    "time",
    "percent",
    "bytes",
    "bytes_per_second",
    "hertz",
    "celsius",
    "seconds",
    "count",
    "per_second",
    "share",
]
Cell = Message | str | float | None
Tone = Literal["info", "good", "caution", "bad"]

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, and what it was; `begin` and `end` are the same for a moment."""

    begin_unix_s: float
    end_unix_s: float
    text: Text
    tone: Tone = "info"


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A value that matters: `value` None where it is not known. `meaning` says in a sentence what it is."""

    id: str
    title: Text
    value: float | None
    unit: Unit
    meaning: Text
    tone: Tone = "info"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    id: str
    title: Text
    unit: ColumnUnit = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` have a cell for each column: numbers in its unit, None where nothing is known. `empty`: in place of none.

    `left_out`: rows that there are besides.
    """

    id: str
    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: Text
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Curve:
    """A series over time, oldest first: `values` at `unix_s`, each for `step_s` seconds; `low` and `high` as long, or
    empty. Between points that lie further apart there is no line.
    """

    id: str
    title: Text
    unix_s: tuple[float, ...]
    values: tuple[float, ...]
    step_s: float
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Curves of one unit over the document's period, with marks behind them. `stacked`: the curves add up."""

    id: str
    title: Text
    unit: Unit
    curves: tuple[Curve, ...]
    marks: tuple[Span, ...] = ()
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """`low` to `high`: the range that was expected, where there was one."""

    title: Text
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class BarChart:
    """Values beside one another, from 0."""

    id: str
    title: Text
    unit: Unit
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class ShareChart:
    """Parts of a whole; each bar's `value` is its size."""

    id: str
    title: Text
    unit: Unit
    parts: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Shown in the order of the fields."""

    id: str
    title: Text
    paragraphs: tuple[Text, ...] = ()
    figures: tuple[KeyFigure, ...] = ()
    curves: tuple[TimeChart, ...] = ()
    bars: tuple[BarChart, ...] = ()
    shares: tuple[ShareChart, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made the report, when, and on which machine: (what, how it is) pairs."""

    program: str
    version: str
    made_unix_s: float
    machine: tuple[tuple[Text, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A report about `begin_unix_s` to `end_unix_s`. `gaps`: when nothing was measured, and why."""

    kind: str
    title: Text
    begin_unix_s: float
    end_unix_s: float
    summary: tuple[Text, ...]
    sections: tuple[Section, ...]
    provenance: Provenance
    gaps: tuple[Span, ...] = ()
    notes: tuple[Text, ...] = ()

    def problems(self) -> tuple[str, ...]:
        """What does not fit together, in words for us; empty for a document that can be rendered."""
        found: list[str] = []
        if not self.begin_unix_s < self.end_unix_s:
            found.append("the period is empty")
        ids = [self.kind]
        for section in self.sections:
            ids += [section.id, *(one.id for one in section.figures), *(one.id for one in section.tables)]
            ids += [chart.id for charts in (section.curves, section.bars, section.shares) for chart in charts]
            for table in section.tables:
                if any(len(row) != len(table.columns) for row in table.rows):
                    found.append(f"{table.id}: a row has not a cell for each column")
            for chart in section.curves:
                found += [f"{chart.id}: {one.id} has lists of unequal length" for one in chart.curves if not _fits(one)]
        found += [f"{one!r} is no id" for one in ids if not _ID.fullmatch(one)]
        found += [f"{one} stands twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
        return tuple(found)


def _fits(curve: Curve) -> bool:
    return all(len(values) in {0, len(curve.unix_s)} for values in (curve.low, curve.high)) and len(
        curve.values
    ) == len(curve.unix_s)
