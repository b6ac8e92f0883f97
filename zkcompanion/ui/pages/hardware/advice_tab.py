"""The tab "What would help": another computer by sliders, and advice for this one."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout

from zkcompanion.app.hardware_views import AdviceView, WhatIf
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.hardware.advice_card import AdviceCard
from zkcompanion.ui.pages.hardware.answers import Answers
from zkcompanion.ui.pages.hardware.tab import HardwareTab
from zkcompanion.ui.pages.hardware.what_if_panel import WhatIfPanel
from zkcompanion.ui.theme.tokens import READING_WIDTH, Space
from zkcompanion.ui.widgets.basic import Label, clear, column
from zkcompanion.ui.widgets.states import EmptyState, Skeleton


class AdviceTab(HardwareTab):
    """`arrive(focus="what-if")` puts the keyboard on the first slider."""

    id = "advice"
    title = msg("What would help")

    def __init__(self, context: WindowContext, answers: Answers) -> None:
        super().__init__(context, answers)
        say, pixels = context.say, context.theme.pixels
        self.panel = WhatIfPanel(context, answers, self._see)
        self.body.addWidget(self.panel)
        order = msg("What costs nothing comes first, then what does most for its price.")
        self.body.addLayout(
            column(
                Label(say(msg("What would help this computer")), "section"),
                Label(say(order), "muted"),
                spacing=pixels(Space.XS),
            )
        )
        self._skeleton = Skeleton(context.theme, say(msg("Working out what would help")), lines=4)
        self._nothing = EmptyState(
            context.theme,
            "good",
            say(msg("Nothing that we know of would let this computer prove more of the catalogue.")),
        )
        self._cards = QVBoxLayout()
        self._cards.setSpacing(pixels(Space.L))
        for part in (self._skeleton, self._nothing):
            self.body.addWidget(part)
        self.body.addLayout(self._cards)
        self._coming: list[AdviceView] = []
        answers.advice_changed.connect(self._show_advice)
        context.theme.changed.connect(self._fit)
        self._fit()
        self._show_advice()

    def arrive(self, **where: object) -> None:
        """Put the keyboard where it was asked for."""
        if where.get("focus") == "what-if":
            self.panel.memory.slider.setFocus()

    def keep(self) -> object:
        """The computer that is imagined."""
        return self.answers.what_if

    def take_back(self, kept: object) -> None:
        """The same in another language."""
        if isinstance(kept, WhatIf):
            self.panel.stand_at(kept)
            self.answers.imagine(kept)

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """The sliders."""
        return (
            Place(
                msg("What if this computer had more memory or cores?"),
                "hardware",
                (("tab", cls.id), ("focus", "what-if")),
                words=(msg("upgrade"), msg("simulate"), msg("buy")),
                icon="hardware",
            ),
        )

    def _fit(self) -> None:
        self.setMaximumWidth(self.context.theme.pixels(READING_WIDTH))

    @Slot()
    def _show_advice(self) -> None:
        advice = self.answers.advice
        self._skeleton.setVisible(advice is None)
        self._nothing.setVisible(advice == ())
        clear(self._cards)
        self._coming = list(advice or ())
        QTimer.singleShot(0, self, self._show_next)

    def _show_next(self) -> None:
        """A card at a time, so that the window goes on between them."""
        if not self._coming:
            return
        answer = self.answers.answer
        workloads = {one.id: one for one in answer.workloads} if answer is not None else {}
        self._cards.addWidget(AdviceCard(self.context, self._coming.pop(0), workloads, self._see))
        QTimer.singleShot(0, self, self._show_next)

    def _see(self, ids: tuple[str, ...]) -> None:
        self.context.shell.go("hardware", tab="workloads", only=ids)
