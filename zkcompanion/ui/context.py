"""What every page and widget is given: services, theme, language, and ways to speak and to move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from zkcompanion.app.desk import Desk
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message
from zkcompanion.base.visible import tamed
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.theme.theme import Theme

Tone = Literal["info", "good", "caution", "bad"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A word at the lower right that steals no focus. `action` is offered as a button with `action_text`.

    `key`: a later notice with the same key takes its place; `lasting`: stays until it is closed. `more`: sentences that
    are folded away under "Details".
    """

    tone: Tone
    text: Message
    detail: Message | None = None
    action_text: Message | None = None
    action: Callable[[], None] | None = None
    key: str | None = None
    lasting: bool = False
    more: tuple[Message, ...] = ()


class Shell(Protocol):
    """What the main window does for pages."""

    def go(self, page: str, **where: object) -> None:
        """Show a page; `where` is handed to its `arrive`."""

    def notify(self, notice: Notice) -> None:
        """Show a notice."""

    def show_error(self, error: CompanionError) -> None:
        """Say what happened, what it means and what to do: a notice, with a way to the details."""

    def withdraw(self, key: str) -> None:
        """Take the notice with this key away, because it is no longer true."""

    def show_warnings(self) -> None:
        """Put the keyboard on the open notices; where there are none, show what is known about faults."""


@dataclass(slots=True)
class WindowContext:
    """`shell` is set by the main window when it builds itself."""

    desk: Desk
    theme: Theme
    bridge: EventBridge
    shell: Shell

    def say(self, message: Message) -> str:
        """A sentence in the user's language; strangers' texts in it are made harmless to read."""
        return self.desk.catalogue.say(tamed(message) if message.params else message)
