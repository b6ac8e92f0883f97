"""A slider over steps, with the step in words beside its name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QSlider, QWidget

from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, column, row, tabular


class StepSlider(QWidget):
    """A slider over steps of which the first is this computer's. `moved()` after a person moved it."""

    moved = Signal()

    def __init__(self, context: WindowContext, title: str, *, name: str, help_text: str) -> None:
        super().__init__()
        self._context = context
        self._steps: tuple[int | None, ...] = (None,)
        self._words: Callable[[int | None], Message] = lambda _: msg("as here")
        self._value = Label("", "strong", wrap=False)
        tabular(self._value)
        self._title = title
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(name)
        self.slider.setAccessibleName(title)
        self.slider.setProperty("help", help_text)
        self.slider.setPageStep(2)
        self.slider.valueChanged.connect(self._moved)
        self.setLayout(column(row(Label(title, "muted", wrap=False), None, self._value), self.slider, spacing=Space.XS))

    @property
    def step(self) -> int | None:
        """What it stands at; None for this computer's."""
        return self._steps[self.slider.value()]

    def set_steps(self, steps: tuple[int | None, ...], words: Callable[[int | None], Message]) -> None:
        """Other steps; it stays where it stands, as far as there is such a step."""
        before = self.step
        self._words = words
        with QSignalBlocker(self.slider):
            self._steps = steps
            self.slider.setRange(0, len(steps) - 1)
        self.set_step(before)

    def set_step(self, step: int | None) -> None:
        """Stand there; tells nobody."""
        larger = [
            place for place, one in enumerate(self._steps) if one is not None and step is not None and one >= step
        ]
        with QSignalBlocker(self.slider):
            self.slider.setValue(0 if step is None else next(iter(larger), len(self._steps) - 1))
        self._show()

    def _moved(self) -> None:
        self._show()
        self.moved.emit()

    def _show(self) -> None:
        text = self._context.say(self._words(self.step))
        self._value.setText(text)
        self.slider.setAccessibleDescription(text)
