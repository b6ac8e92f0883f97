"""The phases in words: a list that flows into columns, read and walked through like any other list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import RADIUS, Space, Type
from zkcompanion.ui.widgets.mark import draw_mark
from zkcompanion.ui.widgets.phase_bar import PieceState

_ICON = 16
_INDEX = QModelIndex | QPersistentModelIndex
#: Ways to come to the list on purpose.
_WALKING = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.MouseFocusReason}
#: state: icon, its colour, colour of the name
_LOOKS: dict[PieceState, tuple[str, str, str]] = {
    "waiting": ("state-waiting", "faint", "muted"),
    "running": ("state-running", "accent", "text"),
    "done": ("state-done", "accent", "text"),
    "failed": ("state-failed", "bad", "text"),
    "stopped": ("state-stopped", "faint", "muted"),
}


@dataclass(frozen=True, slots=True)
class PhaseItem:
    """One line: `name`, beneath it `figure`; `spoken` is all of it in a sentence."""

    name: str
    figure: str
    state: PieceState
    spoken: str


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[PhaseItem, ...] = ()

    def set_items(self, items: tuple[PhaseItem, ...]) -> None:
        if len(items) != len(self.items):
            self.beginResetModel()
            self.items = items
            self.endResetModel()
            return
        before, self.items = self.items, items
        for number, (old, new) in enumerate(zip(before, items, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(number), self.index(number))

    def rowCount(self, parent: _INDEX = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: _INDEX, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.name
        if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}:
            return item.spoken
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, context: WindowContext, view: PhaseList) -> None:
        super().__init__(view)
        self._context = context
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _INDEX) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _INDEX) -> None:
        item = self._view.items[index.row()]
        pixels, colour = self._context.theme.pixels, self._context.theme.colour
        box: QRect = option.rect
        icon, tint, ink = _LOOKS[item.state]
        pad, side = pixels(Space.XS), pixels(_ICON)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.row() == self._view.lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(box.adjusted(0, 0, -pad, 0), RADIUS, RADIUS)
        if self._view.hasFocus() and index == self._view.currentIndex():
            ring = self._context.theme.tokens.ring
            painter.setPen(QPen(colour("accent"), ring))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(ring, ring, -pad - ring, -ring), RADIUS, RADIUS)
        name_font, figure_font = self._view.fonts(running=item.state == "running")
        name_height = QFontMetrics(name_font).height()
        top = box.top() + (box.height() - name_height - QFontMetrics(figure_font).height()) // 2
        draw_mark(painter, box.left() + pad, top + (name_height - side) / 2, side, icon, colour(tint))
        left = box.left() + pad + side + pixels(6)
        width = box.right() - pad - left
        painter.setFont(name_font)
        painter.setPen(colour(ink))
        shown = QFontMetrics(name_font).elidedText(item.name, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRect(left, top, width, name_height), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setFont(figure_font)
        painter.setPen(colour("muted"))
        beneath = QRect(left, top + name_height, width, QFontMetrics(figure_font).height())
        painter.drawText(beneath, Qt.AlignmentFlag.AlignVCenter, item.figure)
        painter.restore()


class PhaseList(QListView):
    """Arrow keys go from phase to phase.

    Signals: `pointed(row)`: under the pointer or, with the focus here, the current one; -1 for none.
    """

    pointed = Signal(int)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._model = _Model()
        self._lit = -1
        self._walking = False
        self.setProperty("kind", "bare")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(context, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.entered.connect(lambda index: self.pointed.emit(index.row()))
        self.selectionModel().currentChanged.connect(lambda _new, _old: self._point_at_current())
        context.theme.changed.connect(self.arrange)

    @property
    def items(self) -> tuple[PhaseItem, ...]:
        """What is shown."""
        return self._model.items

    @property
    def walking(self) -> bool:
        """Whether the user came here with the keyboard or the pointer, and not the focus by itself."""
        return self._walking and self.hasFocus()

    @property
    def lit(self) -> int:
        """The row that is pointed out, -1 for none."""
        return self._lit

    def set_items(self, items: Sequence[PhaseItem]) -> None:
        """Show these."""
        changed = len(items) != len(self.items)
        self._model.set_items(tuple(items))
        if changed:
            self.arrange()

    def light(self, row: int) -> None:
        """Point one out; -1 for none."""
        if self._lit != row:
            self._lit = row
            self.viewport().update()

    def fonts(self, *, running: bool = False) -> tuple[QFont, QFont]:
        """Of a name and of the figure beneath it."""
        name, figure = QFont(self.font()), QFont(self.font())
        name.setPixelSize(self._context.theme.pixels(Type.TEXT))
        figure.setPixelSize(self._context.theme.pixels(Type.CAPTION))
        if running:
            name.setWeight(QFont.Weight.DemiBold)
        return name, figure

    def arrange(self) -> None:
        """As many columns as fit, filled evenly; as high as that needs."""
        if not self.items:
            self.setFixedHeight(0)
            return
        name_font, figure_font = self.fonts(running=True)
        pixels = self._context.theme.pixels
        widest = max(QFontMetrics(name_font).horizontalAdvance(item.name) for item in self.items)
        widest = max(widest, QFontMetrics(figure_font).horizontalAdvance("≈ 0000 ms"))
        cell = widest + pixels(_ICON) + pixels(6) + 2 * pixels(Space.XS) + 2
        height = QFontMetrics(name_font).height() + QFontMetrics(figure_font).height() + pixels(Space.S)
        fitting = max(1, min(len(self.items), self.width() // cell))
        rows = -(-len(self.items) // fitting)
        columns = -(-len(self.items) // rows)
        self.setGridSize(QSize(max(1, (self.width() - 1) // columns), height))
        self.setFixedHeight(rows * height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange anew."""
        self.arrange()
        super().resizeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """There is always a current one to begin from."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.items:
            self.setCurrentIndex(self._model.index(0))
        self._walking = event.reason() in _WALKING
        self._point_at_current()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nothing is pointed at."""
        super().focusOutEvent(event)
        self._walking = False
        self.pointed.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Whoever presses keys here walks through the list."""
        self._walking = True
        super().keyPressEvent(event)
        self._point_at_current()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self.pointed.emit(-1)
        super().leaveEvent(event)

    def _point_at_current(self) -> None:
        if self.walking:
            self.pointed.emit(self.currentIndex().row())
