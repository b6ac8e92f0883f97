"""The page "Hardware": what this computer is, what it can prove, what would help, and what is wrong around it."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt, Slot

from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.hardware.answers import Answers
from zkcompanion.ui.pages.hardware.tab import HardwareTab
from zkcompanion.ui.tabbed import PageTab, TabbedPage, TabEntry
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button
from zkcompanion.ui.widgets.states import Banner


def _computer() -> type[PageTab]:
    from zkcompanion.ui.pages.hardware.computer_tab import ComputerTab

    return ComputerTab


def _workloads() -> type[PageTab]:
    from zkcompanion.ui.pages.hardware.workloads_tab import WorkloadsTab

    return WorkloadsTab


def _advice() -> type[PageTab]:
    from zkcompanion.ui.pages.hardware.advice_tab import AdviceTab

    return AdviceTab


def _warnings() -> type[PageTab]:
    from zkcompanion.ui.pages.hardware.warnings_tab import WarningsTab

    return WarningsTab


#: From left to right.
TABS: tuple[TabEntry, ...] = (
    TabEntry(
        "computer",
        msg("This computer"),
        _computer,
        words=(msg("processor"), msg("memory"), msg("cores"), msg("graphics"), msg("AVX-512")),
    ),
    TabEntry(
        "workloads",
        msg("What it can prove"),
        _workloads,
        words=(msg("catalogue"), msg("workloads"), msg("verdicts"), msg("passport"), msg("zkVM")),
    ),
    TabEntry(
        "advice",
        msg("What would help"),
        _advice,
        words=(msg("upgrade"), msg("advice"), msg("what if"), msg("more memory"), msg("faster")),
    ),
    TabEntry(
        "warnings",
        msg("Warnings"),
        _warnings,
        words=(msg("low memory"), msg("heat"), msg("battery"), msg("limits")),
    ),
)


class HardwarePage(TabbedPage):
    """What its tabs share is asked here, while the page is in sight."""

    id = "hardware"
    title = msg("Hardware")
    question = msg("Can this computer prove it, how long will it take, and what would help?")
    icon = "hardware"
    help = msg(
        "Hardware says what this computer is and which real workloads it can prove. Measure it once, and the answers "
        "come from its own speed instead of its description."
    )
    entries = TABS

    def __init__(self, context: WindowContext) -> None:
        self.answers = Answers(context)
        super().__init__(context)
        self.answers.setParent(self)
        setup = Button(
            context.say(msg("Set up again")),
            "ghost",
            name="hardware-setup",
            clicked=lambda: context.shell.go("wizard", again=True),
        )
        setup.setAccessibleDescription(context.say(msg("The steps of the first start, once more.")))
        self.head_actions.addWidget(setup, 0, Qt.AlignmentFlag.AlignTop)
        again = Button(context.say(msg("Try again")), name="hardware-again", clicked=self._try_again)
        self._trouble = Banner(context.theme, "bad", "", action=again)
        self._trouble.hide()
        self.body.insertWidget(0, self._trouble)
        self.answers.failed.connect(self._failed)
        self.answers.answer_changed.connect(self._trouble.hide)

    def make_tab(self, kind: type[PageTab]) -> PageTab:
        """Most tabs are given the answers too."""
        if issubclass(kind, HardwareTab):
            return kind(self.context, self.answers)
        return super().make_tab(kind)

    def arrive(self, tab: object = None, **where: object) -> None:
        """Look at the computer where that was not done."""
        self.answers.arrive()
        super().arrive(tab, **where)

    def leave(self) -> None:
        """Ask nothing more."""
        super().leave()
        self.answers.leave()

    def close_page(self) -> None:
        """What was asked need not be answered."""
        super().close_page()
        self.answers.close()

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Tabs, and what people look for by other names."""
        more = Place(
            msg("Can this computer prove it?"),
            cls.id,
            (("tab", "workloads"),),
            words=(msg("requirements"), msg("memory needed"), msg("time needed")),
            icon=cls.icon,
        )
        return (*super().places(), more)

    def _try_again(self) -> None:
        self._trouble.hide()
        self.answers.look(anew=True)
        self.tabs.button(self.tabs.current).setFocus()

    @Slot(object)
    def _failed(self, error: object) -> None:
        said = cast("CompanionError", error)
        say = self.context.say
        self._trouble.set("bad", say(said.message), say(said.hint) if said.hint is not None else "")
        self._trouble.show()
        announce(self, say(said.message))
