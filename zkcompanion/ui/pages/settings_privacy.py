"""Settings: what is kept, what never is, and what leaves this computer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.settings_parts import Section, SettingRow
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, column, row, set_flag
from zkcompanion.ui.widgets.icon import Icon

_NEVER = (
    msg("Inputs and the witness: they stay in memory while a proof is made, and are gone afterwards."),
    msg("Proofs and public signals, unless you save them yourself."),
    msg("Values in logs and reports: those say where something went wrong, not with what."),
)
_KEPT = (
    msg("Your settings."),
    msg("The history: circuit, time, size and outcome of each run, and the path of a circuit of your own."),
    msg("Development keys and compiled code, so that the next proof begins at once."),
    msg("Reports of faults of this program, for you to read and to share if you want to."),
)


class PrivacySection(Section):
    """Sentences that hold, and ways to what they are about."""

    id = "privacy"
    title = msg("Privacy")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        leads = Button(
            context.say(msg("See sizes, and clear")),
            "link",
            name="settings-privacy-data",
            clicked=lambda: context.shell.go("settings", section="data"),
        )
        set_flag(leads, "flush", value=True)
        kept = self._list(_KEPT, "file", "muted")
        kept.layout().addWidget(leads, 0, Qt.AlignmentFlag.AlignLeft)  # type: ignore[union-attr,call-arg]
        self.add_group(
            None,
            SettingRow(
                context,
                "network",
                msg("Nothing leaves this computer"),
                msg("The program opens no network connection: no updates, no statistics, no accounts."),
            ),
            SettingRow(
                context,
                "never-kept",
                msg("Never kept"),
                msg("A secret that is not written cannot be found."),
                self._list(_NEVER, "good", "good"),
                wide=True,
            ),
            SettingRow(
                context,
                "kept",
                msg("Kept, in folders that only you may read"),
                msg("All of it can be cleared."),
                kept,
                focus=leads,
                wide=True,
            ),
        )
        self.add_stretch()

    def _list(self, sentences: tuple[Message, ...], icon: str, token: str) -> QWidget:
        holder = QWidget()
        lines = column(spacing=self.context.theme.pixels(Space.S))
        for sentence in sentences:
            across = row(spacing=self.context.theme.pixels(Space.S))
            across.addWidget(Icon(self.context.theme, icon, token, size=16), 0, Qt.AlignmentFlag.AlignTop)
            across.addWidget(Label(self.context.say(sentence)), 1)
            lines.addLayout(across)
        holder.setLayout(lines)
        return holder
