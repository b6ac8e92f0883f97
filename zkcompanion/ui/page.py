"""The frame that all pages share: title, the question that the page answers, its actions, and a body that scrolls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from zkcompanion.base.messages import Message
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import READING_WIDTH, Space
from zkcompanion.ui.widgets.basic import Label

#: What Qt takes for "as wide as you like".
_WIDEST = (1 << 24) - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Something that "find anything" can find: what it is called, and where it lies. `words` are found too."""

    title: Message
    page: str
    where: tuple[tuple[str, object], ...] = ()
    words: tuple[Message, ...] = ()
    icon: str = "search"


class Page(QWidget):
    """A page. Subclasses set the class attributes and fill `self.body`; they are built when first shown.

    `id` names it for `shell.go`, the contract and object names; `icon` is a file of `resources/icons`; `help` is what
    F1 says where nothing on the page says more. Widgets that a person can use get an `objectName` `page-thing` and,
    where they show no text of their own, an accessible name.
    """

    id: ClassVar[str]
    title: ClassVar[Message]
    question: ClassVar[Message]
    icon: ClassVar[str]
    help: ClassVar[Message]
    #: whether the body takes all the height there is
    fills: ClassVar[bool] = False
    #: whether it takes all the width there is, for charts; else it is as wide as one reads
    wide: ClassVar[bool] = False

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self.context = context
        self.setObjectName(f"page-{self.id}")
        self.setAccessibleName(context.say(self.title))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        outer.addWidget(scroll)
        holder = QWidget()
        scroll.setWidget(holder)
        self._page_across = QHBoxLayout(holder)
        self._page_column = QWidget()
        self._page_column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._page_across.addWidget(self._page_column, 1)
        self._page_across.addStretch()
        layout = QVBoxLayout(self._page_column)
        layout.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(context.theme.pixels(Space.XS))
        #: the head's words; a page whose answer is larger makes them smaller
        self.title_label = Label(context.say(self.title), "answer")
        self.question_label = Label(context.say(self.question), "muted")
        words.addWidget(self.title_label)
        words.addWidget(self.question_label)
        head.addLayout(words, 1)
        #: buttons at the right of the title
        self.head_actions = QHBoxLayout()
        head.addLayout(self.head_actions)
        layout.addLayout(head)
        #: what the page shows, from top to bottom
        self.body = QVBoxLayout()
        layout.addLayout(self.body, 1 if self.fills else 0)
        if not self.fills:
            layout.addStretch()
        self._page_layout = layout
        context.theme.changed.connect(self._fit_page)
        self._fit_page()

    def arrive(self, **where: object) -> None:
        """The page is shown, perhaps at a certain place of it."""

    def leave(self) -> None:
        """Another page is shown."""

    def escape(self) -> bool:
        """Esc, where nothing in the window wanted it; whether the page did something."""
        return False

    def close_page(self) -> None:
        """The page goes away for good (the language changed, the window closes)."""

    def keep(self) -> object:
        """What a person would miss if the page were built anew (in another language): given to `take_back` then.

        It stays in memory and is never written anywhere, so it may hold inputs.
        """
        return None

    def take_back(self, kept: object) -> None:
        """What `keep` of the former page gave."""

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """What "find anything" finds on this page, besides the page itself; known without building it."""
        return ()

    def _fit_page(self) -> None:
        """Distances follow the text size."""
        pixels = self.context.theme.pixels
        self._page_across.setContentsMargins(pixels(Space.XXL), pixels(Space.XL), pixels(Space.XXL), pixels(Space.XL))
        self._page_column.setMaximumWidth(_WIDEST if self.wide else pixels(READING_WIDTH))
        self._page_layout.setSpacing(pixels(Space.XL))
        self.body.setSpacing(pixels(Space.XL))
