"""The tab "Objectives": how well proofs come out, against what is wanted of them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Slot

from zkcompanion.app.objective_service import Judgement, Objective
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.monitor.objective_card import ObjectiveCard
from zkcompanion.ui.pages.monitor.tab import MonitorTab
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.widgets.basic import Label
from zkcompanion.ui.widgets.states import Banner

#: Proofs may end many times a second; what is said of them follows at this pace.
_PACE_MS = 1000
#: Windows move on though nothing happens.
_LOOK_MS = 60_000


class ObjectivesTab(MonitorTab):
    """`arrive(objective=ID)` brings one into sight. Judged in another thread, and only while the tab is in sight."""

    id = "objectives"
    title = msg("Objectives")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._in_sight = False
        self._asking: Task | None = None
        self._stale = False
        intro = msg(
            "An objective is a share of proofs that is to come out well. What may go wrong is its error budget: as "
            "long as some of it is left, the objective is met."
        )
        self.body.addWidget(Label(say(intro), "muted"))
        self._banner = Banner(context.theme, "caution", "")
        self._banner.hide()
        self.body.addWidget(self._banner)
        self.cards: dict[str, ObjectiveCard] = {}
        for one in context.desk.objectives.objectives():
            card = self.cards[one.id] = ObjectiveCard(
                context,
                one,
                change=partial(self._change, one.id),
                reset=partial(self._reset, one.id),
                go=self._go,
            )
            self.body.addWidget(card)
        self.body.addStretch()
        self._pace = QTimer(self, singleShot=True, interval=_PACE_MS)
        self._pace.timeout.connect(self._look)
        self._again = QTimer(self, interval=_LOOK_MS)
        self._again.timeout.connect(self._look)
        context.bridge.objectives_changed.connect(self._changed)

    def arrive(self, **where: object) -> None:
        """Judge now, and again when something changes."""
        self._in_sight = True
        self._again.start()
        self._look()
        card = self.cards.get(str(where.get("objective")))
        if card is not None:
            card.setFocus()
            self._seek(card)

    def leave(self) -> None:
        """Ask nothing more."""
        self._in_sight = False
        self._again.stop()
        self._pace.stop()

    def close_tab(self) -> None:
        """What was asked need not be answered."""
        if self._asking is not None:
            self._asking.drop()

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """What people call it."""
        return (
            Place(
                msg("Monitor: error budget and burn rate"),
                "monitor",
                (("tab", cls.id),),
                words=(msg("SLA"), msg("service level"), msg("reliability"), msg("incidents")),
                icon="monitor",
            ),
        )

    def _seek(self, card: ObjectiveCard) -> None:
        from PySide6.QtWidgets import QScrollArea

        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(card)

    @Slot()
    def _changed(self) -> None:
        if self._in_sight and not self._pace.isActive():
            self._pace.start()

    @Slot()
    def _look(self) -> None:
        if not self._in_sight:
            return
        if self._asking is not None:
            self._stale = True
            return
        self._asking = run_task(self, self.context.desk.objectives.judged, self._show, self._failed)

    def _show(self, judged: tuple[Judgement, ...]) -> None:
        self._asking = None
        objectives = self.context.desk.objectives
        for one in objectives.objectives():
            self.cards[one.id].show_objective(one)
        for found in judged:
            if found.objective.on:
                self.cards[found.objective.id].show_judgement(found)
        self._say(objectives.notice)
        if self._stale:
            self._stale = False
            self._changed()

    def _failed(self, error: CompanionError) -> None:
        self._asking = None
        self._say(error.message)

    def _say(self, notice: Message | None) -> None:
        self._banner.setVisible(notice is not None)
        if notice is not None:
            self._banner.set("caution", self.context.say(notice))

    # -- what a person does

    def _change(self, objective_id: str, **changes: object) -> None:
        objectives = self.context.desk.objectives
        run_task(self, lambda: objectives.change(objective_id, **changes), self._held, self._refused, in_order=True)

    def _reset(self, objective_id: str) -> None:
        objectives = self.context.desk.objectives
        before = next(one for one in objectives.objectives() if one.id == objective_id)

        def undo() -> None:
            names = ("target", "days", "bound_s", "bound_times", "on")
            self._change(objective_id, **{name: getattr(before, name) for name in names})

        def done(objective: Objective) -> None:
            self._held(objective)
            text = msg("“{title}” is as it was shipped again.", title=objective.title)
            self.context.shell.notify(Notice("info", text, action_text=msg("Undo"), action=undo, key="objective-reset"))

        run_task(self, lambda: objectives.reset(objective_id), done, self._refused, in_order=True)

    def _held(self, objective: Objective) -> None:
        self.cards[objective.id].show_objective(objective)
        self._look()

    def _refused(self, error: CompanionError) -> None:
        self.context.shell.show_error(error)
        for one in self.context.desk.objectives.objectives():
            self.cards[one.id].show_objective(one)

    def _go(self, begin_unix_s: float, end_unix_s: float) -> None:
        """An incident, with as much time before and after it."""
        length_s = max(60.0, 3 * (end_unix_s - begin_unix_s))
        end = (begin_unix_s + end_unix_s + length_s) / 2
        self.context.shell.go("monitor", tab="live", seconds=length_s, end_unix_s=end)
