"""What sections of Settings are made of: rows that can be found and pointed at, and changes that are kept at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QVBoxLayout, QWidget

from zkcompanion.app.preferences import Preferences
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Card, Label, column, line, set_flag
from zkcompanion.ui.widgets.columns import Columns

#: How long a setting that was looked for stays marked.
_MARKED_MS = 1600


class SettingRow(QFrame):
    """One setting: what it is, what it means, and its control at the right (below where the room is short).

    Arguments:
        key: what "find anything" and other pages call it.
        focus: what takes the keyboard when somebody is led here; None is the control.
        wide: the control stands below the words always.
    """

    def __init__(
        self,
        context: WindowContext,
        key: str,
        title: Message,
        note: Message,
        control: QWidget | None = None,
        *,
        focus: QWidget | None = None,
        wide: bool = False,
    ) -> None:
        super().__init__()
        self.key = key
        self.setObjectName(f"settings-row-{key}")
        self.setProperty("kind", "setting")
        self._focus = focus or control
        pixels = context.theme.pixels
        outer = QVBoxLayout(self)
        outer.setContentsMargins(pixels(Space.S), pixels(Space.M), pixels(Space.S), pixels(Space.M))
        outer.setSpacing(pixels(Space.M))
        self._title = Label(context.say(title), "strong")
        self._note = Label(context.say(note), "muted")
        words = column(self._title, self._note, spacing=2)
        if control is None or wide:
            outer.addLayout(words)
            if control is not None:
                outer.addWidget(control)
        else:
            across = Columns(context, (3, 2), beside_px=520, space=Space.L)
            across.parts[0].addLayout(words)
            side = Qt.AlignmentFlag.AlignRight if isinstance(control, QAbstractButton) else Qt.AlignmentFlag(0)
            across.parts[1].addWidget(control, 0, side)
            outer.addWidget(across)
        if self._focus is not None and not self._focus.accessibleName():
            own = self._focus.text() if isinstance(self._focus, QAbstractButton) else ""
            # a button is called what stands on it, and what for
            self._focus.setAccessibleName(f"{own}: {context.say(title)}" if own else context.say(title))
            self._focus.setAccessibleDescription(context.say(note))
        # the mark goes by itself
        self._marked = QTimer(self, singleShot=True, interval=_MARKED_MS)
        self._marked.timeout.connect(lambda: set_flag(self, "found", value=False))

    def set_note(self, text: str) -> None:
        """Say something else below the title."""
        self._note.setText(text)

    def point_at(self) -> None:
        """Bring it into sight, give it the keyboard and mark it for a moment."""
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(self)
        if self._focus is not None:
            self._focus.setFocus(Qt.FocusReason.OtherFocusReason)
        set_flag(self, "found", value=True)
        self._marked.start()


class Section(QWidget):
    """A part of Settings. Subclasses add groups of rows; `rows` finds them by key."""

    id: ClassVar[str]
    title: ClassVar[Message]

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self.context = context
        self.setObjectName(f"settings-section-{self.id}")
        self.rows: dict[str, SettingRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(context.theme.pixels(Space.L))

    def add_group(self, title: Message | None, *rows: QWidget) -> Card:
        """A card with rows, a hairline between each two."""
        card = Card(spacing=0, padding=self.context.theme.pixels(Space.S))
        if title is not None:
            head = Label(self.context.say(title), "section")
            margin = self.context.theme.pixels(Space.S)
            head.setContentsMargins(margin, margin, margin, 0)
            card.body.addWidget(head)
        for number, found in enumerate(rows):
            if number:
                card.body.addWidget(line())
            card.body.addWidget(found)
            if isinstance(found, SettingRow):
                self.rows[found.key] = found
        self._column.addWidget(card)
        return card

    def add_stretch(self) -> None:
        """Keep the groups at the top."""
        self._column.addStretch()

    def show_preferences(self, preferences: Preferences) -> None:
        """Let the controls say what holds."""

    def arrive(self) -> None:
        """The section is in sight."""

    def leave(self) -> None:
        """It is not any more."""

    def change(self, **changes: object) -> None:
        """Keep a choice, on disk too, without waiting for it."""
        keep(self.context, changes)


def keep(
    context: WindowContext,
    changes: dict[str, object],
    then: Callable[[], object] | None = None,
) -> None:
    """Change preferences in the background; what cannot be kept is said."""
    store = context.desk.preferences

    def done(_after: Preferences) -> None:
        if store.notice is not None:
            context.shell.notify(Notice("caution", store.notice, key="settings-kept"))
        if then is not None:
            then()

    def failed(error: CompanionError) -> None:
        context.shell.show_error(error)

    # the page may be built anew meanwhile, in another language; the bridge stays as long as the window
    run_task(context.bridge, lambda: store.change(**changes), done, failed, in_order=True)
