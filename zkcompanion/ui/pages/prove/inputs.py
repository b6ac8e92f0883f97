"""What an input is typed into: a line, a box of text, or cells; all three are used the same way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from zkcompanion.app.input_values import Problem, Typed, read_array, read_cells, read_number, shown_text, size_of
from zkcompanion.base.messages import msg_n
from zkcompanion.base.units import format_count
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.grid import MOST_CELLS_ACROSS, GridView
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, set_flag

#: Lines that a box of text grows to: of an array in one dimension, and of nested ones.
_MOST_LINES = 4
_MOST_NESTED_LINES = 10
_LONG_VALUE = 20
#: On-screen keyboards are asked not to learn what is typed.
_HINTS = (
    Qt.InputMethodHint.ImhSensitiveData
    | Qt.InputMethodHint.ImhNoPredictiveText
    | Qt.InputMethodHint.ImhNoAutoUppercase
    | Qt.InputMethodHint.ImhPreferNumbers
)


class Editor(QWidget):
    """Holds the text of one input. `target` is the widget that takes the keys.

    Signals: `edited()` at every change; `left()` when the focus goes elsewhere; `reveal()`: somebody wants to see
        what is masked.
    """

    edited = Signal()
    left = Signal()
    reveal = Signal()

    target: QWidget

    def typed(self) -> Typed:
        """What the text says."""
        raise NotImplementedError

    def set_values(self, values: Sequence[str]) -> None:
        """Fill in; an empty sequence clears. It can be undone like typing."""
        raise NotImplementedError

    def texts(self) -> Sequence[str]:
        """What was typed, as it stands."""
        raise NotImplementedError

    def set_texts(self, texts: Sequence[str]) -> None:
        """What `texts` gave."""
        raise NotImplementedError

    def set_masked(self, masked: bool) -> None:
        """Show no values."""
        raise NotImplementedError

    def mark(self, problem: Problem | None) -> None:
        """Look wrong, or not."""
        set_flag(self.target, "wrong", problem is not None)

    def _hold(self, widget: QWidget) -> None:
        self.target = widget
        self.setFocusProxy(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(widget)


class _Line(QLineEdit):
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class LineEditor(Editor):
    """A single value."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._line = _Line()
        self._line.setObjectName(name)
        self._line.setInputMethodHints(_HINTS)
        self._line.textChanged.connect(self.edited)
        self._line.left.connect(self.left)
        self._hold(self._line)

    def typed(self) -> Typed:
        """The number."""
        return read_number(self._line.text())

    def set_values(self, values: Sequence[str]) -> None:
        """Fill in."""
        self._line.selectAll()
        self._line.insert(shown_text(values, ()))
        self._line.setCursorPosition(0)

    def texts(self) -> Sequence[str]:
        """The line."""
        return (self._line.text(),)

    def set_texts(self, texts: Sequence[str]) -> None:
        """The line."""
        self._line.setText(texts[0])

    def set_masked(self, masked: bool) -> None:
        """Dots."""
        self._line.setEchoMode(QLineEdit.EchoMode.Password if masked else QLineEdit.EchoMode.Normal)


class _Box(QPlainTextEdit):
    """Grows with its text up to some lines."""

    left = Signal()

    def __init__(self, context: WindowContext, most_lines: int) -> None:
        super().__init__()
        self._context = context
        self._most_lines = most_lines
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().contentsChanged.connect(self._fit)
        context.theme.changed.connect(self._fit)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # the layout of plain text counts its height in lines
        lines = max(1, round(self.document().size().height()))
        needed, never = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(needed if lines > self._most_lines else never)
        around = 2 * (self._context.theme.pixels(Space.S) + round(self.document().documentMargin()))
        self.setFixedHeight(min(lines, self._most_lines) * self.fontMetrics().lineSpacing() + around)


class BoxEditor(Editor):
    """An array, as text."""

    def __init__(self, context: WindowContext, name: str, dimensions: Sequence[int]) -> None:
        super().__init__()
        self._context = context
        self._dimensions = tuple(dimensions)
        nested = len(self._dimensions) > 1
        self._box = _Box(context, _MOST_NESTED_LINES if nested else _MOST_LINES)
        self._box.setObjectName(name)
        self._box.setInputMethodHints(_HINTS | Qt.InputMethodHint.ImhMultiLine)
        if nested:
            self._box.setProperty("kind", "code")
        self._box.textChanged.connect(self.edited)
        self._box.left.connect(self.left)
        self._hold(self._box)
        self._cover = Button("", "plain", name=f"{name}-cover", clicked=self.reveal.emit)
        self._cover.hide()
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self._cover)

    def typed(self) -> Typed:
        """The values."""
        return read_array(self._box.toPlainText(), self._dimensions)

    def set_values(self, values: Sequence[str]) -> None:
        """Fill in."""
        # long values stand one to a line, and end where the box ends, like those of a line
        long = len(self._dimensions) == 1 and any(len(value) > _LONG_VALUE for value in values)
        self._box.setLineWrapMode(
            QPlainTextEdit.LineWrapMode.NoWrap if long else QPlainTextEdit.LineWrapMode.WidgetWidth
        )
        text = ",\n".join(values) if long else shown_text(values, self._dimensions)
        cursor = self._box.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text if values else "")
        cursor.movePosition(cursor.MoveOperation.Start)
        self._box.setTextCursor(cursor)

    def texts(self) -> Sequence[str]:
        """All lines."""
        return (self._box.toPlainText(),)

    def set_texts(self, texts: Sequence[str]) -> None:
        """All lines."""
        self._box.setPlainText(texts[0])

    def set_masked(self, masked: bool) -> None:
        """A lid over the text."""
        size = size_of(self._dimensions)
        hidden = msg_n("{size} value, hidden. Show", "{size} values, hidden. Show", n=size, size=format_count(size))
        self._cover.setText(self._context.say(hidden))
        self._cover.setVisible(masked)
        self._box.setVisible(not masked)


class GridEditor(Editor):
    """A small array in two dimensions."""

    def __init__(self, context: WindowContext, name: str, rows: int, columns: int) -> None:
        super().__init__()
        self._view = GridView(context, rows, columns)
        self._view.setObjectName(name)
        self._view.edited.connect(self.edited)
        self._view.left.connect(self.left)
        self.target = self._view
        self.setFocusProxy(self._view)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        layout.addStretch()

    def typed(self) -> Typed:
        """The values of all cells."""
        return read_cells(self._view.grid.cells)

    def set_values(self, values: Sequence[str]) -> None:
        """Fill in."""
        grid = self._view.grid
        grid.write(0, values or [""] * len(grid.cells))

    def texts(self) -> Sequence[str]:
        """The cells."""
        return self._view.grid.cells

    def set_texts(self, texts: Sequence[str]) -> None:
        """The cells."""
        self._view.grid.write(0, texts)

    def set_masked(self, masked: bool) -> None:
        """Dots."""
        self._view.grid.set_masked(masked)

    def mark(self, problem: Problem | None) -> None:
        """Mark the cell, or the whole grid."""
        super().mark(problem)
        place = problem.place if problem is not None else None
        self._view.set_wrong(-1 if place is None else place)


def is_grid(dimensions: Sequence[int]) -> bool:
    """Whether an input is shown as cells."""
    return len(dimensions) == 2 and all(1 < size <= MOST_CELLS_ACROSS for size in dimensions)


def editor_for(context: WindowContext, name: str, dimensions: Sequence[int]) -> Editor:
    """What an input of these dimensions is typed into."""
    if not dimensions:
        return LineEditor(name)
    if is_grid(dimensions):
        return GridEditor(context, name, dimensions[0], dimensions[1])
    return BoxEditor(context, name, dimensions)
