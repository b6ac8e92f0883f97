"""Time by phase as a table with bars: against what was expected, and with the work where it was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from zkcompanion.app.views import Profile
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, clear, tabular
from zkcompanion.ui.widgets.figures import rough_duration, short_count
from zkcompanion.ui.widgets.phase_words import phase_words

_BAR_PX = 8
#: Narrower (at 100 % text size), and the bars give way to the figures.
_NARROW_PX = 420


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """Seconds of a phase in one proof, and those that earlier proofs lead to expect."""

    phase: str
    seconds: float
    expected_s: float | None = None


class TimeBar(QWidget):
    """A bar for the time, and a mark where it was expected to end. The figures beside it say the same."""

    def __init__(self, context: WindowContext, share: float, expected_share: float | None) -> None:
        super().__init__()
        self._context = context
        self.share = share
        self.expected_share = expected_share
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        context.theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(self._context.theme.pixels(120), self._context.theme.pixels(_BAR_PX + Space.S))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both."""
        pixels, colour = self._context.theme.pixels, self._context.theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = pixels(_BAR_PX)
        top = (self.height() - height) / 2
        room = self.width() - 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("accent"))
        painter.drawRoundedRect(QRectF(0, top, max(2.0, room * self.share), height), 2, 2)
        if self.expected_share is not None:
            painter.setBrush(colour("text"))
            painter.drawRect(QRectF(room * self.expected_share, top - 2, 2, height + 4))
        painter.end()


class PhaseTable(QWidget):
    """Real labels in a grid, so that everybody can read and copy it."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._bars: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(context.theme.pixels(Space.L))
        self._grid.setVerticalSpacing(2)

    def show_times(self, times: Sequence[PhaseTime], profile: Profile | None = None) -> None:
        """Show these, with the work of each phase where there is a profile."""
        clear(self._grid)
        self._bars.clear()
        has_expected = any(time.expected_s is not None for time in times)
        heads = [msg("Phase"), msg("Time")]
        heads += [msg("Expected")] if has_expected else []
        heads += [msg("Multiplications"), msg("Of the limit")] if profile is not None else []
        for number, head in enumerate(heads):
            self._put(0, number + (number > 0), head, "caption", right=number > 0)
        longest = max((max(time.seconds, time.expected_s or 0.0) for time in times), default=1.0) or 1.0
        for line, time in enumerate(times, start=1):
            self._line(line, time, longest, profile=profile, has_expected=has_expected)
        if has_expected:
            legend = Label(
                self._context.say(msg("The upright mark is where earlier proofs ended each phase.")), "caption"
            )
            legend.setContentsMargins(0, self._context.theme.pixels(Space.S), 0, 0)
            self._grid.addWidget(legend, len(times) + 1, 0, 1, -1)
            self._bars.append(legend)
        self._grid.setColumnStretch(1, 1)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the bars out where there is no room for them."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= self._context.theme.pixels(_NARROW_PX)
        for bar in self._bars:
            bar.setVisible(wide)

    def _line(self, line: int, time: PhaseTime, longest: float, *, profile: Profile | None, has_expected: bool) -> None:
        words = phase_words(time.phase)
        name = self._put(line, 0, words.name)
        name.setToolTip(self._context.say(words.does))
        expected = time.expected_s
        bar = TimeBar(self._context, time.seconds / longest, expected / longest if expected is not None else None)
        self._bars.append(bar)
        self._grid.addWidget(bar, line, 1, Qt.AlignmentFlag.AlignVCenter)
        self._figure(line, 2, format_duration(time.seconds), "text")
        column = 3
        if has_expected:
            self._figure(line, column, rough_duration(expected) if expected is not None else "", "muted")
            column += 1
        if profile is not None:
            work = _work(profile, time.phase)
            self._figure(line, column, work[0], "text")
            self._figure(line, column + 1, work[1], "text")

    def _figure(self, line: int, column: int, text: str, kind: str) -> None:
        label = Label(text, kind, wrap=False)
        tabular(label)
        self._grid.addWidget(label, line, column, Qt.AlignmentFlag.AlignRight)

    def _put(self, line: int, column: int, text: Message, kind: str = "text", *, right: bool = False) -> Label:
        label = Label(self._context.say(text), kind, wrap=False)
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        self._grid.addWidget(label, line, column, side)
        return label


def _work(profile: Profile, phase: str) -> tuple[str, str]:
    part = profile.phases.get(phase)
    if part is None or part.field_multiplications is None or part.limit_percent is None:
        return "", ""
    return short_count(part.field_multiplications), f"{part.limit_percent:.0f} %"


def phase_times(medians: Mapping[str, float], expected: Mapping[str, float]) -> list[PhaseTime]:
    """Lines of a table from seconds by phase."""
    return [PhaseTime(phase, seconds, expected.get(phase)) for phase, seconds in medians.items()]
