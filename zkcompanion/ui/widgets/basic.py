"""The small parts that everything is made of. They say what they are (`kind`); the style sheet says how that looks.

All text is plain: names in strangers' files are shown, never rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from zkcompanion.base.visible import shortened, visible
from zkcompanion.ui.theme.tokens import Space


class Label(QLabel):
    """Plain text that wraps. `kind`: answer, section, strong, text, muted, caption, faint, good, caution, bad, code."""

    def __init__(self, text: str = "", kind: str = "text", *, wrap: bool = True, selectable: bool = False) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setWordWrap(wrap)
        self.setProperty("kind", kind)
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )

    def set_kind(self, kind: str) -> None:
        """Become another kind."""
        set_kind(self, kind)


class ElidedLabel(Label):
    """One line of plain text that is shortened to the room there is; all of it is said and shown as a tool tip.

    `mode`: `middle` for names and paths, whose ends tell them apart, `right` for sentences.
    """

    #: Characters that stay in sight however narrow it gets.
    _LEAST = 6

    def __init__(self, text: str = "", kind: str = "text", *, mode: str = "middle") -> None:
        self._full = text
        self._mode = Qt.TextElideMode.ElideMiddle if mode == "middle" else Qt.TextElideMode.ElideRight
        super().__init__(text, kind, wrap=False)
        self.set_text(text)

    @property
    def full_text(self) -> str:
        """What is said, however little of it is in sight."""
        return self._full

    def set_text(self, text: str) -> None:
        """Say something else."""
        self._full = visible(shortened(text))
        self.setAccessibleName(self._full)
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        """Room for all of it."""
        self.ensurePolished()
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._full) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few characters."""
        hint = self.sizeHint()
        return QSize(min(hint.width(), self.fontMetrics().averageCharWidth() * self._LEAST), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten to the new width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Another font has other widths."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._full, self._mode, max(0, self.width()))
        if shown != self.text():
            super().setText(shown)
        self.setToolTip(plain_tip(self._full) if shown != self._full else "")


class Button(QPushButton):
    """`kind`: primary, plain, danger, link, ghost. `name` is its object name, for tests and the contract."""

    def __init__(
        self, text: str, kind: str = "plain", *, name: str, clicked: Callable[[], object] | None = None
    ) -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if clicked is not None:
            # a lambda, because Qt hands over whether it is checked
            self.clicked.connect(lambda _checked=False: clicked())

    def sizeHint(self) -> QSize:
        """One that can be chosen has room for its text in bold, so that nothing moves when it is."""
        hint = super().sizeHint()
        if not self.isCheckable() or not self.text():
            return hint
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        more = QFontMetrics(bold).horizontalAdvance(self.text()) - self.fontMetrics().horizontalAdvance(self.text())
        return QSize(hint.width() + max(0, more), hint.height())


class Card(QFrame):
    """A surface with a hairline; `kind` may be a tone (good, caution, bad, info) or `raised`. Fill `self.body`."""

    def __init__(self, kind: str = "card", *, spacing: int = Space.M, padding: int = Space.L) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(spacing)

    def set_kind(self, kind: str) -> None:
        """Become another kind."""
        set_kind(self, kind)


class KeyValues(QWidget):
    """Rows of a muted name and its value, values in figures of one width so that they do not dance.

    A row's `key` names it for `set_value`; `set_rows` puts others in their place.
    """

    def __init__(self, rows: Iterable[tuple[str, str, str]] = (), *, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.XL)
        self._grid.setVerticalSpacing(Space.S)
        self._grid.setColumnStretch(1, 1)
        self._values: dict[str, Label] = {}
        self.set_rows(rows)

    def set_rows(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """`rows`: (key, name, value) from top to bottom."""
        clear(self._grid)
        self._values.clear()
        for number, (key, text, value) in enumerate(rows):
            shown = Label(value, selectable=True)
            tabular(shown)
            shown.setAccessibleName(f"{text}: {value}")
            said = Label(text, "muted", wrap=False)
            said.setBuddy(shown)
            self._grid.addWidget(said, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(shown, number, 1, Qt.AlignmentFlag.AlignTop)
            self._values[key] = shown

    def set_value(self, key: str, value: str) -> None:
        """Another value for one of them."""
        shown = self._values[key]
        if shown.text() != value:
            name = shown.accessibleName().removesuffix(shown.text())
            shown.setText(value)
            shown.setAccessibleName(f"{name}{value}")


def plain_tip(text: str) -> str:
    """A tool tip that shows a stranger's text as it stands; Qt would render what looks like rich text."""
    shown = visible(shortened(text))
    return f"<qt>{escape(shown)}</qt>" if "<" in shown or "&" in shown else shown


def tabular(widget: QWidget) -> None:
    """Figures of one width, where the font has them."""
    font = widget.font()
    font.setFeature(QFont.Tag("tnum"), 1)
    widget.setFont(font)


def set_kind(widget: QWidget, kind: str) -> None:
    """Change what a widget is, and how it looks with it."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        restyle(widget)


def set_flag(widget: QWidget, name: str, value: bool) -> None:
    """Set a property that the style sheet asks for (`over`, `wrong`)."""
    widget.setProperty(name, "true" if value else "false")
    restyle(widget)


def restyle(widget: QWidget) -> None:
    """Let the style sheet look at the widget's properties again."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def row(*parts: QWidget | QLayout | None, spacing: int = Space.S, top: bool = False) -> QHBoxLayout:
    """Parts side by side; None is a stretch."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    _fill(made, parts, top=top)
    return made


def column(*parts: QWidget | QLayout | None, spacing: int = Space.S) -> QVBoxLayout:
    """Parts from top to bottom; None is a stretch."""
    made = QVBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    _fill(made, parts)
    return made


def line() -> QFrame:
    """A hairline across."""
    made = QFrame()
    made.setProperty("kind", "line")
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout, for good."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
            inner.deleteLater()


def _fill(made: QHBoxLayout | QVBoxLayout, parts: Iterable[QWidget | QLayout | None], *, top: bool = False) -> None:
    for part in parts:
        if part is None:
            made.addStretch()
        elif isinstance(part, QWidget):
            if top:
                made.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
            else:
                made.addWidget(part)
        else:
            made.addLayout(part)
