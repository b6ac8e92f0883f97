"""One input of a circuit: what it is called, what it is typed into, and what is said about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from zkcompanion.app.input_values import Problem, Typed, size_of
from zkcompanion.app.job_views import InputFieldView
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.inputs import Editor, editor_for, is_grid
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import ElidedLabel, Label, row
from zkcompanion.ui.widgets.icon import Icon

PRIVATE = msg("Private")
PUBLIC = msg("Public")
PRIVATE_MEANS = msg("stays on this computer")
PUBLIC_MEANS = msg("everyone can see it")


class Field(QWidget):
    """Signals: `changed()` after every change of its text; `reveal()`: somebody wants to see what is masked.

    What is wrong is said at once; what is only unfinished, when the focus has left.
    """

    changed = Signal()
    reveal = Signal()

    def __init__(self, context: WindowContext, view: InputFieldView) -> None:
        super().__init__()
        self._context = context
        self.view = view
        self._refused: Message | None = None
        self._left = False
        self._typed = Typed()
        name = context.say(view.label) if view.label is not None else view.name
        self.editor: Editor = editor_for(context, f"prove-input-{view.name}", view.dimensions)
        self._label = ElidedLabel(name, "strong" if view.label is not None else "code", mode="right")
        self._label.setBuddy(self.editor.target)
        self._count = Label("", "faint", wrap=False)
        self._count.setVisible(bool(view.dimensions))
        self._mark = Icon(context.theme, "bad", "bad", size=14)
        self._said = Label("", "caption")
        self._foot = QWidget()
        self._foot.setLayout(row(self._mark, self._said, spacing=Space.XS, top=True))
        self._foot.layout().setStretch(1, 1)  # type: ignore[union-attr]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.XS))
        head = row(self._label, self._count)
        head.setStretch(0, 1)
        layout.addLayout(head)
        layout.addWidget(self.editor)
        layout.addWidget(self._foot)
        layout.addStretch()
        if is_grid(view.dimensions):
            self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._speak(name)
        self.editor.edited.connect(self._edited)
        self.editor.left.connect(self._focus_left)
        self.editor.reveal.connect(self.reveal)
        self._edited()

    @property
    def title(self) -> str:
        """What it is called, for sentences about it."""
        return self._label.full_text

    @property
    def typed(self) -> Typed:
        """What its text says."""
        return self._typed

    def fill(self, values: tuple[str, ...]) -> None:
        """Other values; none clears it, and being empty is nobody's mistake yet."""
        self._left = False
        self.editor.set_values(values)
        self._show()

    def refuse(self, message: Message | None) -> None:
        """The circuit refused these values; None takes it back. It holds until something is typed."""
        self._refused = message
        self._show()

    def focus(self) -> None:
        """Put the cursor into it."""
        self.editor.target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _edited(self) -> None:
        self._typed = self.editor.typed()
        self._refused = None
        self._show()
        self.changed.emit()

    def _focus_left(self) -> None:
        self._left = True
        self._show()

    def _show(self) -> None:
        say = self._context.say
        problem = self._typed.problem
        if self._refused is not None:
            problem = Problem(self._refused)
        # an empty field is said by the button that cannot be pressed; red is for what was typed
        shown = problem if problem is not None and self._is_said(problem) else None
        self.editor.mark(shown)
        note = self._typed.note if problem is None else None
        text = shown.message if shown is not None else note if note is not None else self.view.note
        self._mark.setVisible(shown is not None or note is not None)
        self._mark.set_icon("bad" if shown is not None else "caution", "bad" if shown is not None else "caution")
        self._said.set_kind("note" if shown is not None or note is not None else "caption")
        self._said.setText(say(text) if text is not None else "")
        self._foot.setVisible(text is not None)
        self.editor.target.setAccessibleDescription(self._said.text())
        if self.view.dimensions:
            count, size = format_count(self._typed.count), format_count(size_of(self.view.dimensions))
            counted = msg("{count} of {size} values", count=count, size=size)
            self._count.setText(say(counted) if problem is not None else say(msg("{size} values", size=size)))

    def _is_said(self, problem: Problem) -> bool:
        return not problem.unfinished or (self._left and not self.editor.target.hasFocus() and self._typed.count > 0)

    def _speak(self, name: str) -> None:
        say = self._context.say
        kind, means = (PUBLIC, PUBLIC_MEANS) if self.view.public else (PRIVATE, PRIVATE_MEANS)
        spoken = msg("{name}, {kind}: {means}", name=name, kind=kind, means=means)
        self.editor.target.setAccessibleName(say(spoken))
