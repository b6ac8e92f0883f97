"""What a picture shows, in words: for who does not see it, and for forms without pictures."""

from __future__ import annotations

import math

from zkcompanion.base.messages import Message, msg
from zkcompanion.reports.document import Bar, BarChart, Curve, Section, ShareChart, TimeChart
from zkcompanion.reports.quantities import Unit
from zkcompanion.reports.words import Words

Chart = TimeChart | BarChart | ShareChart


def charts_of(section: Section) -> tuple[Chart, ...]:
    """In the order in which they are shown."""
    return (*section.curves, *section.bars, *section.shares)


def is_empty(chart: Chart) -> bool:
    """Whether there is nothing to draw."""
    if isinstance(chart, TimeChart):
        return not any(curve.values for curve in chart.curves)
    return not (chart.bars if isinstance(chart, BarChart) else chart.parts)


def lines_of(chart: Chart, words: Words) -> list[str]:
    """A sentence for each curve, bar or part."""
    if isinstance(chart, TimeChart):
        return [words.say(_curve(curve, chart.unit, words)) for curve in chart.curves if curve.values]
    if isinstance(chart, BarChart):
        return [words.say(_bar(bar, chart.unit, words)) for bar in chart.bars]
    whole = sum(part.value for part in chart.parts) or 1.0
    return [
        words.say(
            msg(
                "{name}: {value}, {share} of all.",
                name=words.text(part.title),
                value=words.quantity(part.value, chart.unit),
                share=words.quantity(part.value / whole, "share"),
            )
        )
        for part in chart.parts
    ]


def told(chart: Chart, words: Words) -> str:
    """All of them in a row."""
    lines = lines_of(chart, words)
    return " ".join(lines) if lines else words.say(msg("There is nothing in it."))


def bounds_of(curve: Curve) -> tuple[float, float, float]:
    """Least, mean and most of a curve; not finite where it has no point."""
    lows = [value for value in curve.low or curve.values if not math.isnan(value)]
    highs = [value for value in curve.high or curve.values if not math.isnan(value)]
    values = [value for value in curve.values if not math.isnan(value)]
    if not (lows and highs and values):
        return math.nan, math.nan, math.nan
    return min(lows), math.fsum(values) / len(values), max(highs)


def _curve(curve: Curve, unit: Unit, words: Words) -> Message:
    low, mean, high = bounds_of(curve)
    return msg(
        "{name}: {low} to {high}, {mean} on average.",
        name=words.text(curve.title),
        low=words.quantity(low, unit),
        high=words.quantity(high, unit),
        mean=words.quantity(mean, unit),
    )


def _bar(bar: Bar, unit: Unit, words: Words) -> Message:
    if bar.low is None or bar.high is None:
        return msg("{name}: {value}.", name=words.text(bar.title), value=words.quantity(bar.value, unit))
    return msg(
        "{name}: {value}; expected {low} to {high}.",
        name=words.text(bar.title),
        value=words.quantity(bar.value, unit),
        low=words.quantity(bar.low, unit),
        high=words.quantity(bar.high, unit),
    )
