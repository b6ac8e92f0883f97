"""The tables and series of a report as CSV files (RFC 4180, UTF-8) in a ZIP archive, for spreadsheets and programs.

Numbers have all their digits and the unit that their column's heading names; dates are ISO 8601 in UTC. A text that a
spreadsheet would take for a formula has an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from zkcompanion.base.messages import Message
from zkcompanion.reports import parts
from zkcompanion.reports.document import BarChart, Cell, ColumnUnit, Document, ShareChart, Table, TimeChart
from zkcompanion.reports.told import Chart, charts_of
from zkcompanion.reports.words import Words

#: What a spreadsheet may begin a formula with, wide forms included.
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}",
    "\N{FULLWIDTH COMMERCIAL AT}",
)
#: Of every file in the archive, so that the same report gives the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)

Row = list[str]


def archive(document: Document, words: Words) -> bytes:
    """The ZIP file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, rows in _files(document, words):
            entry = zipfile.ZipInfo(f"{name}.csv", _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            made.writestr(entry, as_csv(rows))
    return stream.getvalue()


def as_csv(rows: Iterable[Row]) -> bytes:
    """Lines that end in CR LF, with quotes where they are needed."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode()


def harmless(text: str) -> str:
    """`text` so that no spreadsheet computes it."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _files(document: Document, words: Words) -> Iterator[tuple[str, Iterator[Row]]]:
    yield "about", _table(parts.provenance_table(document, words), words)
    yield "figures", _figures(document, words)
    gaps = parts.gaps_table(document)
    if gaps is not None:
        yield "gaps", _table(gaps, words)
    for section in document.sections:
        for table in section.tables:
            yield table.id, _table(table, words)
        for chart in charts_of(section):
            yield chart.id, _chart(chart, words)


def _figures(document: Document, words: Words) -> Iterator[Row]:
    yield ["section", "figure", "value", "unit", "title", "meaning"]
    for section in document.sections:
        for one in section.figures:
            texts = (words.text(one.title), words.text(one.meaning))
            yield [section.id, one.id, _number(one.value), one.unit, *map(harmless, texts)]


def _table(table: Table, words: Words) -> Iterator[Row]:
    yield [_heading(column.id, column.unit) for column in table.columns]
    for row in table.rows:
        yield [_cell(cell, column.unit, words) for cell, column in zip(row, table.columns, strict=True)]
    if table.left_out:
        yield [harmless(words.say(parts.left_out(table.left_out)))]


def _chart(chart: Chart, words: Words) -> Iterator[Row]:
    if isinstance(chart, TimeChart):
        yield [
            "series",
            "title",
            "time",
            "step [seconds]",
            *(f"{name} [{chart.unit}]" for name in ("mean", "low", "high")),
        ]
        for curve in chart.curves:
            title = harmless(words.text(curve.title))
            low, high = curve.low or curve.values, curve.high or curve.values
            for moment, *values in zip(curve.unix_s, curve.values, low, high, strict=True):
                yield [curve.id, title, _time(moment), _number(curve.step_s), *map(_number, values)]
    elif isinstance(chart, BarChart):
        yield ["title", *(f"{name} [{chart.unit}]" for name in ("value", "expected_low", "expected_high"))]
        for bar in chart.bars:
            yield [harmless(words.text(bar.title)), *map(_number, (bar.value, bar.low, bar.high))]
    else:
        yield from _shares(chart, words)


def _shares(chart: ShareChart, words: Words) -> Iterator[Row]:
    yield ["title", f"value [{chart.unit}]"]
    for part in chart.parts:
        yield [harmless(words.text(part.title)), _number(part.value)]


def _heading(name: str, unit: ColumnUnit) -> str:
    return name if unit in {"text", "time"} else f"{name} [{unit}]"


def _cell(cell: Cell, unit: ColumnUnit, words: Words) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Message | str):
        return harmless(words.text(cell))
    return _time(cell) if unit == "time" else _number(cell)


def _number(value: float | None) -> str:
    """As many digits as it has; nothing where it is not known."""
    if value is None or not math.isfinite(value):
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _time(unix_s: float) -> str:
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
