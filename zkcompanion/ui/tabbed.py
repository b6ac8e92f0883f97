"""A page of tabs, each built when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Page, Place
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.tabs import Tabs


class PageTab(QWidget):
    """A tab. Subclasses set the class attributes and fill `self.body`; they are built when first shown.

    Built within 100 ms: what is heavy to import comes after the first picture. Object names are `PAGE-TAB-thing`.
    """

    #: `id` of the page that it lies on
    page: ClassVar[str]
    id: ClassVar[str]
    title: ClassVar[Message]
    #: whether it takes all the height there is
    fills: ClassVar[bool] = False

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self.context = context
        self.setObjectName(f"{self.page}-{self.id}")
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
    """A tab of a page, and how its class is imported when it is first shown."""

    id: str
    title: Message
    load: Callable[[], type[PageTab]]
    #: other words by which it is found
    words: tuple[Message, ...] = ()


class TabbedPage(Page):
    """`arrive(tab=ID)` shows a tab; whatever else is said goes to that tab. Subclasses set `entries`."""

    entries: ClassVar[tuple[TabEntry, ...]]
    fills = True
    wide = True

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self._built: dict[str, PageTab] = {}
        self._entries = {entry.id: entry for entry in self.entries}
        self._in_sight = False
        self.tabs = Tabs(((entry.id, context.say(entry.title)) for entry in self.entries), name=f"{self.id}-tab")
        self.tabs.chosen.connect(self._show_tab)
        self.body.addWidget(self.tabs)
        self._place = QVBoxLayout()
        self.body.addLayout(self._place, 1)
        self._current = self._tab(self.tabs.current)
        self._current.show()

    @property
    def tab(self) -> PageTab:
        """The tab that is shown."""
        return self._current

    def make_tab(self, kind: type[PageTab]) -> PageTab:
        """A tab of a class; pages whose tabs share something hand it over here."""
        return kind(self.context)

    def arrive(self, tab: object = None, **where: object) -> None:
        """Show a tab, or a certain place of it."""
        wanted = str(tab) if tab in self._entries else self.tabs.current
        self._in_sight = True
        if wanted == self.tabs.current:
            self._current.arrive(**where)
            return
        self.tabs.choose(wanted)
        if where:
            self._current.arrive(**where)

    def leave(self) -> None:
        """Nothing is drawn any more."""
        self._in_sight = False
        self._current.leave()

    def close_page(self) -> None:
        """The tabs go too."""
        self._in_sight = False
        self._current.leave()
        for tab in self._built.values():
            tab.close_tab()

    def keep(self) -> object:
        """The tab in sight, and what each of them keeps."""
        return self.tabs.current, {name: tab.keep() for name, tab in self._built.items()}

    def take_back(self, kept: object) -> None:
        """The same in another language."""
        assert isinstance(kept, tuple)
        current, tabs = kept
        for name, what in tabs.items():
            if what is not None:
                self._tab(name).take_back(what)
        self.tabs.choose(current)

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Every tab, and what lies on it."""
        tabs = tuple(
            Place(
                msg("{page}: {tab}", page=cls.title, tab=entry.title),
                cls.id,
                (("tab", entry.id),),
                words=entry.words,
                icon=cls.icon,
            )
            for entry in cls.entries
        )
        return (*tabs, *(place for entry in cls.entries for place in entry.load().places()))

    def _tab(self, name: str) -> PageTab:
        if name not in self._built:
            made = self._built[name] = self.make_tab(self._entries[name].load())
            if made.fills:
                self._place.addWidget(made, 1)
            else:
                self._place.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
            made.setVisible(False)
        return self._built[name]

    @Slot(str)
    def _show_tab(self, name: str) -> None:
        before, self._current = self._current, self._tab(name)
        if self._in_sight:
            before.leave()
        before.hide()
        self._current.show()
        if self._in_sight:
            self._current.arrive()
