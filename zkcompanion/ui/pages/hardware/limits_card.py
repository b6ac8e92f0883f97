"""What limits proving on this computer, the most binding first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout

from zkcompanion.app.hardware_views import LimitView
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Card, Label, clear, column, row
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.states import Skeleton
from zkcompanion.ui.widgets.tier_words import RESOURCE_ICONS


class LimitsCard(Card):
    """A numbered list."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(spacing=Space.M)
        self._context = context
        self.body.addWidget(Label(context.say(msg("What limits proving here")), "section"))
        self._skeleton = Skeleton(context.theme, context.say(msg("Working out what limits proving here")), lines=4)
        self.body.addWidget(self._skeleton)
        self._list = QVBoxLayout()
        self._list.setSpacing(context.theme.pixels(Space.M))
        self.body.addLayout(self._list)

    def show_limits(self, limits: Sequence[LimitView]) -> None:
        """In this order."""
        say, pixels = self._context.say, self._context.theme.pixels
        self._skeleton.hide()
        clear(self._list)
        if not limits:
            self._list.addWidget(Label(say(msg("Too little is known of this computer to say.")), "muted"))
        for number, limit in enumerate(limits, start=1):
            title = msg("{number}. {title}", number=number, title=limit.title)
            words = column(Label(say(title), "strong"), Label(say(limit.sentence), "muted"), spacing=pixels(Space.XS))
            icon = Icon(self._context.theme, RESOURCE_ICONS[limit.resource], "accent" if number == 1 else "muted")
            shown = row(icon, words, spacing=pixels(Space.M), top=True)
            shown.setStretch(1, 1)
            self._list.addLayout(shown)
