"""The page "Prove"."""

from __future__ import annotations

from zkcompanion.base.messages import msg
from zkcompanion.ui.page import Page


class ProvePage(Page):
    """See the module."""

    id = "prove"
    title = msg("Prove")
    question = msg("Make a proof on this computer, or check somebody else's.")
    icon = "prove"
    help = msg("Make a proof on this computer, or check somebody else's.")
