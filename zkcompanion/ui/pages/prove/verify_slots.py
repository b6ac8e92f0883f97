"""The three files that a verdict needs: which of them are here, and which are missing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, ElidedLabel, Label, plain_tip, row
from zkcompanion.ui.widgets.icon import Icon, give_icon

Role = Literal["proof", "public", "key"]
ROLES: tuple[Role, ...] = get_args(Role)

#: What each is called, and the name that it usually has.
ROLE_WORDS: dict[Role, tuple[Message, str]] = {
    "proof": (msg("Proof"), "proof.json"),
    "public": (msg("Public signals"), "public.json"),
    "key": (msg("Key"), "verification_key.json, .zkey"),
}


class FileSlots(QWidget):
    """A line for each role. Signals: `removed(role)`."""

    removed = Signal(str)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._icons: dict[Role, Icon] = {}
        self._names: dict[Role, ElidedLabel] = {}
        self._buttons: dict[Role, Button] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(context.theme.pixels(Space.L))
        grid.setVerticalSpacing(context.theme.pixels(Space.XS))
        grid.setColumnStretch(1, 1)
        for number, role in enumerate(ROLES):
            title = context.say(ROLE_WORDS[role][0])
            icon = Icon(context.theme, "state-waiting", "faint", size=16)
            name = ElidedLabel("", "muted")
            name.setObjectName(f"verify-{role}")
            remove = Button("", "ghost", name=f"verify-{role}-remove", clicked=partial(self.removed.emit, role))
            remove.setAccessibleName(context.say(msg("Remove: {what}", what=ROLE_WORDS[role][0])))
            remove.setToolTip(context.say(msg("Remove")))
            give_icon(remove, context.theme, "close", size=16)
            policy = remove.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            remove.setSizePolicy(policy)
            grid.addLayout(row(icon, Label(title, "strong", wrap=False), None), number, 0)
            grid.addWidget(name, number, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(remove, number, 2)
            self._icons[role], self._names[role], self._buttons[role] = icon, name, remove
        self.show_files({})

    def show_files(self, files: Mapping[Role, Path], wrong: Mapping[Role, str] | None = None) -> None:
        """`wrong` says of a file why it cannot be used."""
        for role in ROLES:
            path = files.get(role)
            usual = ROLE_WORDS[role][1]
            name = self._names[role]
            if path is None:
                name.set_text(self._context.say(msg("missing, usually {name}", name=usual)))
                name.set_kind("faint")
                self._icons[role].set_icon("state-waiting", "faint")
            else:
                name.set_text(path.name)
                name.set_kind("text")
                name.setToolTip(plain_tip(str(path)))
                is_wrong = role in (wrong or {})
                self._icons[role].set_icon(*(("state-failed", "bad") if is_wrong else ("state-done", "accent")))
            self._buttons[role].setVisible(path is not None)
