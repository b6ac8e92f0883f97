"""This computer as one card: its name, the two figures that count, and a row for all else that is known."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from zkcompanion.app.hardware_views import MachineFacts
from zkcompanion.app.machine_words import FactRow, key_facts, machine_name, machine_rows
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, Label, clear, column, line, row, tabular
from zkcompanion.ui.widgets.icon import Icon, give_icon
from zkcompanion.ui.widgets.states import Skeleton


class MachineCard(Card):
    """`look_again()` is called by its button."""

    def __init__(self, context: WindowContext, look_again: Callable[[], object]) -> None:
        super().__init__(spacing=Space.M)
        say, pixels = context.say, context.theme.pixels
        self._context = context
        self._rows: tuple[FactRow, ...] = ()
        self._name = Label("", "section", selectable=True)
        self._name.setObjectName("hardware-computer-name")
        self._name.setProperty("data", True)
        self._key = Label("", "muted")
        self.again = Button(say(msg("Look again")), "link", name="hardware-computer-look", clicked=look_again)
        self.again.setAccessibleDescription(say(msg("Free memory, the disk and the rest as they are now")))
        give_icon(self.again, context.theme, "refresh", "accent", size=16)
        head = row(
            Icon(context.theme, "hardware", "accent", size=28),
            column(self._name, self._key, spacing=pixels(Space.XS) // 2),
            self.again,
            spacing=pixels(Space.M),
            top=True,
        )
        head.setStretch(1, 1)
        self.body.addLayout(head)
        self.body.addWidget(line())
        self._skeleton = Skeleton(context.theme, say(msg("Looking at this computer")), lines=6)
        self.body.addWidget(self._skeleton)
        self._table = QWidget()
        self._table.setObjectName("hardware-computer-facts")
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(pixels(Space.XL))
        self._grid.setVerticalSpacing(pixels(Space.M))
        self._grid.setColumnStretch(1, 1)
        self.body.addWidget(self._table)
        self._name.setText(say(msg("This computer")))

    def show_facts(self, facts: MachineFacts) -> None:
        """All that is known of it."""
        say = self._context.say
        self._skeleton.hide()
        self._name.setText(say(machine_name(facts)))
        self._key.setText(say(key_facts(facts)))
        rows = machine_rows(facts)
        if rows == self._rows:
            return
        self._rows = rows
        clear(self._grid)
        for number, one in enumerate(rows):
            self._add(number, one)

    def _add(self, number: int, fact: FactRow) -> None:
        say = self._context.say
        name, value = say(fact.name), say(fact.value)
        shown = Label(value, "text" if fact.known else "faint", selectable=True)
        shown.setObjectName(f"hardware-fact-{fact.id}")
        shown.setProperty("data", True)
        shown.setAccessibleName(f"{name}: {value}")
        tabular(shown)
        said = column(shown, spacing=0)
        if fact.meaning is not None:
            meaning = Label(say(fact.meaning), "caption")
            meaning.setAccessibleName(f"{name}: {say(fact.meaning)}")
            said.addWidget(meaning)
        self._grid.addWidget(Label(name, "muted", wrap=False), number, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addLayout(said, number, 1)
