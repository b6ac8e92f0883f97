"""Draw the pictures of docs/formats, or check those that are there.

    scripts/draw_formats.py [--check] [--folder FOLDER]

Each picture shows what stands in a file, in reading order: a band for each section, a cell for each field with its size
under its name, repeated fields tinted. What is drawn stands in pictures.toml in the same folder. `--check` writes
nothing and returns 1 where a picture differs. The same text gives the same bytes.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "formats"

WIDTH = 920
MARGIN = 16
PAD = 12
CELL_HEIGHT = 40
GAP = 8
#: Average character of a wide sans-serif face at 13 and 11 pixels; cells are made from it, so that no text overflows.
CHARACTER = 7.4
SMALL_CHARACTER = 6.3

# one neutral palette on a card of its own, so that a picture reads on a light and on a dark page
CARD, BAND, CELL, GROUP = "#f7f7f5", "#e6e8ea", "#ffffff", "#d5dde6"
INK, FAINT, LINE = "#1f2328", "#57606a", "#9aa4af"


@dataclass(frozen=True)
class Row:
    """Fields (name, size) one after the other; `repeat` says how often, `continued` that the next row belongs to it."""

    cells: tuple[tuple[str, str], ...]
    repeat: str
    continued: bool


@dataclass(frozen=True)
class Band:
    """A section (or a line, or a JSON file): title, size and rows."""

    title: str
    size: str
    rows: tuple[Row, ...]
    number: int | None


@dataclass(frozen=True)
class Picture:
    """One file format."""

    name: str
    summary: str
    bands: tuple[Band, ...]


def load(text: str) -> list[Picture]:
    """The pictures of a pictures.toml."""
    return [
        Picture(
            name,
            table["summary"],
            tuple(
                Band(band["title"], band.get("size", ""), tuple(map(_row, band.get("rows", ()))), band.get("number"))
                for band in table["bands"]
            ),
        )
        for name, table in tomllib.loads(text).items()
    ]


def _row(text: str) -> Row:
    cells, _, repeat = text.removesuffix("+").partition(" @ ")
    pairs = (cell.rpartition(":") for cell in cells.split(" | "))
    return Row(tuple((name, size) for name, _, size in pairs), repeat, text.endswith("+"))


def draw(picture: Picture) -> str:
    """The picture as SVG; ValueError where a row is too long for the page."""
    parts: list[str] = []
    y = float(MARGIN)
    for band in picture.bands:
        height = 34 + len(band.rows) * (CELL_HEIGHT + GAP)
        parts.append(_rect(MARGIN, y, WIDTH - 2 * MARGIN, height, BAND))
        parts.extend(_draw_band(band, y))
        y += height + GAP
    total = y - GAP + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{total:g}" viewBox="0 0 {WIDTH} {total:g}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="13">'
    )
    title = f"<title>{escape(picture.summary)}</title>"
    return "\n".join([head, title, _rect(0, 0, WIDTH, total, CARD), *parts, "</svg>"]) + "\n"


def _draw_band(band: Band, y: float) -> Iterator[str]:
    title = band.title if band.number is None else f"{band.number}  {band.title}"
    yield _text(MARGIN + PAD, y + 22, title, weight="600")
    size = f"{band.size} bytes" if band.size[:1].isdigit() and "bytes" not in band.size else band.size
    yield _text(WIDTH - MARGIN - PAD, y + 22, size, fill=FAINT, anchor="end")
    below = y + 34
    repeated = False
    for row in band.rows:
        repeated = repeated or bool(row.repeat)
        yield from _draw_row(row, below, GROUP if repeated else CELL)
        repeated = repeated and row.continued
        below += CELL_HEIGHT + GAP


def _draw_row(row: Row, y: float, fill: str) -> Sequence[str]:
    parts = []
    x = float(MARGIN + PAD)
    for name, size in row.cells:
        width = max(len(name) * CHARACTER, len(size) * SMALL_CHARACTER) + 2 * PAD
        parts.append(_rect(x, y, width, CELL_HEIGHT, fill))
        middle = x + width / 2
        parts.append(_text(middle, y + (17 if size else 25), name, anchor="middle"))
        if size:
            parts.append(_text(middle, y + 32, size, fill=FAINT, anchor="middle", size=11))
        x += width
    if row.repeat:
        parts.append(_text(x + PAD, y + 25, row.repeat, fill=FAINT))
        x += PAD + len(row.repeat) * CHARACTER
    if x > WIDTH - MARGIN:
        raise ValueError(f"a row of {x:.0f} pixels is too long for the page: {row}")
    return parts


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    stroke = f' stroke="{LINE}"' if fill in {CELL, GROUP} else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" fill="{fill}"{stroke}/>'


def _text(
    x: float, y: float, text: str, *, fill: str = INK, anchor: str = "start", size: int = 0, weight: str = ""
) -> str:
    more = f' font-size="{size}"' if size else ""
    more += f' font-weight="{weight}"' if weight else ""
    more += f' text-anchor="{anchor}"' if anchor != "start" else ""
    # the sources hold signs that a program calculates with
    shown = escape(text.replace(" * ", " \u00d7 ").replace(" - ", " \u2212 "), quote=False)
    return f'<text x="{x:g}" y="{y:g}" fill="{fill}"{more}>{shown}</text>'


def pictures(folder: Path) -> dict[str, str]:
    """File name to SVG of every picture of the folder's pictures.toml."""
    return {f"{picture.name}.svg": draw(picture) for picture in load((folder / "pictures.toml").read_text("utf-8"))}


def differing(folder: Path) -> list[str]:
    """Pictures that are missing, differ from what is drawn here, or are drawn no more."""
    drawn = pictures(folder)
    there = {path.name: path.read_text("utf-8") for path in folder.glob("*.svg")}
    return sorted(name for name in drawn.keys() | there.keys() if drawn.get(name) != there.get(name))


def main(arguments: list[str]) -> int:
    """Draw or check; the exit code."""
    parser = argparse.ArgumentParser(description="Draw the pictures of docs/formats.")
    parser.add_argument("--check", action="store_true", help="compare with the pictures that are there, write nothing")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="pictures.toml and the pictures (docs/formats)")
    options = parser.parse_args(arguments)
    if options.check:
        changed = differing(options.folder)
        for name in changed:
            print(f"{name} is not what scripts/draw_formats.py draws")
        return 1 if changed else 0
    for name, svg in pictures(options.folder).items():
        (options.folder / name).write_text(svg, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
