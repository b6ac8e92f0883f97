"""The catalogue as a table: sorted, searched and filtered, and answered anew without losing the place."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon

from zkcompanion.app.hardware_views import SourceView, Tier, WorkloadView
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.widgets.basic import plain_tip
from zkcompanion.ui.widgets.figures import band, size_band
from zkcompanion.ui.widgets.records_table import Index, RecordsModel
from zkcompanion.ui.widgets.tier_words import CONFIDENCES, TIERS

VERDICT, WORKLOAD, SYSTEM, SIZE, TIME, MEMORY, CONFIDENCE = range(7)
ICON_PX = 16
UNKNOWN = "\N{EN DASH}"
_COUNT = re.compile(r"2\^([0-9]{1,3})|([0-9]+)")


class WorkloadsModel(RecordsModel[WorkloadView]):
    """`set_filter` and `set_text` say which rows are shown; `tiers` counts them all."""

    titles = (
        msg("Verdict"),
        msg("Workload"),
        msg("System"),
        msg("Size"),
        msg("Time"),
        msg("Memory"),
        msg("Confidence"),
    )
    right = frozenset({TIME, MEMORY})

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context, newest=VERDICT)
        self.workloads: tuple[WorkloadView, ...] = ()
        self._order = (VERDICT, False)
        self._tiers: Collection[str] = ()
        self._groups: Collection[str] = ()
        self._only: Collection[str] = ()
        self._texts: dict[str, tuple[str, ...]] = {}
        self._icons: dict[Tier, QIcon] = {}
        context.theme.changed.connect(self._themed)

    def set_workloads(self, workloads: Sequence[WorkloadView]) -> None:
        """Answered anew: rows that stay where they are only change their words."""
        before = {one.id: one for one in self.workloads}
        self.workloads = tuple(workloads)
        for one in workloads:
            if before.get(one.id) != one:
                self._texts.pop(one.id, None)
        self.put()

    def set_filter(self, *, tiers: Collection[str], groups: Collection[str], only: Collection[str] = ()) -> None:
        """Show rows of these verdicts and groups, and of these ids; none given lets all through."""
        self._tiers, self._groups, self._only = tiers, groups, only
        self.put()

    @property
    def tiers(self) -> Counter[Tier]:
        """How many workloads have each verdict, shown or not."""
        return Counter(one.verdict.tier for one in self.workloads)

    @property
    def groups(self) -> dict[str, str]:
        """Each group's name in its order, by id."""
        say = self._context.say
        return {one.group: one.group if one.group_title is None else say(one.group_title) for one in self.workloads}

    def row_of(self, workload_id: str) -> int | None:
        """Where a workload stands."""
        return next((row for row, one in enumerate(self.shown) if one.id == workload_id), None)

    def all_of_them(self) -> Sequence[WorkloadView]:
        """Those that the filter lets through."""
        return [
            one
            for one in self.workloads
            if (not self._tiers or one.verdict.tier in self._tiers)
            and (not self._groups or one.group in self._groups)
            and (not self._only or one.id in self._only)
        ]

    def all_said(self, record: WorkloadView) -> str:
        """All columns, what it is, its group and who proves it."""
        say = self._context.say
        more = (say(record.what), record.prover, "" if record.group_title is None else say(record.group_title))
        return " ".join((*self._all_texts(record), *more)).casefold()

    def put(self) -> None:
        """Choose and sort anew; the view is told as little as has changed."""
        column, descending = self._order
        words = self._words
        found = [one for one in self.all_of_them() if not words or all(word in self.all_said(one) for word in words)]
        found.sort(key=lambda one: self.sort_key(one, column), reverse=descending)
        if [one.id for one in found] == [one.id for one in self.shown]:
            self.shown = found
            if found:
                self.dataChanged.emit(self.index(0, 0), self.index(len(found) - 1, len(self.titles) - 1))
            return
        if len(found) == len(self.shown) and {one.id for one in found} == {one.id for one in self.shown}:
            self._rearrange(found)
            return
        self.beginResetModel()
        self.shown = found
        self.endResetModel()

    def _rearrange(self, found: list[WorkloadView]) -> None:
        """The same rows in another order: what is chosen stays chosen."""
        self.layoutAboutToBeChanged.emit()
        places = {one.id: row for row, one in enumerate(found)}
        before = self.persistentIndexList()
        after = [self.index(places[self.shown[one.row()].id], one.column()) for one in before]
        self.shown = found
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What stands in a cell."""
        workload, column = self.shown[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._all_texts(workload)[column]
            case Qt.ItemDataRole.DecorationRole if column == VERDICT:
                return self._icon(workload.verdict.tier)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(workload, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self.alignment(column)
        return None

    def sort_key(self, record: WorkloadView, column: int) -> tuple[float, str]:
        """Verdicts and confidences by their rank, figures by their size, the rest by its words."""
        name = self._all_texts(record)[WORKLOAD].casefold()
        match column:
            case 0:
                return (TIERS[record.verdict.tier].rank, f"{_padded(record)} {name}")
            case 3:
                return (magnitude(record.size), name)
            case 4:
                return (record.seconds.likely if record.seconds is not None else math.inf, name)
            case 5:
                return (record.memory.likely if record.memory is not None else math.inf, name)
            case 6:
                return (CONFIDENCES[record.verdict.confidence].rank, name)
            case _:
                return (0.0, f"{self._all_texts(record)[column].casefold()} {name}")

    def texts(self, record: WorkloadView) -> tuple[str, ...]:
        """What stands in the cells of a row."""
        return self._all_texts(record)

    def _all_texts(self, record: WorkloadView) -> tuple[str, ...]:
        """Kept, because drawing, sorting and searching ask again and again."""
        found = self._texts.get(record.id)
        if found is None:
            say = self._context.say
            found = self._texts[record.id] = (
                say(TIERS[record.verdict.tier].text),
                say(record.name),
                record.system,
                record.size or UNKNOWN,
                say(band(record.seconds.low, record.seconds.high)) if record.seconds is not None else UNKNOWN,
                say(size_band(record.memory.low, record.memory.high)) if record.memory is not None else UNKNOWN,
                say(CONFIDENCES[record.verdict.confidence].text),
            )
        return found

    def _tip(self, workload: WorkloadView, column: int) -> str:
        """Where it comes from; for verdicts why, for the confidence what it means."""
        say = self._context.say
        if column == VERDICT:
            return say(workload.verdict.sentence)
        if column == CONFIDENCE:
            return say(CONFIDENCES[workload.verdict.confidence].meaning)
        return plain_tip(f"{say(workload.name)}\n{say(source_line(workload.source))}")

    def _icon(self, tier: Tier) -> QIcon:
        if tier not in self._icons:
            words, theme = TIERS[tier], self._context.theme
            self._icons[tier] = theme.icon(words.icon, words.tone, theme.pixels(ICON_PX))
        return self._icons[tier]

    def _themed(self) -> None:
        self._icons.clear()
        self.look_changed(VERDICT)


def source_line(source: SourceView | None) -> Message:
    """Where figures come from, in a line."""
    if source is None:
        return msg("No source that could be cited gives figures.")
    if source.date is None:
        return msg("Source: {title}", title=source.title)
    return msg("Source: {title}, {date}", title=source.title, date=source.date)


def magnitude(size: str) -> float:
    """How large a statement is by the words for its size, for sorting: `94 976 constraints (2^17)`, `2^18`."""
    found = _COUNT.search(size.replace("\N{NO-BREAK SPACE}", ""))
    if found is None:
        return math.inf
    return float(2 ** int(found[1])) if found[1] else float(found[2])


def _padded(record: WorkloadView) -> str:
    """Within a verdict the quicker first; as words that sort like the figures."""
    return f"{record.seconds.likely:020.6f}" if record.seconds is not None else "~"
