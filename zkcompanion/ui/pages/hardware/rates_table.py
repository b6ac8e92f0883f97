"""What the calibration measured: a row for each thing, with one core and with all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from zkcompanion.app.alert_values import value_text
from zkcompanion.app.hardware_views import RateView
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, clear, tabular
from zkcompanion.ui.widgets.figures import short_count

_NONE = "\N{EN DASH}"
#: Measured once: more cores make no disk faster.
_NOT_BY_CORES = {"disk-read", "disk-write"}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop


class RatesTable(QWidget):
    """Figures that are read and not chosen, so no stop of Tab."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self.setObjectName("hardware-rates")
        self.setAccessibleName(context.say(msg("What was measured")))
        self._context = context
        self._rates: tuple[RateView, ...] = ()
        pixels = context.theme.pixels
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(pixels(Space.L))
        self._grid.setVerticalSpacing(pixels(Space.S))
        self._grid.setColumnStretch(0, 1)

    def show_rates(self, rates: Sequence[RateView]) -> None:
        """These."""
        if tuple(rates) == self._rates:
            return
        self._rates = tuple(rates)
        say = self._context.say
        clear(self._grid)
        heads = (msg("Measured"), msg("One core"), msg("All cores"), msg("Gain"))
        for column, head in enumerate(heads):
            label = Label(say(head), "caption", wrap=False)
            self._grid.addWidget(label, 0, column, Qt.AlignmentFlag.AlignLeft if column == 0 else _RIGHT)
        for number, rate in enumerate(rates, start=1):
            self._grid.addWidget(Label(say(rate.title)), number, 0)
            one, every = rate_text(rate.one_core, rate.unit), rate_text(rate.all_cores, rate.unit)
            gain = _NONE
            if rate.id in _NOT_BY_CORES:
                every = _NONE
            elif rate.one_core > 0:
                gain = f"{rate.all_cores / rate.one_core:.1f} \N{MULTIPLICATION SIGN}"
            for column, text in ((1, one), (2, every), (3, gain)):
                label = Label(text, "muted" if column == 3 else "text", wrap=False)
                label.setProperty("data", True)
                label.setAccessibleName(f"{say(rate.title)}, {say(heads[column])}: {text}")
                tabular(label)
                self._grid.addWidget(label, number, column, _RIGHT)


def rate_text(value: float, unit: str) -> str:
    """A rate with its unit: `12.3 M/s` for things that are counted, `8.1 GiB/s` for bytes."""
    if unit == "per_second":
        return f"{short_count(round(value))}/s"
    return value_text(value, unit)
