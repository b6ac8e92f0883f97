"""A ladder of real workloads, painted: what this computer reaches, the line where it stops, and what lies beyond."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from zkcompanion.app.hardware_views import WorkloadView
from zkcompanion.app.ladder import Ladder
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import RADIUS, Space, Type
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.figures import band
from zkcompanion.ui.widgets.mark import draw_mark
from zkcompanion.ui.widgets.tier_words import TIERS

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_NODE, _MARK, _WIDE = 10, 16, 420


class LadderView(QWidget):
    """Arrow keys, Home and End go from rung to rung.

    Signals: `pointed(WorkloadView)` for the rung that is read now.
    """

    pointed = Signal(object)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._ladder = Ladder((), ())
        self._current = 0
        self.setObjectName("wizard-ladder")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(context.say(msg("Real workloads from the lightest to the heaviest")))
        context.theme.changed.connect(self._themed)

    @property
    def current(self) -> WorkloadView | None:
        """The rung that is read now."""
        rungs = self._ladder.rungs
        return rungs[self._current] if rungs else None

    def show_ladder(self, found: Ladder) -> None:
        """Show these; the heaviest that this computer reaches is read first."""
        self._ladder = found
        self._current = max(0, len(found.reached) - 1)
        say = self._context.say
        parts = [say(self._spoken(rung)) for rung in found.reached]
        parts.append(self._line_words())
        parts += [say(self._spoken(rung)) for rung in found.beyond]
        self.setAccessibleDescription(" ".join(parts))
        self.updateGeometry()
        self.update()
        self._tell()

    def sizeHint(self) -> QSize:
        """Two lines for each rung, and one for the line."""
        return QSize(self._context.theme.pixels(_WIDE), self._rung_height() * len(self._ladder.rungs) + self._gap())

    def minimumSizeHint(self) -> QSize:
        """Names are shortened where the room is short."""
        return QSize(self._context.theme.pixels(_WIDE // 2), self.sizeHint().height())

    def rectangles(self) -> list[QRectF]:
        """Where the rungs are, from top to bottom."""
        height, made = self._rung_height(), []
        for number in range(len(self._ladder.rungs)):
            below = self._gap() if number >= len(self._ladder.reached) else 0
            made.append(QRectF(0, number * height + below, self.width(), height))
        return made

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from rung to rung."""
        last = len(self._ladder.rungs) - 1
        key = event.key()
        if last < 0 or (key not in _STEPS and key not in {Qt.Key.Key_Home, Qt.Key.Key_End}):
            super().keyPressEvent(event)
        elif key in _STEPS:
            self._read(min(max(self._current + _STEPS[Qt.Key(key)], 0), last))
        else:
            self._read(0 if key == Qt.Key.Key_Home else last)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Read the rung below the pointer."""
        for number, place in enumerate(self.rectangles()):
            if place.contains(event.position()):
                self._read(number)
        super().mousePressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another font has other heights."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The way up, its rungs, and the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self.rectangles()
        self._draw_way(painter, places)
        for number, (rung, place) in enumerate(zip(self._ladder.rungs, places, strict=True)):
            self._draw_rung(painter, rung, place, number)
        if places:
            self._draw_line(painter)
        painter.end()

    # -- painting

    def _draw_way(self, painter: QPainter, places: list[QRectF]) -> None:
        """Full as far as this computer reaches, dashed beyond."""
        colour = self._context.theme.colour
        x, reached = self._x(), len(self._ladder.reached)
        middles = [place.center().y() for place in places]
        if reached > 1:
            painter.setPen(QPen(colour("accent"), self._pixels(3)))
            painter.drawLine(QPointF(x, middles[0]), QPointF(x, middles[reached - 1]))
        if len(middles) > reached:
            painter.setPen(QPen(colour("faint"), self._pixels(2), Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, middles[max(0, reached - 1)]), QPointF(x, middles[-1]))

    def _draw_rung(self, painter: QPainter, rung: WorkloadView, place: QRectF, number: int) -> None:
        colour, pixels, say = self._context.theme.colour, self._pixels, self._context.say
        reached = number < len(self._ladder.reached)
        box = place.adjusted(self._x() + pixels(_NODE) + pixels(Space.XS), 1, -1, -1)
        if number == self._current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
            if self.hasFocus():
                painter.setPen(QPen(colour("accent"), self._context.theme.tokens.ring))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        side = pixels(_NODE)
        painter.setPen(QPen(colour("accent" if reached else "faint"), pixels(2)))
        painter.setBrush(colour("accent") if reached else colour("window"))
        painter.drawEllipse(QPointF(self._x(), place.center().y()), side / 2, side / 2)
        name_font, small_font = self._fonts(strong=reached)
        words = TIERS[rung.verdict.tier]
        inside = box.adjusted(pixels(Space.M), 0, -pixels(Space.M), 0)
        right_text = self._time(rung)
        small, large = QFontMetrics(small_font), QFontMetrics(name_font)
        mark = pixels(_MARK)
        verdict = say(words.text)
        right_width = max(large.horizontalAdvance(right_text), small.horizontalAdvance(verdict) + mark + pixels(6))
        top = inside.center().y() - (large.height() + small.height()) / 2
        left_width = max(0.0, inside.width() - right_width - pixels(Space.M))
        first = QRectF(inside.left(), top, left_width, large.height())
        second = QRectF(inside.left(), first.bottom(), left_width, small.height())
        painter.setPen(colour("text" if reached else "muted"))
        painter.setFont(name_font)
        painter.drawText(first, _left(), large.elidedText(say(rung.name), Qt.TextElideMode.ElideRight, int(left_width)))
        painter.drawText(QRectF(inside.right() - right_width, top, right_width, large.height()), _right(), right_text)
        painter.setFont(small_font)
        painter.setPen(colour("muted"))
        what = small.elidedText(self._second(rung), Qt.TextElideMode.ElideRight, int(left_width))
        painter.drawText(second, _left(), what)
        verdict_box = QRectF(inside.right() - right_width, first.bottom(), right_width, small.height())
        painter.drawText(verdict_box, _right(), verdict)
        mark_left = inside.right() - small.horizontalAdvance(verdict) - mark - pixels(Space.XS)
        mark_top = verdict_box.center().y() - mark / 2
        draw_mark(painter, mark_left, mark_top, mark, words.icon, colour(words.tone))

    def _draw_line(self, painter: QPainter) -> None:
        """Where it stops."""
        colour, pixels = self._context.theme.colour, self._pixels
        y = len(self._ladder.reached) * self._rung_height() + self._gap() / 2
        font = self._fonts(strong=True)[1]
        metrics = QFontMetrics(font)
        text = metrics.elidedText(self._line_words(), Qt.TextElideMode.ElideRight, self.width())
        width = metrics.horizontalAdvance(text)
        painter.setPen(QPen(colour("caution"), pixels(2)))
        painter.drawLine(QPointF(0, y), QPointF(max(0, self.width() - width - pixels(Space.M)), y))
        painter.setFont(font)
        painter.setPen(colour("caution"))
        painter.drawText(QRectF(0, y - metrics.height() / 2, self.width() - 1, metrics.height()), _right(), text)

    # -- words and sizes

    def _line_words(self) -> str:
        if not self._ladder.beyond:
            return self._context.say(msg("This computer reaches all of these."))
        if not self._ladder.reached:
            return self._context.say(msg("This computer reaches none of these."))
        return self._context.say(msg("This computer stops here."))

    def _time(self, rung: WorkloadView) -> str:
        if rung.seconds is None:
            return ""
        return self._context.say(band(rung.seconds.low, rung.seconds.high))

    def _second(self, rung: WorkloadView) -> str:
        return " · ".join(part for part in (rung.system, rung.size) if part)

    def _spoken(self, rung: WorkloadView) -> Message:
        words = TIERS[rung.verdict.tier]
        time = self._time(rung)
        if time:
            return msg("{name}: {verdict}, {time}.", name=rung.name, verdict=words.text, time=time)
        return msg("{name}: {verdict}.", name=rung.name, verdict=words.text)

    def _read(self, number: int) -> None:
        if number != self._current:
            self._current = number
            self.update()
            self._tell()
            rung = self.current
            assert rung is not None
            announce(self, self._context.say(self._spoken(rung)))

    def _tell(self) -> None:
        if self.current is not None:
            self.pointed.emit(self.current)

    def _fonts(self, *, strong: bool) -> tuple[QFont, QFont]:
        """Of a name and of what stands below it."""
        name, small = QFont(self.font()), QFont(self.font())
        name.setPixelSize(self._pixels(Type.TEXT))
        small.setPixelSize(self._pixels(Type.CAPTION))
        if strong:
            name.setWeight(QFont.Weight.DemiBold)
        return name, small

    def _rung_height(self) -> int:
        name, small = self._fonts(strong=True)
        return QFontMetrics(name).height() + QFontMetrics(small).height() + self._pixels(Space.M)

    def _gap(self) -> int:
        return self._pixels(Space.XXL)

    def _x(self) -> float:
        return self._pixels(_NODE) / 2 + self._pixels(Space.XS)

    def _pixels(self, size: int) -> int:
        return self._context.theme.pixels(size)

    def _themed(self) -> None:
        self.updateGeometry()
        self.update()


def _left() -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _right() -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
