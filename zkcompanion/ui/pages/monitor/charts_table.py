"""The charts as a table: the same figures for those who read or hear them rather than see them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from zkcompanion.app.monitor_views import label_of, metric_of
from zkcompanion.app.monitor_words import value_words
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.monitor.panels import Tracks
from zkcompanion.ui.widgets.phase_words import phase_words
from zkcompanion.ui.widgets.worker_words import worker_name

_Index = QModelIndex | QPersistentModelIndex
_HEADS = (msg("Measured"), msg("At the moment"), msg("Least"), msg("On average"), msg("Most"))


class ChartsModel(QAbstractTableModel):
    """A row for each series: its value at the moment that is read, and the least, mean and most of what is in sight."""

    def __init__(self, context: WindowContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._names: tuple[str, ...] = ()
        self._rows: list[tuple[str, ...]] = []

    def show_tracks(self, tracks: Tracks, names: tuple[str, ...], span: tuple[float, float], at: float) -> None:
        """Show these; rows stay where they are while the series are the same."""
        rows = [self._row(name, tracks, span, at) for name in names]
        if names != self._names:
            self.beginResetModel()
            self._names, self._rows = names, rows
            self.endResetModel()
        elif rows != self._rows:
            self._rows = rows
            self.dataChanged.emit(self.index(0, 1), self.index(len(rows) - 1, len(_HEADS) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (as Qt calls it)
        """One for each series."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (as Qt calls it)
        """The name and four figures."""
        return 0 if parent.isValid() else len(_HEADS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a cell."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a column is."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._context.say(_HEADS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def _row(self, name: str, tracks: Tracks, span: tuple[float, float], at: float) -> tuple[str, ...]:
        unit, track = metric_of(name).unit, tracks[name]
        first, last = np.searchsorted(track.times, span)
        inside = slice(int(first), int(last) + 1)
        mean = track.mean[inside]
        figures: list[float | None] = [track.at(at)]
        if len(mean) and not np.isnan(mean).all():
            figures += [
                float(np.nanmin(track.low[inside])),
                float(np.nanmean(mean)),
                float(np.nanmax(track.high[inside])),
            ]
        figures += [None] * (len(_HEADS) - 1 - len(figures))
        say = self._context.say
        return (
            say(series_words(name)),
            *(say(value_words(value, unit) if value is not None else msg("no value")) for value in figures),
        )


def series_words(name: str) -> Message:
    """What people call a series."""
    metric, label = metric_of(name), label_of(name)
    if label is None:
        return metric.title
    if metric.label == "worker":
        return msg("{what}: {which}", what=metric.title, which=worker_name(label))
    if metric.label == "phase":
        return msg("{what}: {which}", what=metric.title, which=phase_words(label).name)
    return msg("{what}: {which}", what=metric.title, which=label)


def charts_table(context: WindowContext, model: ChartsModel, *, name: str) -> QTableView:
    """The table, to be walked through by the arrow keys."""
    table = QTableView()
    table.setObjectName(name)
    table.setProperty("kind", "records")
    table.setProperty("data", True)
    table.setAccessibleName(context.say(msg("What the charts show, as a table")))
    table.setModel(model)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setResizeContentsPrecision(64)
    return table
