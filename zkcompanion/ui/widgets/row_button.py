"""A row of a list that can be pressed: an icon, words that may be shortened, and figures at the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import ElidedLabel, Label, column, row


class RowButton(QPushButton):
    """Arguments: what stands at the left, first and second line, what stands at the right; `remark` is a
    caution behind the second line, `name` its object name.

    It takes the keys and the look of a button; its accessible name is all its words.
    """

    def __init__(
        self,
        context: WindowContext,
        *,
        name: str,
        left: QWidget | None,
        first: str,
        second: str,
        right: tuple[str, str] = ("", ""),
        remark: str = "",
        clicked: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "row")
        self.setAccessibleName(", ".join(part for part in (first, second, remark, *right) if part))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        pixels = context.theme.pixels
        across = QHBoxLayout(self)
        across.setContentsMargins(pixels(Space.S), pixels(Space.S), pixels(Space.S), pixels(Space.S))
        across.setSpacing(pixels(Space.M))
        if left is not None:
            across.addWidget(left, 0, Qt.AlignmentFlag.AlignVCenter)
        beneath = row(ElidedLabel(second, "caption", mode="right"))
        if remark:
            beneath.addWidget(Label(remark, "chip-caution", wrap=False))
        beneath.addStretch()
        across.addLayout(_stack(_line(first, "strong"), beneath), 1)
        figures = [Label(text, kind, wrap=False) for text, kind in zip(right, ("text", "caption"), strict=True) if text]
        for figure in figures:
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if figures:
            across.addLayout(_stack(*figures))
        for label in self.findChildren(QLabel):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if clicked is not None:
            self.clicked.connect(lambda _checked=False: clicked())

    def sizeHint(self) -> QSize:
        """As large as what stands in it."""
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """As small as what stands in it."""
        layout = self.layout()
        return layout.minimumSize() if layout is not None else super().minimumSizeHint()


def _stack(*parts: QLabel | QLayout) -> QVBoxLayout:
    return column(*parts, spacing=2)


def _line(text: str, kind: str) -> ElidedLabel:
    made = ElidedLabel(text, kind, mode="right")
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return made
