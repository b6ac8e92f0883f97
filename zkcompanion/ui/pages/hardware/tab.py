"""What the tabs of the page "Hardware" are that show what this computer can prove."""

from __future__ import annotations

from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.hardware.answers import Answers
from zkcompanion.ui.tabbed import PageTab


class HardwareTab(PageTab):
    """See `PageTab`; `answers` are the page's. Object names are `hardware-TAB-thing`."""

    page = "hardware"

    def __init__(self, context: WindowContext, answers: Answers) -> None:
        super().__init__(context)
        self.answers = answers
