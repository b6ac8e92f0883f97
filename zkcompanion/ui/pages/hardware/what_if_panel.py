"""Sliders for another computer, and what it would change, answered while they are dragged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QTableView

from zkcompanion.app.hardware_views import WhatIf
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.hardware.answers import HERE, Answers
from zkcompanion.ui.pages.hardware.changes_model import HERE as CHANGED_FROM
from zkcompanion.ui.pages.hardware.changes_model import ICON_PX, THERE, WORKLOAD, ChangesModel
from zkcompanion.ui.pages.hardware.step_slider import StepSlider
from zkcompanion.ui.pages.hardware.what_if_words import (
    FAMILIES,
    core_step_words,
    core_steps,
    memory_step_words,
    memory_steps,
    what_if_words,
)
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, Label, column, row, set_flag
from zkcompanion.ui.widgets.columns import Columns
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.records_table import records_table
from zkcompanion.ui.widgets.states import EmptyState
from zkcompanion.ui.widgets.tabs import Tabs
from zkcompanion.ui.widgets.tier_words import TIERS, tier_change

Family = Literal["ifma", "scalar", "reference"]

#: What came out is said once the sliders rest.
_REST_MS = 700
_ROWS = 6


class WhatIfPanel(Card):
    """`see(ids)` shows workloads in the table."""

    def __init__(self, context: WindowContext, answers: Answers, see: Callable[[tuple[str, ...]], object]) -> None:
        super().__init__(spacing=Space.M)
        say, pixels = context.say, context.theme.pixels
        self._context = context
        self._answers = answers
        self._see = see
        self.memory = StepSlider(
            context,
            say(msg("Memory")),
            name="hardware-what-if-memory",
            help_text=say(msg("Memory that is installed. What programs hold now, they would hold there too.")),
        )
        self.cores = StepSlider(
            context,
            say(msg("Cores")),
            name="hardware-what-if-cores",
            help_text=say(msg("Cores that proofs could use, each as fast as one of this computer.")),
        )
        self.family = Tabs(
            ((key, say(text)) for key, text in FAMILIES.items()), name="hardware-what-if-family", kind="segment"
        )
        self.reset_button = Button(say(msg("Reset")), name="hardware-what-if-reset", clicked=self.reset)
        give_icon(self.reset_button, context.theme, "refresh", size=16)
        self.see_button = Button(say(msg("Show these in the table")), "link", name="hardware-what-if-see")
        self.see_button.clicked.connect(self._see_changed)
        set_flag(self.see_button, "flush", value=True)
        policy = self.see_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.see_button.setSizePolicy(policy)
        self._count = Label("", "section")
        self._count.setObjectName("hardware-what-if-count")
        self._who = Label("", "muted")
        self._headline = Label("", "text")
        self._model = ChangesModel(context)
        self._model.setParent(self)
        self._nothing = EmptyState(
            context.theme,
            "hardware",
            say(msg("Workloads whose verdict changes are listed here, with what they are now and what they would be.")),
        )
        self.table = self._build_table()
        intro = msg("Move a slider: the catalogue is answered anew for such a computer while you drag.")
        self.body.addLayout(
            column(
                Label(say(msg("What if this computer were another one?")), "section"),
                Label(say(intro), "muted"),
                spacing=pixels(Space.XS),
            )
        )
        columns = Columns(context, (2, 3), beside_px=680)
        features = column(Label(say(msg("Vector features")), "muted"), self.family, spacing=Space.XS)
        columns.parts[0].addWidget(self.memory)
        columns.parts[0].addWidget(self.cores)
        columns.parts[0].addLayout(features)
        columns.parts[0].addLayout(row(self.reset_button, None))
        columns.parts[1].addLayout(column(self._count, self._who, self._headline, spacing=Space.XS))
        columns.parts[1].addWidget(self.table)
        columns.parts[1].addWidget(self._nothing)
        columns.parts[1].addLayout(row(self.see_button, None))
        columns.parts[1].setSpacing(pixels(Space.S))
        self.body.addWidget(columns)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._tell)
        for slider in (self.memory, self.cores):
            slider.moved.connect(self._moved)
        self.family.chosen.connect(self._moved)
        answers.facts_changed.connect(self._show_facts)
        answers.shown_changed.connect(self._show_changes)
        answers.answer_changed.connect(self._show_changes)
        self._show_facts()
        self.stand_at(answers.what_if)
        self._show_changes()

    def stand_at(self, what_if: WhatIf) -> None:
        """Put the sliders where another computer is described; tells nobody."""
        self.memory.set_step(what_if.memory_bytes)
        self.cores.set_step(what_if.cores)
        before = self.family.blockSignals(True)  # Qt's own call
        self.family.choose(what_if.family if what_if.family in FAMILIES else "here")
        self.family.blockSignals(before)

    def reset(self) -> None:
        """Back to this computer."""
        self.stand_at(HERE)
        self._answers.imagine(HERE)

    def _build_table(self) -> QTableView:
        table = records_table(
            self._context,
            self._model,
            name="hardware-what-if-changes",
            accessible=self._context.say(msg("Workloads whose verdict would change")),
            newest=THERE,
            stretch=WORKLOAD,
        )
        table.sortByColumn(THERE, Qt.SortOrder.AscendingOrder)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.activated.connect(lambda index: self._see((self._model.shown[index.row()].there.id,)))
        self._context.theme.changed.connect(self._fit)
        self._table = table
        self._fit()
        return table

    def _fit(self) -> None:
        pixels = self._context.theme.pixels
        side = pixels(ICON_PX)
        self._table.setIconSize(QSize(side, side))
        metrics, say = self._table.fontMetrics(), self._context.say
        widest = max(metrics.horizontalAdvance(say(words.text)) for words in TIERS.values())
        for column_number in (CHANGED_FROM, THERE):
            self._table.setColumnWidth(column_number, widest + side + pixels(Space.XXL))
        header = self._table.horizontalHeader().sizeHint().height()
        height = header + _ROWS * self._table.verticalHeader().defaultSectionSize()
        # both are as high, so that nothing jumps while a slider is dragged
        for part in (self._table, self._nothing):
            part.setFixedHeight(height)

    @Slot()
    def _show_facts(self) -> None:
        """Steps begin at this computer."""
        facts = self._answers.facts
        memory = None if facts is None else facts.usable_memory_bytes
        cores = None if facts is None else facts.usable_cores
        self.memory.set_steps(memory_steps(memory), lambda step: memory_step_words(step, memory))
        self.cores.set_steps(core_steps(cores), lambda step: core_step_words(step, cores))

    @Slot()
    def _moved(self) -> None:
        self._answers.imagine(self._standing())
        self._rest.start()

    @Slot()
    def _show_changes(self) -> None:
        answers, say = self._answers, self._context.say
        if answers.what_if == HERE and self._standing() != HERE:
            self.stand_at(HERE)  # somebody went back to this computer elsewhere
        changes = answers.changes()
        self._model.set_changes(changes)
        self._count.setText(say(self._count_words()))
        other = answers.other if answers.imagined else None
        self._who.setText(say(what_if_words(answers.what_if if other is not None else HERE)))
        self._headline.setText(say(other.headline) if other is not None else "")
        self._headline.setVisible(other is not None)
        self.table.setVisible(bool(changes))
        self._nothing.setVisible(not changes)
        self.see_button.setVisible(bool(changes))
        self.reset_button.setEnabled(answers.what_if != HERE)

    def _standing(self) -> WhatIf:
        family = self.family.current
        return WhatIf(self.memory.step, self.cores.step, None if family == "here" else cast("Family", family))

    def _count_words(self) -> Message:
        if not self._answers.imagined:
            return msg("Nothing is changed yet")
        changes = [tier_change(one.here.verdict.tier, one.there.verdict.tier) for one in self._answers.changes()]
        better, worse = changes.count(1), changes.count(-1)
        if not better and not worse:
            return msg("No verdict would change")
        gained = msg_n("{n} workload gets better", "{n} workloads get better", n=better)
        lost = msg_n("{n} gets worse", "{n} get worse", n=worse)
        if not worse:
            return gained
        return msg("{gained}, {lost}", gained=gained, lost=lost)

    def _tell(self) -> None:
        announce(self, self._context.say(self._count_words()))

    def _see_changed(self) -> None:
        self._see(tuple(one.there.id for one in self._answers.changes()))
