"""The page "Settings"."""

from __future__ import annotations

from zkcompanion.base.messages import msg
from zkcompanion.ui.page import Page


class SettingsPage(Page):
    """See the module."""

    id = "settings"
    title = msg("Settings")
    question = msg("How this program looks and works.")
    icon = "settings"
    help = msg("How this program looks and works.")
