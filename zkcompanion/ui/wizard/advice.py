"""The step "What would help": the three things that would help most, each with what it brings."""

from __future__ import annotations

from zkcompanion.app.first_look import first_look
from zkcompanion.app.hardware_views import AdviceView, WorkloadView
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.hardware.advice_card import AdviceCard
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, clear, column, row, set_flag
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.states import Skeleton
from zkcompanion.ui.wizard.step import StepView

_SHOWN = 3


class AdviceStep(StepView):
    """See the module."""

    key = "advice"
    title = msg("What would help")
    question = msg("What costs nothing comes first. Nothing of it is needed to begin.")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self._waiting = Skeleton(context.theme, say(msg("Working out what would help")), lines=6)
        self._cards = column(spacing=pixels(Space.L))
        more = Button(
            say(msg("All of it, and “what if”")),
            "link",
            name="wizard-advice-all",
            clicked=lambda: context.shell.go("hardware", tab="advice"),
        )
        set_flag(more, "flush", value=True)
        self._again = Button(say(msg("Try again")), name="wizard-advice-again", clicked=self._ask)
        self._again.hide()
        self.body.addWidget(self._waiting)
        self.body.addLayout(self._cards)
        self.body.addLayout(row(more, None))
        self._shown: tuple[AdviceView, ...] | None = None

    def arrive(self) -> None:
        """Ask anew: something may have been measured meanwhile."""
        self._ask()

    def _ask(self) -> None:
        self._again.setParent(self)
        self._again.hide()
        self.clear_trouble()
        run_task(self, self._read, self._found, self._failed)

    def _read(self) -> tuple[tuple[AdviceView, ...], tuple[WorkloadView, ...]]:
        hardware = self.context.desk.hardware
        found = first_look(hardware)
        return hardware.advice()[:_SHOWN], found.answer.workloads

    def _found(self, found: tuple[tuple[AdviceView, ...], tuple[WorkloadView, ...]]) -> None:
        advice, workloads = found
        self._waiting.hide()
        if advice != self._shown:
            self._shown = advice
            clear(self._cards)
            known = {one.id: one for one in workloads}
            for one in advice:
                self._cards.addWidget(AdviceCard(self.context, one, known, self._see))
            if not advice:
                calm = row(Icon(self.context.theme, "state-done", "good", size=24), spacing=Space.M)
                words = msg("Nothing stands in the way: this computer is ready for what it can prove.")
                calm.addWidget(Label(self.context.say(words), "strong"), 1)
                self._cards.addLayout(calm)
        self.done.emit()

    def _see(self, ids: tuple[str, ...]) -> None:
        self.context.shell.go("hardware", tab="workloads", only=ids)

    def _failed(self, error: CompanionError) -> None:
        self._waiting.hide()
        self._again.show()
        self.show_trouble(error, self._again)
