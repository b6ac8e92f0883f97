"""Charts of a document as pictures, by matplotlib's object API: no global state is left behind, no window system asked.

The same document gives the same bytes.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from zkcompanion.reports.document import BarChart, Curve, Document, ShareChart, TimeChart
from zkcompanion.reports.palette import light, series
from zkcompanion.reports.quantities import axis_scale
from zkcompanion.reports.timeaxis import ticks
from zkcompanion.reports.told import Chart
from zkcompanion.reports.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Of a picture, in inches at 100 dots to the inch; a row of bars and a line of the legend.
WIDTH, HEIGHT, _ROW, _LEGEND_ROW = 7.6, 2.3, 0.28, 0.22
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.62, 0.12, 0.12, 0.3
_LABELS, _BARS_BESIDES, _SHARES = 2.3, 0.42, 0.5
#: Characters of a label beside a bar, and in a legend.
_MOST_LABEL, _MOST_NAME = 34, 30
_PER_LINE = 3
#: A longer pause than so many steps is a gap in a line.
_GAP_STEPS = 1.6
_STYLE: dict[Any, Any] = {  # matplotlib lists some hundred names in the type
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "text.parse_math": False,
    "text.color": light("text"),
    "axes.edgecolor": light("hairline"),
    "axes.facecolor": "none",
    "axes.labelcolor": light("muted"),
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "grid.color": light("hairline"),
    "grid.linewidth": 0.6,
    "xtick.color": light("hairline"),
    "ytick.color": light("hairline"),
    "xtick.labelcolor": light("muted"),
    "ytick.labelcolor": light("muted"),
    "figure.facecolor": "none",
    "svg.fonttype": "none",
}


def svg(chart: Chart, document: Document, words: Words) -> str:
    """An SVG file with text as text; its ids depend on the chart's id alone."""
    stream = io.StringIO()
    with drawn(chart, document, words) as figure:
        FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
            stream, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    return stream.getvalue()


def height_of(chart: Chart) -> float:
    """Of its picture, in inches."""
    if isinstance(chart, TimeChart):
        return HEIGHT + _LEGEND_ROW * _legend_rows(chart)
    if isinstance(chart, BarChart):
        return _ROW * max(1, len(chart.bars)) + _BARS_BESIDES
    return _SHARES + _LEGEND_ROW * _legend_rows(chart)


def _legend_rows(chart: TimeChart | ShareChart) -> int:
    """One curve needs no legend."""
    names = len(chart.curves) if isinstance(chart, TimeChart) else len(chart.parts)
    return math.ceil(names / _PER_LINE) if isinstance(chart, ShareChart) or names > 1 else 0


@contextmanager
def drawn(chart: Chart, document: Document, words: Words) -> Iterator[Figure]:
    """A picture and, until the end of the context, the settings with which it is drawn."""
    with warnings.catch_warnings(), mpl.rc_context(_STYLE | {"svg.hashsalt": chart.id}):
        # a letter that the font does not have is drawn as a box, or by the browser's own font
        warnings.filterwarnings("ignore", message="Glyph")
        if isinstance(chart, TimeChart):
            yield _time_chart(chart, document, words)
        elif isinstance(chart, BarChart):
            yield _bar_chart(chart, words)
        else:
            yield _share_chart(chart, words)


# -- over time


def _time_chart(chart: TimeChart, document: Document, words: Words) -> Figure:
    legend = _legend_rows(chart)
    figure, axes = _figure(height_of(chart), legend_rows=legend)
    most = max((max(one.high or one.values, default=0.0) for one in chart.curves), default=0.0)
    if chart.stacked:
        most = max(_sums(chart.curves).values(), default=0.0)
    factor, sign = axis_scale(chart.unit, most)
    for gap in document.gaps:
        axes.axvspan(gap.begin_unix_s, gap.end_unix_s, facecolor=light("hairline"), alpha=0.55, linewidth=0)
    for mark in chart.marks:
        colour = light(mark.tone)
        if mark.end_unix_s > mark.begin_unix_s:
            axes.axvspan(mark.begin_unix_s, mark.end_unix_s, facecolor=colour, alpha=0.12, linewidth=0)
        axes.axvline(mark.begin_unix_s, color=colour, linewidth=0.8, linestyle=(0, (2, 2)))
    if chart.stacked:
        _stack(axes, chart.curves, factor)
    else:
        for number, curve in enumerate(chart.curves):
            _line(axes, curve, factor, series(number))
    axes.set_xlim(document.begin_unix_s, document.end_unix_s)
    axes.set_ylim(bottom=0, top=None if most > 0 else 1)
    moments = ticks(document.begin_unix_s, document.end_unix_s, words)
    axes.set_xticks([moment for moment, _ in moments], [label for _, label in moments])
    axes.grid(visible=False, axis="x")
    _unit(axes, sign)
    if legend:
        _legend(figure, [words.text(curve.title) for curve in chart.curves])
    return figure


def _line(axes: Axes, curve: Curve, factor: float, colour: str) -> None:
    x, values = broken(curve, curve.values)
    if curve.low and curve.high:
        low, high = broken(curve, curve.low)[1], broken(curve, curve.high)[1]
        axes.fill_between(
            x,
            [value / factor for value in low],
            [value / factor for value in high],
            facecolor=colour,
            alpha=0.18,
            linewidth=0,
        )
    axes.plot(x, [value / factor for value in values], color=colour, linewidth=1.2, solid_joinstyle="round")
    alone = _alone(curve)
    if alone:  # between two gaps there is nothing to draw a line to
        axes.plot(
            [curve.unix_s[i] for i in alone],
            [curve.values[i] / factor for i in alone],
            color=colour,
            marker=".",
            markersize=3,
            linestyle="none",
        )


def broken(curve: Curve, values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Moments and values with a value that is no number wherever nothing was measured for longer than a step."""
    x: list[float] = []
    y: list[float] = []
    for moment, value in zip(curve.unix_s, values, strict=True):
        if x and moment - x[-1] > _GAP_STEPS * curve.step_s:
            x.append(moment)
            y.append(math.nan)
        x.append(moment)
        y.append(value)
    return x, y


def _alone(curve: Curve) -> list[int]:
    edge = _GAP_STEPS * curve.step_s
    moments = (-math.inf, *curve.unix_s, math.inf)
    return [
        i
        for i, moment in enumerate(curve.unix_s)
        if moment - moments[i] > edge and moments[i + 2] - moment > edge and not math.isnan(curve.values[i])
    ]


def _sums(curves: Sequence[Curve]) -> dict[float, float]:
    found: dict[float, float] = {}
    for curve in curves:
        for moment, value in zip(curve.unix_s, curve.values, strict=True):
            found[moment] = found.get(moment, 0.0) + (0.0 if math.isnan(value) else value)
    return found


def _stack(axes: Axes, curves: Sequence[Curve], factor: float) -> None:
    moments = sorted({moment for curve in curves for moment in curve.unix_s})
    step_s = max((curve.step_s for curve in curves), default=1.0)
    below = dict.fromkeys(moments, 0.0)
    for number, curve in enumerate(curves):
        own = dict(zip(curve.unix_s, curve.values, strict=True))
        above = {moment: below[moment] + own.get(moment, 0.0) / factor for moment in moments}
        frame = Curve(curve.id, curve.title, tuple(moments), tuple(above.values()), step_s)
        x, top = broken(frame, frame.values)
        bottom = broken(frame, tuple(below.values()))[1]
        axes.fill_between(x, bottom, top, facecolor=series(number), alpha=0.75, linewidth=0)
        axes.plot(x, top, color=series(number), linewidth=0.8)
        below = above


# -- beside one another


def _bar_chart(chart: BarChart, words: Words) -> Figure:
    figure, axes = _figure(height_of(chart), left=_LABELS, bottom=0.32)
    most = max((max(one.value, one.high or 0.0) for one in chart.bars), default=0.0)
    factor, sign = axis_scale(chart.unit, most)
    rows = range(len(chart.bars))
    axes.barh(rows, [one.value / factor for one in chart.bars], height=0.55, color=series(0))
    for row, one in enumerate(chart.bars):
        end = one.value
        if one.low is not None and one.high is not None:
            axes.plot(
                [one.low / factor, one.high / factor],
                [row, row],
                color=light("text"),
                linewidth=1.2,
                marker="|",
                markersize=7,
            )
            end = max(end, one.high)
        axes.annotate(
            words.quantity(one.value, chart.unit), (end / factor, row), (5, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(list(rows), [_short(words.text(one.title), _MOST_LABEL) for one in chart.bars])
    axes.set_ylim(len(chart.bars) - 0.4, -0.6)
    axes.set_xlim(0, 1.18 * most / factor if most > 0 else 1)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, labelcolor=light("text"))
    axes.set_xlabel(sign, loc="right", fontsize=7.5)
    axes.xaxis.set_label_coords(1.0, -0.16 * 2.3 / figure.get_size_inches()[1])
    return figure


def _share_chart(chart: ShareChart, words: Words) -> Figure:
    names = [
        f"{_short(words.text(one.title), _MOST_NAME - 10)} {words.quantity(one.value, chart.unit)}"
        for one in chart.parts
    ]
    figure, axes = _figure(height_of(chart), legend_rows=_legend_rows(chart), left=_RIGHT, bottom=0.1)
    whole = sum(one.value for one in chart.parts) or 1.0
    left = 0.0
    for number, one in enumerate(chart.parts):
        share = one.value / whole
        axes.barh([0], [share], left=left, color=series(number), edgecolor=light("surface"), linewidth=1.0)
        if share >= 0.07:
            axes.text(
                left + share / 2, 0, words.quantity(share, "share"), color=light("surface"), ha="center", va="center"
            )
        left += share
    axes.set_xlim(0, 1)
    axes.set_axis_off()
    _legend(figure, names)
    return figure


# -- common


def _figure(
    height: float, *, legend_rows: int = 0, left: float = _LEFT, bottom: float = _BOTTOM
) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), dpi=100)
    top = _TOP + _LEGEND_ROW * legend_rows
    place = (left / WIDTH, bottom / height, (WIDTH - left - _RIGHT) / WIDTH, (height - bottom - top) / height)
    return figure, figure.add_axes(place)


def _unit(axes: Axes, sign: str) -> None:
    """The unit's sign above the axis of values."""
    axes.annotate(sign, (0, 1), (-4, 1), "axes fraction", "offset points", ha="right", va="bottom", fontsize=7.5)


def _legend(figure: Figure, names: Sequence[str]) -> None:
    """By hand: matplotlib's leaves out names that begin with a line below."""
    width, height = figure.get_size_inches()
    for number, name in enumerate(names):
        row, column = divmod(number, _PER_LINE)
        x = (_LEFT + column * (WIDTH - _LEFT) / _PER_LINE) / width
        y = 1 - (0.14 + row * _LEGEND_ROW) / height
        square = mpl.patches.Rectangle(
            (x, y - 0.045 / height), 0.1 / width, 0.1 / height, color=series(number), transform=figure.transFigure
        )
        figure.add_artist(square)
        figure.text(x + 0.16 / width, y, _short(name, _MOST_NAME), va="center", fontsize=7.5)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
