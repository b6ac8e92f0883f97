"""What the tabs of "Hardware" share: the computer, what it can prove, and what another one could."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from zkcompanion.app.hardware_views import AdviceView, AnswerView, CalibrationEnded, MachineFacts, WhatIf, WorkloadView
from zkcompanion.base.errors import CompanionError
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.latest import Latest
from zkcompanion.ui.tasks import Task, run_task

#: Free memory and the like are looked at again when the page is shown and this old.
FRESH_S = 60.0
HERE = WhatIf()


@dataclass(frozen=True, slots=True)
class Change:
    """A workload of which another computer could do more, or less."""

    here: WorkloadView
    there: WorkloadView


class Answers(QObject):
    """Looks and asks in other threads, and keeps what came of it; nothing is asked while the page is not in sight.

    Signals: `facts_changed()`, `answer_changed()` for this computer, `shown_changed()` for what the table shows
        (the other computer's answer, where there is one), `advice_changed()`, `failed(CompanionError)`,
        `calibration_changed()` after one ended.
    """

    facts_changed = Signal()
    answer_changed = Signal()
    shown_changed = Signal()
    advice_changed = Signal()
    calibration_changed = Signal()
    failed = Signal(object)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._in_sight = False
        self._stale = False
        self._looking: Task | None = None
        self._looked_s: float | None = None
        self.facts: MachineFacts | None = None
        self.answer: AnswerView | None = None
        self.advice: tuple[AdviceView, ...] | None = None
        self.what_if = HERE
        self.other: AnswerView | None = None
        # the service is asked for in other threads only: what it is made of takes long to import
        desk = context.desk
        self._here: Latest[None, AnswerView] = Latest(
            self, lambda _: desk.hardware.answer(), self._answered, self._failed
        )
        self._there: Latest[WhatIf, AnswerView] = Latest(self, self._answer_for, self._answered_there, self._failed)
        self._advised: Latest[None, tuple[AdviceView, ...]] = Latest(
            self, lambda _: desk.hardware.advice(), self._take_advice, self._failed
        )
        bridge = context.bridge
        bridge.machine_looked_at.connect(self._looked_by_anyone)
        bridge.calibration_ended.connect(self._calibrated)
        bridge.history_changed.connect(self._history_changed)

    @property
    def shown(self) -> AnswerView | None:
        """What the table shows: the other computer's answer where one is imagined, else this one's."""
        return self.answer if self.what_if == HERE else self.other or self.answer

    @property
    def imagined(self) -> bool:
        """Whether the table is about another computer."""
        return self.what_if != HERE and self.other is not None

    def arrive(self) -> None:
        """The page is in sight: look where nothing is known, and again where it is old."""
        self._in_sight = True
        if self._looking is None:
            self._look_if_old()
        if self._stale:
            self.ask()

    def leave(self) -> None:
        """What is under way comes to its end; nothing more is asked."""
        self._in_sight = False

    def close(self) -> None:
        """Nobody wants to know any more."""
        self._in_sight = False
        for asked in (self._here, self._there, self._advised):
            asked.drop()
        if self._looking is not None:
            self._looking.drop()
            self._looking = None

    def look(self, *, anew: bool) -> None:
        """Look at the computer; `anew` also where it is known."""
        desk = self._context.desk
        if self._looking is not None:
            self._looking.drop()

        def looked() -> MachineFacts:
            known = None if anew else desk.hardware.facts()
            return known if known is not None else desk.hardware.look(anew=anew)

        self._looking = run_task(self, looked, self._looked, self._look_failed)

    def ask(self) -> None:
        """What this computer can prove, as it is now; advice and the other computer's answer follow."""
        self._stale = False
        self._here.ask(None)

    def imagine(self, what_if: WhatIf) -> None:
        """Answer for another computer; `HERE` for this one."""
        if what_if == self.what_if:
            return
        self.what_if = what_if
        if what_if == HERE:
            self.other = None
            self._there.drop()
            self.shown_changed.emit()
        else:
            self._there.ask(what_if)

    def changes(self) -> tuple[Change, ...]:
        """Workloads whose verdict is another one on the imagined computer."""
        if self.answer is None or self.other is None or self.what_if == HERE:
            return ()
        here = {workload.id: workload for workload in self.answer.workloads}
        return tuple(
            Change(here[there.id], there)
            for there in self.other.workloads
            if there.id in here and here[there.id].verdict.tier != there.verdict.tier
        )

    # -- what came of it

    def _look_if_old(self) -> None:
        now_s = self._context.desk.clock.monotonic_s()
        if self._looked_s is None:
            self.look(anew=False)
        elif now_s - self._looked_s > FRESH_S:
            self.look(anew=True)

    def _looked(self, facts: MachineFacts) -> None:
        self._looking = None
        self._looked_s = self._context.desk.clock.monotonic_s()
        if facts is not self.facts:
            self._take_facts(facts)
        elif not self._here.busy:  # the bus was faster, or nothing is new and somebody wants to know all the same
            self._ask_or_later()

    @Slot(object)
    def _looked_by_anyone(self, facts: MachineFacts) -> None:
        if self._in_sight or self.facts is not None:
            self._take_facts(facts)

    def _take_facts(self, facts: MachineFacts) -> None:
        self._looked_s = self._context.desk.clock.monotonic_s()
        if facts is self.facts:
            return
        self.facts = facts
        self.facts_changed.emit()
        self._ask_or_later()

    def _answer_for(self, what_if: WhatIf) -> AnswerView:
        return self._context.desk.hardware.answer(what_if)

    def _answered(self, answer: AnswerView) -> None:
        self.answer = answer
        self.answer_changed.emit()
        if self.what_if == HERE:
            self.shown_changed.emit()
        else:
            self._there.ask(self.what_if)
        self._advised.ask(None)

    def _answered_there(self, answer: AnswerView) -> None:
        if self.what_if == HERE:
            return
        self.other = answer
        self.shown_changed.emit()

    def _take_advice(self, advice: tuple[AdviceView, ...]) -> None:
        if advice != self.advice:
            self.advice = advice
            self.advice_changed.emit()

    def _look_failed(self, error: CompanionError) -> None:
        self._looking = None
        self._failed(error)

    def _failed(self, error: CompanionError) -> None:
        self.failed.emit(error)

    @Slot(object)
    def _calibrated(self, ended: CalibrationEnded) -> None:
        self.calibration_changed.emit()
        if ended.found is not None:
            self._ask_or_later()

    @Slot()
    def _history_changed(self) -> None:
        """A finished proof makes predictions of its circuit surer."""
        if self.answer is not None:
            self._ask_or_later()

    def _ask_or_later(self) -> None:
        if self._in_sight:
            self.ask()
        else:
            self._stale = True
