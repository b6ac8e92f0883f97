"""A report as one web page: no script, nothing fetched, pictures inside, for screen, paper and screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from zkcompanion.base.messages import msg
from zkcompanion.reports import parts
from zkcompanion.reports.document import Document, KeyFigure, Section, Table
from zkcompanion.reports.inline import inline
from zkcompanion.reports.palette import COLOURS
from zkcompanion.reports.pictures import svg
from zkcompanion.reports.told import charts_of, is_empty, told
from zkcompanion.reports.words import Words

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

_SHEET = """
*{box-sizing:border-box}
body{margin:0;background:var(--window);color:var(--text);
font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,header,footer{max-width:960px;margin:0 auto;padding:0 24px}
header{padding-top:40px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}
h2{font-size:19px;margin:0 0 12px}
h3{font-size:15px;margin:24px 0 8px}
p{margin:0 0 10px;max-width:72ch;overflow-wrap:anywhere}
.period,.note,figcaption,.meaning,footer{color:var(--muted);font-size:13px}
.summary{padding-left:20px;margin:16px 0}
nav ol{display:flex;flex-wrap:wrap;gap:4px 20px;list-style:none;padding:0;margin:16px 0 0;font-size:13px}
a{color:var(--series-0)}
section{background:var(--surface);border:1px solid var(--hairline);border-radius:8px;padding:24px;margin:24px 0}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:16px;margin:0 0 16px}
dl div{border-left:3px solid var(--hairline);padding-left:12px}
dl .good{border-color:var(--good)}dl .caution{border-color:var(--caution)}dl .bad{border-color:var(--bad)}
dt{font-size:13px;color:var(--muted)}
dd{margin:0}
dd.value{font-size:21px;font-weight:600;font-variant-numeric:tabular-nums}
figure{margin:16px 0}
.picture{width:100%;height:auto;display:block;stroke-linejoin:round}
.picture text{font-family:system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif!important}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px}
caption{text-align:left;font-weight:600;font-size:15px;padding:16px 0 8px}
th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--hairline);text-align:left;vertical-align:top;font-weight:400;
overflow-wrap:anywhere}
thead th{color:var(--muted);font-weight:600}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
footer{padding-bottom:48px}
footer table{max-width:640px}
@media print{body{background:#fff;font-size:11pt}section{border:0;padding:0}nav{display:none}
figure,tr,dl div{break-inside:avoid}h2,h3,caption{break-after:avoid}main,header,footer{max-width:none;padding:0}}
"""


def webpage(document: Document, words: Words) -> bytes:
    """The file, UTF-8."""
    return "\n".join(_page(document, words)).encode()


def _page(document: Document, words: Words) -> Iterator[str]:
    title = escape(words.text(document.title))
    period = escape(words.period(document.begin_unix_s, document.end_unix_s))
    yield f'<!doctype html>\n<html lang="{escape(words.language)}">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}, {period}</title>\n<style>{_colours()}{_SHEET}</style>\n</head>\n<body>"
    yield f'<header>\n<h1>{title}</h1>\n<p class="period">{period}</p>'
    if document.summary:
        yield '<ul class="summary">'
        yield from (f"<li>{escape(words.text(line))}</li>" for line in document.summary)
        yield "</ul>"
    yield f'<nav aria-label="{escape(words.say(msg("Contents")))}"><ol>'
    yield from (f'<li><a href="#{one.id}">{escape(words.text(one.title))}</a></li>' for one in document.sections)
    yield "</ol></nav>\n</header>\n<main>"
    for section in document.sections:
        yield from _section(section, document, words)
    yield "</main>\n<footer>"
    yield from _table(parts.gaps_table(document), words)
    yield from (f'<p class="note">{escape(words.text(note))}</p>' for note in document.notes)
    yield from _table(parts.provenance_table(document, words), words)
    yield "</footer>\n</body>\n</html>\n"


def _colours() -> str:
    light = ";".join(f"--{name}:{pair[0]}" for name, pair in COLOURS.items())
    dark = ";".join(f"--{name}:{pair[1]}" for name, pair in COLOURS.items())
    return f":root{{color-scheme:light dark;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _section(section: Section, document: Document, words: Words) -> Iterator[str]:
    yield f'<section id="{section.id}" aria-labelledby="{section.id}-head">'
    yield f'<h2 id="{section.id}-head">{escape(words.text(section.title))}</h2>'
    yield from (f"<p>{escape(words.text(text))}</p>" for text in section.paragraphs)
    if section.figures:
        yield "<dl>"
        yield from (_figure(one, words) for one in section.figures)
        yield "</dl>"
    for chart in charts_of(section):
        title = words.text(chart.title)
        yield f"<h3>{escape(title)}</h3>"
        if is_empty(chart):
            yield f'<p class="note">{escape(words.say(parts.NOTHING_MEASURED))}</p>'
        else:
            yield f"<figure>{inline(svg(chart, document, words), chart.id, title, told(chart, words))}</figure>"
    for table in section.tables:
        yield from _table(table, words)
    yield from (f'<p class="note">{escape(words.text(note))}</p>' for note in section.notes)
    yield "</section>"


def _figure(figure: KeyFigure, words: Words) -> str:
    return (
        f'<div class="{figure.tone}"><dt>{escape(words.text(figure.title))}</dt>'
        f'<dd class="value">{escape(words.quantity(figure.value, figure.unit))}</dd>'
        f'<dd class="meaning">{escape(words.text(figure.meaning))}</dd></div>'
    )


def _table(table: Table | None, words: Words) -> Iterator[str]:
    if table is None:
        return
    title = escape(words.text(table.title))
    if not table.rows:
        yield f'<h3>{title}</h3>\n<p class="note">{escape(words.text(table.empty))}</p>'
        return
    kinds = ["" if column.unit in {"text", "time"} else ' class="number"' for column in table.columns]
    yield f'<div class="wide"><table>\n<caption>{title}</caption>\n<thead><tr>'
    yield from (
        f'<th scope="col"{kind}>{escape(words.text(column.title))}</th>'
        for column, kind in zip(table.columns, kinds, strict=True)
    )
    yield "</tr></thead>\n<tbody>"
    for row in table.rows:
        cells = [escape(words.cell(cell, column.unit)) for cell, column in zip(row, table.columns, strict=True)]
        first = f'<th scope="row"{kinds[0]}>{cells[0]}</th>'
        rest = "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(cells[1:], kinds[1:], strict=True))
        yield f"<tr>{first}{rest}</tr>"
    yield "</tbody>\n</table></div>"
    if table.left_out:
        yield f'<p class="note">{escape(words.say(parts.left_out(table.left_out)))}</p>'
