"""A report as Markdown (CommonMark with tables): text in it is text, whatever it holds. Pictures are told in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zkcompanion.base.messages import msg
from zkcompanion.reports import parts
from zkcompanion.reports.document import Document, Section, Table
from zkcompanion.reports.told import charts_of, lines_of
from zkcompanion.reports.words import Words

#: What means something anywhere in a line; and what does at its beginning.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_AT_START = re.compile(r"^(\s*)(?:([-+=])|(\d+)([.)]))")


def markdown(document: Document, words: Words) -> bytes:
    """The file, UTF-8."""
    return ("\n".join(_lines(document, words)).rstrip("\n") + "\n").encode()


def as_text(text: str) -> str:
    """`text` so that Markdown reads nothing into it."""
    escaped = _SPECIAL.sub(r"\\\1", text)
    return _AT_START.sub(lambda found: f"{found[1]}{found[3] or ''}\\{found[2] or found[4]}", escaped)


def _lines(document: Document, words: Words) -> Iterator[str]:
    yield f"# {as_text(words.text(document.title))}\n"
    yield f"{as_text(words.period(document.begin_unix_s, document.end_unix_s))}\n"
    yield from (f"- {as_text(words.text(line))}" for line in document.summary)
    yield ""
    for section in document.sections:
        yield from _section(section, words)
    yield from _table(parts.gaps_table(document), words)
    yield from (f"{as_text(words.text(note))}\n" for note in document.notes)
    yield from _table(parts.provenance_table(document, words), words)


def _section(section: Section, words: Words) -> Iterator[str]:
    yield f"## {as_text(words.text(section.title))}\n"
    yield from (f"{as_text(words.text(text))}\n" for text in section.paragraphs)
    if section.figures:
        yield from _head(
            (words.say(msg("What")), words.say(msg("Value")), words.say(msg("Meaning"))), (False, True, False)
        )
        for figure in section.figures:
            cells = (words.text(figure.title), words.quantity(figure.value, figure.unit), words.text(figure.meaning))
            yield _row(cells)
        yield ""
    for chart in charts_of(section):
        yield f"### {as_text(words.text(chart.title))}\n"
        lines = lines_of(chart, words) or [words.say(parts.NOTHING_MEASURED)]
        yield from (f"- {as_text(line)}" for line in lines)
        yield ""
    for table in section.tables:
        yield from _table(table, words)
    yield from (f"*{as_text(words.text(note))}*\n" for note in section.notes)


def _table(table: Table | None, words: Words) -> Iterator[str]:
    if table is None:
        return
    yield f"### {as_text(words.text(table.title))}\n"
    if not table.rows:
        yield f"{as_text(words.text(table.empty))}\n"
        return
    columns = table.columns
    yield from _head([words.text(one.title) for one in columns], [one.unit not in {"text", "time"} for one in columns])
    for row in table.rows:
        yield _row([words.cell(cell, column.unit) for cell, column in zip(row, columns, strict=True)])
    yield ""
    if table.left_out:
        yield f"{as_text(words.say(parts.left_out(table.left_out)))}\n"


def _head(titles: tuple[str, ...] | list[str], numbers: tuple[bool, ...] | list[bool]) -> Iterator[str]:
    yield _row(titles)
    yield "|" + "|".join("---:" if number else "---" for number in numbers) + "|"


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(as_text(cell) for cell in cells) + " |"
