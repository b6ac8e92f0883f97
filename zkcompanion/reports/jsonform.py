"""A report as JSON for programs, by the schema `resources/schemas/report.json`: every number beside its unit, dates in
seconds since 1970 UTC, sentences in English.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from zkcompanion.base.messages import Message
from zkcompanion.reports.document import BarChart, Cell, Document, Section, Span, Table, Text, TimeChart
from zkcompanion.reports.told import Chart, charts_of
from zkcompanion.reports.words import Words

SCHEMA = "urn:zkcompanion:schema:report:1"

_ENGLISH = Words()


def as_json(document: Document, _words: Words) -> bytes:
    """The file, UTF-8, one line for each section's part so that two reports can be compared by lines."""
    return (json.dumps(plain(document), ensure_ascii=True, allow_nan=False, indent=1) + "\n").encode()


def plain(document: Document) -> dict[str, object]:
    """The document as JSON values."""
    made = document.provenance
    return {
        "schema": SCHEMA,
        "kind": document.kind,
        "title": _text(document.title),
        "begin_unix_s": document.begin_unix_s,
        "end_unix_s": document.end_unix_s,
        "summary": [_text(one) for one in document.summary],
        "sections": [_section(one) for one in document.sections],
        "gaps": [_span(one) for one in document.gaps],
        "notes": [_text(one) for one in document.notes],
        "provenance": {
            "program": made.program,
            "version": made.version,
            "made_unix_s": made.made_unix_s,
            "machine": [{"what": _text(what), "value": _text(value)} for what, value in made.machine],
        },
    }


def _section(section: Section) -> dict[str, object]:
    return {
        "id": section.id,
        "title": _text(section.title),
        "paragraphs": [_text(one) for one in section.paragraphs],
        "figures": [
            {
                "id": one.id,
                "title": _text(one.title),
                "value": _number(one.value),
                "unit": one.unit,
                "meaning": _text(one.meaning),
                "tone": one.tone,
            }
            for one in section.figures
        ],
        "charts": [_chart(one) for one in charts_of(section)],
        "tables": [_table(one) for one in section.tables],
        "notes": [_text(one) for one in section.notes],
    }


def _chart(chart: Chart) -> dict[str, object]:
    common: dict[str, object] = {"id": chart.id, "title": _text(chart.title), "unit": chart.unit}
    if isinstance(chart, TimeChart):
        curves = [
            {
                "id": one.id,
                "title": _text(one.title),
                "step_s": one.step_s,
                "unix_s": list(one.unix_s),
                "values": _numbers(one.values),
                "low": _numbers(one.low),
                "high": _numbers(one.high),
            }
            for one in chart.curves
        ]
        marks = [_span(one) for one in chart.marks]
        return common | {"type": "curves", "stacked": chart.stacked, "curves": curves, "marks": marks}
    kind, bars = ("bars", chart.bars) if isinstance(chart, BarChart) else ("shares", chart.parts)
    values = [
        {
            "title": _text(one.title),
            "value": _number(one.value),
            "expected_low": _number(one.low),
            "expected_high": _number(one.high),
        }
        for one in bars
    ]
    return common | {"type": kind, "values": values}


def _table(table: Table) -> dict[str, object]:
    return {
        "id": table.id,
        "title": _text(table.title),
        "columns": [{"id": one.id, "title": _text(one.title), "unit": one.unit} for one in table.columns],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "left_out": table.left_out,
    }


def _span(span: Span) -> dict[str, object]:
    return {
        "begin_unix_s": span.begin_unix_s,
        "end_unix_s": span.end_unix_s,
        "text": _text(span.text),
        "tone": span.tone,
    }


def _cell(cell: Cell) -> str | float | None:
    return _text(cell) if isinstance(cell, Message | str) else _number(cell)


def _text(text: Text) -> str:
    return _ENGLISH.text(text)


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _numbers(values: Sequence[float]) -> list[float | None]:
    return [_number(value) for value in values]
