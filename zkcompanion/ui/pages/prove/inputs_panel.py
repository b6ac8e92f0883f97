"""Where a proof's inputs come from: the form, an input file, or a witness that was calculated elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.input_values import decode_inputs, fits_a_form, read_inputs
from zkcompanion.app.job_views import CircuitView
from zkcompanion.base.errors import CompanionError, FileError, InputError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.field import Field
from zkcompanion.ui.pages.prove.form import InputForm
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, ElidedLabel, Label, row
from zkcompanion.ui.widgets.icon import Icon


class InputsPanel(QWidget):
    """Signals: `changed()` when what `problem` and `order_inputs` answer may be another now."""

    changed = Signal()

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._view: CircuitView | None = None
        self._file: Path | None = None
        self._reading: Task | None = None
        say = context.say
        self.form = InputForm(context)
        self.form.changed.connect(self.changed)
        self._file_box = QWidget()
        self._file_icon = Icon(context.theme, "file", "muted")
        self._file_name = ElidedLabel("", "strong")
        self._file_says = Label("", "caption")
        self.show_button = Button(
            say(msg("Show in the form")), "plain", name="prove-inputs-show", clicked=self._show_in_form
        )
        self._file_error = Label("", "note")
        self._file_error.hide()
        self.use_file_button = Button("", "link", name="prove-inputs-use-file", clicked=self._use_file)
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self._file_name, self._file_says, self._file_error):
            words.addWidget(label)
        box = row(self._file_icon, words, self.show_button, spacing=Space.M)
        box.setStretch(1, 1)
        self._file_box.setLayout(box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.M))
        layout.addWidget(self._file_box)
        layout.addLayout(row(self.use_file_button, None))
        layout.addWidget(self.form)

    def set_circuit(self, view: CircuitView) -> None:
        """Ask for the inputs of this circuit; those of the one before are forgotten.

        The same circuit with other files beside it keeps what was typed.
        """
        before = self._view
        self._view = view
        self._drop_reading()
        if before is None or (before.fingerprint, before.fields) != (view.fingerprint, view.fields):
            self.form.set_fields(view.fields if fits_a_form(view.fields) else (), self._example(view))
            self._file = self._given
        elif before.files.input != view.files.input:
            self._file = self._given
        self._file_error.hide()
        self._arrange()
        self.changed.emit()

    def forget(self) -> None:
        """No circuit and no inputs."""
        self._view = None
        self._file = None
        self._drop_reading()
        self.form.set_fields(())
        self._arrange()

    @property
    def from_form(self) -> bool:
        """Whether the form's values are what will be proved."""
        view = self._view
        return view is not None and view.files.witness is None and self._file is None and bool(self.form.fields)

    def problem(self) -> tuple[Field | None, Message] | None:
        """What keeps the inputs from being used, and the field it is about."""
        view = self._view
        if view is None:
            return None, msg("Choose what to prove first.")
        if view.files.witness is not None or self._file is not None:
            return None
        if self.form.fields:
            return self.form.problem()
        if view.fields:
            return None, msg("This circuit takes more values than a form can show. Add an input file.")
        return None, msg("The circuit's inputs are not named. Add its .sym file, or an input file.")

    def order_inputs(self) -> bytes | None:
        """What an order needs: the form's values, or None where a file has them."""
        return self.form.encoded() if self.from_form else None

    def asks_for(self, signal: str) -> bool:
        """Whether this input stands in the form."""
        return self.from_form and self.form.field_of(signal) is not None

    @property
    def _given(self) -> Path | None:
        """The input file that came with the circuit; that of an example is in the form already."""
        view = self._view
        return view.files.input if view is not None and not view.example_values else None

    def keep(self) -> object:
        """What was typed, for the same circuit in another language."""
        return self.form.keep(), self._file

    def take_back(self, kept: object) -> None:
        """What `keep` gave."""
        assert isinstance(kept, tuple)
        texts, self._file = kept
        self.form.take_back(texts)
        self._arrange()
        self.changed.emit()

    def refuse(self, signal: str, message: Message) -> bool:
        """Mark the field that was refused; False where no form is in use or it has no such field."""
        return self.from_form and self.form.refuse(signal, message)

    def _example(self, view: CircuitView) -> Mapping[str, tuple[str, ...]]:
        if not view.example_values:
            return {}
        try:
            return decode_inputs(view.example_values, view.fields, file=view.files.name)
        except (FileError, InputError):
            return {}  # a form without values is better than none; a test holds the bundled ones

    def _arrange(self) -> None:
        view = self._view
        say = self._context.say
        witness = view.files.witness if view is not None else None
        file = witness if witness is not None else self._file
        self._file_box.setVisible(file is not None)
        self.form.setVisible(file is None and bool(self.form.fields))
        self.show_button.setVisible(witness is None and bool(self.form.fields))
        given = self._given
        self.use_file_button.setVisible(file is None and given is not None and bool(self.form.fields))
        if given is not None:
            self.use_file_button.setText(say(msg("Use the inputs from {file}", file=given.name)))
        if file is not None:
            text = msg("Witness from {file}", file=file.name)
            more = msg("It holds every value of the circuit, so no inputs are asked for.")
            if witness is None:
                text = msg("Inputs from {file}", file=file.name)
                more = msg("They are read when the proof begins, and kept nowhere.")
            self._file_name.set_text(say(text))
            self._file_says.setText(say(more))

    def _show_in_form(self) -> None:
        file, view = self._file, self._view
        if file is None or view is None:
            return
        fields = view.fields
        self._drop_reading()
        self.show_button.setEnabled(False)
        self._reading = run_task(
            self, lambda: decode_inputs(read_inputs(file), fields, file=file.name), self._shown, self._not_shown
        )

    def _shown(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._reading = None
        self.show_button.setEnabled(True)
        self._file = None
        self.form.fill(values)
        self._arrange()
        self.changed.emit()

    def _not_shown(self, error: CompanionError) -> None:
        self._reading = None
        self.show_button.setEnabled(True)
        self._file_error.setText(self._context.say(error.message))
        self._file_error.show()

    def _use_file(self) -> None:
        self._file = self._given
        self._arrange()
        self.changed.emit()

    def _drop_reading(self) -> None:
        if self._reading is not None:
            self._reading.drop()
            self._reading = None
        self.show_button.setEnabled(True)
