"""The page "Home"."""

from __future__ import annotations

from zkcompanion.base.messages import msg
from zkcompanion.ui.page import Page


class HomePage(Page):
    """See the module."""

    id = "home"
    title = msg("Home")
    question = msg("What can this computer prove, and what did it prove last?")
    icon = "home"
    help = msg("What can this computer prove, and what did it prove last?")
