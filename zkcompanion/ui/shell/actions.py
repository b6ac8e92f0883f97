"""What can be done from everywhere: by keys, in the finder, and listed in the help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from zkcompanion.base.messages import Message
from zkcompanion.ui.context import WindowContext


@dataclass(frozen=True, slots=True)
class Deed:
    """`id` names it for tests and the contract; `keys` in Qt's portable form, the first is shown.

    `listed`: in the finder. `helped`: among the keys of the help.
    """

    id: str
    title: Message
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    icon: str = "command"
    words: tuple[Message, ...] = ()
    listed: bool = True
    helped: bool = True

    @property
    def shown_keys(self) -> str:
        """The keys as this system writes them; empty where there are none."""
        return QKeySequence(self.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if self.keys else ""


def install(deeds: tuple[Deed, ...], window: QWidget, context: WindowContext) -> list[QAction]:
    """Make the keys of the deeds work in the whole window; the actions, which end with the window."""
    made = []
    for deed in deeds:
        action = QAction(context.say(deed.title), window)
        action.setObjectName(f"action-{deed.id}")
        action.setShortcuts([QKeySequence(keys) for keys in deed.keys])
        action.triggered.connect(lambda _checked=False, run=deed.run: run())
        window.addAction(action)
        made.append(action)
    return made
