"""The form of a circuit's inputs, private ones and public ones apart. What is typed here is kept nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from zkcompanion.app.input_values import encode_inputs
from zkcompanion.app.job_views import InputFieldView
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.field import PRIVATE, PRIVATE_MEANS, PUBLIC, PUBLIC_MEANS, Field
from zkcompanion.ui.pages.prove.inputs import is_grid
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, clear, row
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import Icon

#: Columns of the grid that fields stand in: a short one takes two of them, a long one all.
_COLUMNS = 6
_SHORT_SPAN = 2
#: A field that an example fills with no more characters than these is short.
_SHORT_VALUE = 10
#: Narrower than this, each field has a row of its own.
_NARROW_PX = 400


class _Group(QWidget):
    """The private or the public inputs."""

    def __init__(self, context: WindowContext, *, public: bool) -> None:
        super().__init__()
        self._context = context
        self._short: dict[Field, bool] = {}
        self._narrow: bool | None = None
        self.fields: tuple[Field, ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.M))
        head = row(
            Icon(context.theme, "eye" if public else "lock", "info" if public else "good", size=16),
            Label(context.say(PUBLIC if public else PRIVATE), "strong", wrap=False),
            Label(context.say(PUBLIC_MEANS if public else PRIVATE_MEANS), "caption", wrap=False),
            None,
        )
        layout.addLayout(head)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(context.theme.pixels(Space.L))
        self._grid.setVerticalSpacing(context.theme.pixels(Space.L))
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        layout.addLayout(self._grid)
        layout.addStretch()

    @property
    def only_grids(self) -> bool:
        """Whether all that is asked for are cells."""
        return bool(self.fields) and all(is_grid(field.view.dimensions) for field in self.fields)

    def put(self, fields: Sequence[tuple[Field, bool]]) -> None:
        """These fields, each with whether it is short, in the place of others."""
        clear(self._grid)
        self._short = dict(_in_company(fields))
        self.fields = tuple(self._short)
        self._narrow = None
        self.setVisible(bool(fields))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Short fields share a row where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < self._context.theme.pixels(_NARROW_PX)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        for field in self.fields:
            self._grid.removeWidget(field)
        at = 0
        for field, short in self._short.items():
            span = _SHORT_SPAN if short and not narrow else _COLUMNS
            if at % _COLUMNS + span > _COLUMNS:
                at += _COLUMNS - at % _COLUMNS
            self._grid.addWidget(field, at // _COLUMNS, at % _COLUMNS, 1, span)
            at += span


def _in_company(fields: Sequence[tuple[Field, bool]]) -> Iterator[tuple[Field, bool]]:
    """Short are only those beside another short one: alone in a row, a field may as well fill it."""
    for at, (field, short) in enumerate(fields):
        beside = (*fields[max(0, at - 1) : at], *fields[at + 1 : at + 2])
        yield field, short and any(other for _, other in beside)


class InputForm(QWidget):
    """Signals: `changed()` after every change of a value."""

    changed = Signal()

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._fields: dict[str, Field] = {}
        self._example: dict[str, tuple[str, ...]] = {}
        self._masked = False
        self._private = _Group(context, public=False)
        self._public = _Group(context, public=True)
        say = context.say
        self.example_button = Button(
            say(msg("Use example values")), "link", name="prove-example-values", clicked=self.use_example
        )
        self.clear_button = Button(say(msg("Clear")), "link", name="prove-clear-inputs", clicked=self.clear_values)
        self.mask_button = Button("", "link", name="prove-mask", clicked=self._toggle_mask)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.L))
        links = FlowRow(context.theme)
        for part in (self.mask_button, self.example_button, self.clear_button):
            links.add(part)
        head = row(Label(say(msg("Inputs")), "section", wrap=False), links, spacing=context.theme.pixels(Space.L))
        head.setStretch(1, 1)
        layout.addLayout(head)
        self._groups = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._groups.setSpacing(context.theme.pixels(Space.XL))
        self._groups.addWidget(self._private)
        self._groups.addWidget(self._public)
        layout.addLayout(self._groups)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._show_mask()

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by their signals' names."""
        return self._fields

    def set_fields(self, views: Sequence[InputFieldView], example: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """Ask for these inputs instead of others, whose values are forgotten; `example` is filled in."""
        self._example = dict(example or {})
        self._fields = {view.name: Field(self._context, view) for view in views}
        for group, public in ((self._private, False), (self._public, True)):
            group.put(
                [(field, self._is_short(field.view)) for field in self._fields.values() if field.view.public is public]
            )
        for field in self._fields.values():
            field.editor.set_masked(self._masked and not field.view.public)
            field.reveal.connect(self._toggle_mask)
            field.changed.connect(self.changed)
        self.example_button.setVisible(bool(self._example))
        self.mask_button.setVisible(bool(self._private.fields))
        self.use_example()
        self._arrange()
        self.changed.emit()

    def fill(self, values: Mapping[str, tuple[str, ...]]) -> None:
        """These values; inputs that are not among them are cleared."""
        for name, field in self._fields.items():
            field.fill(values.get(name, ()))

    def use_example(self) -> None:
        """The example's values."""
        if self._example:
            self.fill(self._example)

    def clear_values(self) -> None:
        """No values, and the cursor in the first field."""
        self.fill({})
        if self._fields:
            next(iter(self._fields.values())).focus()

    def problem(self) -> tuple[Field, Message] | None:
        """The first thing that keeps these inputs from being proved: a mistake before what is not there yet."""
        unfinished = None
        for field in self._ordered():
            problem = field.typed.problem
            if problem is None:
                continue
            if not problem.unfinished:
                return field, msg("{field} needs another value.", field=field.title)
            if unfinished is None:
                text = msg("{field} is empty.", field=field.title)
                if field.typed.count:
                    text = msg("{field} is not complete.", field=field.title)
                unfinished = (field, text)
        return unfinished

    def encoded(self) -> bytes:
        """The inputs as snarkjs takes them; only where there is no problem."""
        return encode_inputs(
            [field.view for field in self._fields.values()],
            {name: field.typed.values for name, field in self._fields.items()},
        )

    def field_of(self, signal: str) -> Field | None:
        """The field of an input, or of one element of it."""
        return self._fields.get(signal) or self._fields.get(signal.partition("[")[0])

    def keep(self) -> Mapping[str, Sequence[str]]:
        """What was typed, right or wrong."""
        return {name: field.editor.texts() for name, field in self._fields.items()}

    def take_back(self, kept: Mapping[str, Sequence[str]]) -> None:
        """What `keep` gave."""
        for name, texts in kept.items():
            if name in self._fields:
                self._fields[name].editor.set_texts(texts)

    def refuse(self, signal: str, message: Message) -> bool:
        """Mark the field of an input that the circuit refused; False where there is none of this name."""
        field = self.field_of(signal)
        if field is None:
            return False
        field.refuse(message)
        field.focus()
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two sets of cells stand beside each other where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _ordered(self) -> Sequence[Field]:
        return [*self._private.fields, *self._public.fields]

    def _is_short(self, view: InputFieldView) -> bool:
        found = self._example.get(view.name)
        return not view.dimensions and found is not None and len(found[0]) <= _SHORT_VALUE

    def _arrange(self) -> None:
        cells = self._private.only_grids and self._public.only_grids
        needed = sum(group.sizeHint().width() for group in (self._private, self._public)) + self._groups.spacing()
        beside = cells and self.width() >= needed
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._groups.direction() != direction:
            self._groups.setDirection(direction)

    def _toggle_mask(self) -> None:
        self._masked = not self._masked
        for field in self._private.fields:
            field.editor.set_masked(self._masked)
        self._show_mask()

    def _show_mask(self) -> None:
        text = msg("Show private values") if self._masked else msg("Hide private values")
        self.mask_button.setText(self._context.say(text))
