"""A bar with a piece for each phase, as wide as its time, that fills from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from zkcompanion.ui.context import WindowContext

PieceState = Literal["waiting", "running", "done", "failed", "stopped"]

_HEIGHT = 14
_GAP = 2
#: Narrower, and a piece could not be pointed at.
_NARROWEST = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A phase: `weight` is its share of the width, `fill` how far it is (0 to 1; None: nobody knows)."""

    phase: str
    state: PieceState
    weight: float
    fill: float | None = None


def share_out(weights: Sequence[float], total: float, narrowest: float) -> list[float]:
    """Widths in proportion to `weights` that add up to `total`, none below `narrowest`.

    Pieces that would be narrower get just that; the others share the rest and keep their proportion to each other.
    """
    if not weights:
        return []
    if total <= narrowest * len(weights):
        return [total / len(weights)] * len(weights)
    small: set[int] = set()
    while True:
        rest = total - narrowest * len(small)
        sum_of_large = sum(weight for index, weight in enumerate(weights) if index not in small)
        scale = rest / sum_of_large if sum_of_large > 0 else 0.0
        more = {
            index for index, weight in enumerate(weights) if index not in small and weight * scale < narrowest - 1e-9
        }
        if not more:
            return [narrowest if index in small else weight * scale for index, weight in enumerate(weights)]
        small |= more


class PhaseBar(QWidget):
    """Drawn by hand; the list beside it says the same in words, so it takes no focus.

    Signals: `hovered(index)`, -1 when the pointer is over none.
    """

    hovered = Signal(int)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._pieces: tuple[Piece, ...] = ()
        self._lit = -1
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        context.theme.changed.connect(self._themed)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What is shown."""
        return self._pieces

    def set_pieces(self, pieces: Sequence[Piece]) -> None:
        """Show these."""
        if self._pieces != tuple(pieces):
            self._pieces = tuple(pieces)
            self.update()

    def light(self, index: int) -> None:
        """Point one out; -1 for none."""
        if self._lit != index:
            self._lit = index
            self.update()

    def rectangles(self) -> list[QRectF]:
        """Where the pieces are, in order."""
        gap = self._pixels(_GAP)
        room = self.width() - 2 - gap * max(0, len(self._pieces) - 1)
        widths = share_out([max(piece.weight, 0.0) for piece in self._pieces], room, self._pixels(_NARROWEST))
        left, made = 1.0, []
        for width in widths:
            made.append(QRectF(left, 1, width, self.height() - 2))
            left += width + gap
        return made

    def sizeHint(self) -> QSize:
        """As wide as it gets."""
        return QSize(self._pixels(320), self._pixels(_HEIGHT) + 2)

    def minimumSizeHint(self) -> QSize:
        """Narrow, if need be."""
        return QSize(self._pixels(120), self._pixels(_HEIGHT) + 2)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which piece the pointer is over."""
        self.hovered.emit(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """It is over none."""
        self.hovered.emit(-1)
        super().leaveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pieces."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, (piece, box) in enumerate(zip(self._pieces, self.rectangles(), strict=True)):
            self._draw(painter, piece, box)
            if index == self._lit:
                self._outline(painter, box, self._colour("text"), self._context.theme.tokens.ring)
        painter.end()

    def _draw(self, painter: QPainter, piece: Piece, box: QRectF) -> None:
        radius = min(self._pixels(3), box.width() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        if piece.state == "done":
            painter.setBrush(self._colour("accent"))
            painter.drawRoundedRect(box, radius, radius)
            return
        token = {"failed": "bad", "running": "accent"}.get(piece.state, "faint")
        if piece.state == "running":
            painter.setBrush(self._colour("accent_soft"))
            painter.drawRoundedRect(box, radius, radius)
            painter.save()
            painter.setClipRect(QRectF(box.left(), box.top(), box.width() * (piece.fill or 0.0), box.height()))
            painter.setBrush(self._colour("accent"))
            painter.drawRoundedRect(box, radius, radius)
            painter.restore()
        elif piece.state in {"failed", "stopped"}:
            # hatched, so that it is told from the others without colour
            painter.setBrush(QBrush(self._colour(token), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(box, radius, radius)
        self._outline(painter, box, self._colour(token), self._context.theme.tokens.line)

    def _outline(self, painter: QPainter, box: QRectF, colour: QColor, width: int) -> None:
        radius = min(self._pixels(3), box.width() / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width))
        inset = width / 2
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)

    def _at(self, point: QPointF) -> int:
        for index, box in enumerate(self.rectangles()):
            if box.left() - 1 <= point.x() <= box.right() + 1:
                return index
        return -1

    def _colour(self, token: str) -> QColor:
        return self._context.theme.colour(token)

    def _pixels(self, size: int) -> int:
        return self._context.theme.pixels(size)

    def _themed(self) -> None:
        self.updateGeometry()
        self.update()
