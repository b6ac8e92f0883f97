"""What every tab of the page "Monitor" is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.base.messages import Message
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.theme.tokens import Space


class MonitorTab(QWidget):
    """A tab. Subclasses set the class attributes and fill `self.body`; they are built when first shown.

    Built within 100 ms: what is heavy to import comes after the first picture. Object names are `monitor-TAB-thing`.
    """

    id: ClassVar[str]
    title: ClassVar[Message]
    #: whether it takes all the height there is
    fills: ClassVar[bool] = False

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self.context = context
        self.setObjectName(f"monitor-{self.id}")
        self.setAccessibleName(context.say(self.title))
        #: what the tab shows, from top to bottom
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(context.theme.pixels(Space.L))

    def arrive(self, **where: object) -> None:
        """The tab is in sight now, perhaps at a certain place of it."""

    def leave(self) -> None:
        """Another tab or page is shown: nothing is drawn any more."""

    def close_tab(self) -> None:
        """The tab goes away for good; it was left before."""

    def keep(self) -> object:
        """What a person would miss if the tab were built anew (in another language): given to `take_back` then."""
        return None

    def take_back(self, kept: object) -> None:
        """What `keep` of the former tab gave."""

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """What "find anything" finds on this tab, besides the tab itself; known without building it."""
        return ()


@dataclass(frozen=True, slots=True)
class TabEntry:
    """A tab of the page, and how its class is imported when it is first shown."""

    id: str
    title: Message
    load: Callable[[], type[MonitorTab]]
    #: other words by which it is found
    words: tuple[Message, ...] = ()
