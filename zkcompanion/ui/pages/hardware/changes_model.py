"""Workloads whose verdict would be another one, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon

from zkcompanion.app.hardware_views import Tier, WorkloadView
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.hardware.answers import Change
from zkcompanion.ui.widgets.records_table import Index, RecordsModel
from zkcompanion.ui.widgets.tier_words import TIERS, tier_change

WORKLOAD, HERE, THERE = range(3)
ICON_PX = 16


class ChangesModel(RecordsModel[Change]):
    """What a workload is here, and what it would be there."""

    titles = (msg("Workload"), msg("Here"), msg("There"))
    right = frozenset()

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context, newest=THERE)
        self._order = (THERE, False)
        self._changes: tuple[Change, ...] = ()
        self._icons: dict[Tier, QIcon] = {}
        context.theme.changed.connect(self._themed)

    def set_changes(self, changes: Sequence[Change]) -> None:
        """Show these."""
        if tuple(changes) != self._changes:
            self._changes = tuple(changes)
            self.put()

    def all_of_them(self) -> Sequence[Change]:
        """Changes."""
        return self._changes

    def all_said(self, record: Change) -> str:
        """The name; nobody searches here."""
        return self._context.say(record.there.name).casefold()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What stands in a cell."""
        change, column = self.shown[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._context.say(
                    change.there.name if column == WORKLOAD else TIERS[_of(change, column).verdict.tier].text
                )
            case Qt.ItemDataRole.DecorationRole if column != WORKLOAD:
                return self._icon(_of(change, column).verdict.tier)
            case Qt.ItemDataRole.ToolTipRole:
                return self._context.say(change.there.verdict.sentence)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self.alignment(column)
        return None

    def sort_key(self, record: Change, column: int) -> tuple[int, int, str]:
        """Better ones first, and among them those that become best."""
        name = self.all_said(record)
        if column == WORKLOAD:
            return (0, 0, name)
        change = tier_change(record.here.verdict.tier, record.there.verdict.tier)
        return (-change if column == THERE else 0, TIERS[_of(record, column).verdict.tier].rank, name)

    def _icon(self, tier: Tier) -> QIcon:
        if tier not in self._icons:
            words, theme = TIERS[tier], self._context.theme
            self._icons[tier] = theme.icon(words.icon, words.tone, theme.pixels(ICON_PX))
        return self._icons[tier]

    def _themed(self) -> None:
        self._icons.clear()
        for column in (HERE, THERE):
            self.look_changed(column)


def _of(change: Change, column: int) -> WorkloadView:
    return change.here if column == HERE else change.there
