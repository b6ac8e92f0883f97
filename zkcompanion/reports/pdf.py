"""A report as PDF, by reportlab: letters embedded, page numbers, an outline, title and language.

The same document gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib as mpl
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch, mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as Grid

from zkcompanion.base.messages import msg
from zkcompanion.reports import parts
from zkcompanion.reports.document import Document, KeyFigure, Section, Table
from zkcompanion.reports.palette import light
from zkcompanion.reports.paper import draw
from zkcompanion.reports.pictures import WIDTH, drawn, height_of
from zkcompanion.reports.told import Chart, charts_of, is_empty
from zkcompanion.reports.words import Words

FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
#: Rows of a table on paper; the other forms have them all.
MOST_ROWS = 120
#: Longer texts in a table are broken into lines, which takes time for each of them.
_SHORT_TEXT = 24

_MUTED, _TEXT, _LINE = HexColor(light("muted")), HexColor(light("text")), HexColor(light("hairline"))


def _style(name: str, size: float, *, bold: bool = False, before: float = 0, after: float = 4) -> ParagraphStyle:
    """A bold one is a heading, and stays with what follows."""
    return ParagraphStyle(
        name,
        fontName=BOLD if bold else FONT,
        fontSize=size,
        leading=1.35 * size,
        spaceBefore=before,
        spaceAfter=after,
        textColor=_TEXT,
        splitLongWords=True,
        keepWithNext=bold,
    )


_TITLE = _style("title", 18, bold=True, after=2)
_HEAD = _style("head", 13, bold=True, before=14, after=6)
_SUBHEAD = _style("subhead", 9.5, bold=True, before=8, after=3)
_BODY = _style("body", 9)
_NOTE = ParagraphStyle("note", parent=_BODY, fontSize=8, leading=11, textColor=_MUTED)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=7.5, leading=9.5, spaceAfter=0)
_CELL_HEAD = ParagraphStyle("cell-head", parent=_CELL, fontName=BOLD, textColor=_MUTED)
_CELL_HEAD_RIGHT = ParagraphStyle("cell-head-right", parent=_CELL_HEAD, alignment=TA_RIGHT)
_BIG = _style("big", 13, bold=True, after=1)


def pdf(document: Document, words: Words) -> bytes:
    """The file."""
    _letters()
    stream = io.BytesIO()
    title = words.text(document.title)
    made = BaseDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        author=f"{document.provenance.program} {document.provenance.version}",
        subject=words.period(document.begin_unix_s, document.end_unix_s),
        creator=document.provenance.program,
        lang=words.language,
        displayDocTitle=True,
        invariant=True,
    )
    frame = Frame(_MARGIN, _MARGIN, _WIDTH, A4[1] - 2 * _MARGIN, 0, 0, 0, 0)

    def foot(canvas: Canvas, _template: object) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 7.5)
        canvas.setFillColor(_MUTED)
        canvas.drawString(_MARGIN, 10 * mm, title[:100])
        canvas.drawRightString(A4[0] - _MARGIN, 10 * mm, words.say(msg("Page {number}", number=canvas.getPageNumber())))
        canvas.restoreState()

    made.addPageTemplates([PageTemplate("page", [frame], onPage=foot)])
    made.build(list(_story(document, words)))
    return stream.getvalue()


@lru_cache(maxsize=1)
def _letters() -> None:
    """DejaVu, which comes with matplotlib; what it has no letter for is a box on paper."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for name in (FONT, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


class _Bookmark(Flowable):  # type: ignore[misc]  # reportlab ships no types
    """An entry of the outline, without a place of its own on the page."""

    def __init__(self, id_: str, title: str) -> None:
        super().__init__()
        self._entry = (id_, title)

    def wrap(self, *_room: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        id_, title = self._entry
        self.canv.bookmarkPage(id_)
        self.canv.addOutlineEntry(title, id_, 0)


class _Picture(Flowable):  # type: ignore[misc]
    """A chart, as wide as the page's text."""

    def __init__(self, chart: Chart, document: Document, words: Words) -> None:
        super().__init__()
        self._what = (chart, document, words)
        self._scale = _WIDTH / (WIDTH * inch)

    def wrap(self, *_room: float) -> tuple[float, float]:
        return _WIDTH, self._scale * height_of(self._what[0]) * inch

    def draw(self) -> None:
        self.canv.saveState()
        self.canv.scale(self._scale, self._scale)
        with drawn(*self._what) as figure:
            draw(figure, self.canv, FONT)
        self.canv.restoreState()


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _story(document: Document, words: Words) -> Iterator[Flowable]:
    yield _paragraph(words.text(document.title), _TITLE)
    yield _paragraph(words.period(document.begin_unix_s, document.end_unix_s), _NOTE)
    yield Spacer(0, 6)
    yield from (_paragraph(f"•  {words.text(line)}", _BODY) for line in document.summary)
    for section in document.sections:
        yield from _section(section, document, words)
    yield _paragraph(words.say(msg("About this report")), _HEAD)
    yield from _table(parts.gaps_table(document), words)
    yield from (_paragraph(words.text(note), _NOTE) for note in document.notes)
    yield from _table(parts.provenance_table(document, words), words)


def _section(section: Section, document: Document, words: Words) -> Iterator[Flowable]:
    title = words.text(section.title)
    head: list[Flowable] = [_Bookmark(section.id, title), _paragraph(title, _HEAD)]
    blocks: list[list[Flowable]] = [[_paragraph(words.text(text), _BODY)] for text in section.paragraphs]
    if section.figures:
        blocks.append([_figures(section.figures, words)])
    for chart in charts_of(section):
        name = _paragraph(words.text(chart.title), _SUBHEAD)
        if is_empty(chart):
            blocks.append([name, _paragraph(words.say(parts.NOTHING_MEASURED), _NOTE)])
        else:
            blocks.append([name, _Picture(chart, document, words)])
    if blocks:  # a heading never stands alone at the foot of a page
        head += blocks.pop(0)
    yield KeepTogether(head)
    yield from (KeepTogether(block) for block in blocks)
    for table in section.tables:
        yield from _table(table, words)
    yield from (_paragraph(words.text(note), _NOTE) for note in section.notes)


def _figures(figures: tuple[KeyFigure, ...], words: Words) -> Grid:
    cells = [
        [
            _paragraph(words.text(one.title), _NOTE),
            _paragraph(words.quantity(one.value, one.unit), _BIG),
            _paragraph(words.text(one.meaning), _NOTE),
        ]
        for one in figures
    ]
    across = 3
    rows = [cells[first : first + across] for first in range(0, len(cells), across)]
    rows[-1] += [[]] * (across - len(rows[-1]))
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    return Grid(rows, [_WIDTH / across] * across, style=style)


def _table(table: Table | None, words: Words) -> Iterator[Flowable]:
    if table is None:
        return
    title = _paragraph(words.text(table.title), _SUBHEAD)
    if not table.rows:
        yield KeepTogether([title, _paragraph(words.text(table.empty), _NOTE)])
        return
    numbers = [column.unit not in {"text", "time"} for column in table.columns]
    shown = table.rows[:MOST_ROWS]
    rows: list[list[object]] = [
        [
            _paragraph(words.text(column.title), _CELL_HEAD_RIGHT if number else _CELL_HEAD)
            for column, number in zip(table.columns, numbers, strict=True)
        ]
    ]
    longest = [0] * len(numbers)
    for row in shown:
        cells = [words.cell(cell, column.unit) for cell, column in zip(row, table.columns, strict=True)]
        longest = [max(most, len(cell)) for most, cell in zip(longest, cells, strict=True)]
        rows.append([cell if len(cell) <= _SHORT_TEXT else _paragraph(cell, _CELL) for cell in cells])
    weights = [
        min(44, max(8, most, len(words.text(column.title)) * 0.8))
        for most, column in zip(longest, table.columns, strict=True)
    ]
    widths = [_WIDTH * weight / sum(weights) for weight in weights]
    style = [
        ("FONT", (0, 0), (-1, -1), FONT, 7.5, 9.5),
        ("TEXTCOLOR", (0, 1), (-1, -1), _TEXT),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        *(("ALIGN", (at, 0), (at, -1), "RIGHT") for at, number in enumerate(numbers) if number),
    ]
    few = 12
    grid = Grid(rows, widths, repeatRows=1, style=style)
    if len(rows) <= few:
        yield KeepTogether([title, grid])
    else:
        yield title
        yield grid
    more = len(table.rows) - len(shown) + table.left_out
    if more:
        yield _paragraph(words.say(parts.left_out(more)), _NOTE)
