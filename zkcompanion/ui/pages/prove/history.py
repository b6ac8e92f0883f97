"""What this machine has proved, to search, to run again, and to forget."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMenu, QTableView, QVBoxLayout, QWidget

from zkcompanion.app.history import ProofRecord
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.base.units import format_count
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.pages.prove.history_model import (
    CIRCUIT,
    CONSTRAINTS,
    ICON_PX,
    KERNELS,
    OUTCOME,
    RECORD_ROLE,
    TIME,
    WHEN,
    HistoryModel,
)
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, row
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.records_table import records_table, search_line
from zkcompanion.ui.widgets.states import EmptyState

#: Rows in sight before the table scrolls by itself.
_MOST_ROWS = 10
#: What a circuit's name is given at least.
_NAME_PX = 150
#: Columns from the one that stays longest.
_BY_WORTH = (OUTCOME, WHEN, TIME, CONSTRAINTS, KERNELS)


class HistoryPanel(QWidget):
    """Signals: `run_again(ProofRecord)` asks for the same circuit once more."""

    run_again = Signal(object)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        say = context.say
        pixels = context.theme.pixels
        self._widths: dict[int, int] = {}
        #: stays chosen while rows are sorted and searched
        self._chosen_id: int | None = None
        self.model = HistoryModel(context)
        self.model.setParent(self)
        self.search = search_line(
            context,
            name="prove-history-search",
            placeholder=say(msg("Search")),
            accessible=say(msg("Search the history")),
        )
        self.search.textChanged.connect(self._searched)
        self.again_button = Button(say(msg("Run again")), "plain", name="prove-history-again", clicked=self._again)
        self.remove_button = Button(say(msg("Remove")), "plain", name="prove-history-remove", clicked=self._remove)
        self.clear_button = Button(say(msg("Clear history")), "link", name="prove-history-clear", clicked=self._ask)
        give_icon(self.again_button, context.theme, "refresh", size=16)
        self._note = Label("", "faint")
        self._build_question()
        self.table = self._build_table()
        self._empty = EmptyState(
            context.theme, "prove", say(msg("Your proofs will be listed here: times and outcomes, never inputs."))
        )
        self._nothing = Label(say(msg("No proof here has these words.")), "muted")
        self._tools = QWidget()
        tools = row(self.search, self.again_button, self.remove_button, None, self.clear_button)
        self._tools.setLayout(tools)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(pixels(Space.S))
        layout.addWidget(Label(say(msg("History")), "section"))
        layout.addWidget(self._tools)
        layout.addWidget(self._question)
        layout.addWidget(self.table)
        layout.addWidget(self._nothing)
        layout.addWidget(self._note)
        layout.addWidget(self._empty)
        for widget in (self._tools, self._question, self.table, self._nothing, self._note, self._empty):
            widget.hide()
        self._chosen()

    def show_records(self, records: tuple[ProofRecord, ...]) -> None:
        """All of them, newest first; the row that was chosen stays chosen."""
        self.model.set_records(records)
        self._fit()

    def focus_search(self) -> None:
        """Put the cursor where one searches, or on the sentence that there is nothing."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build_table(self) -> QTableView:
        table = records_table(
            self._context,
            self.model,
            name="prove-history",
            accessible=self._context.say(msg("Finished proofs")),
            newest=WHEN,
            stretch=CIRCUIT,
        )
        self.model.modelReset.connect(self._rows_changed)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.horizontalHeader().setSectionsMovable(False)
        table.selectionModel().selectionChanged.connect(self._chosen)
        table.activated.connect(lambda _index: self._again())
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._menu)
        remove = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), table)
        remove.setContext(Qt.ShortcutContext.WidgetShortcut)
        remove.activated.connect(self._remove)
        return table

    def _build_question(self) -> None:
        """Asked in place, answered by a verb."""
        say = self._context.say
        self._question = QWidget()
        self._asks = Label("", "text", wrap=False)
        self.forget_button = Button(say(msg("Forget all")), "danger", name="prove-history-forget", clicked=self._clear)
        self.keep_button = Button(say(msg("Keep them")), "plain", name="prove-history-keep", clicked=self._keep)
        self._question.setLayout(row(self._asks, self.forget_button, self.keep_button, None))
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self._question)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self._keep)

    # -- what is shown

    def _fit(self) -> None:
        count, shown = len(self.model.records), len(self.model.shown)
        asked = not self._question.isHidden()
        self._tools.setVisible(count > 0 and not asked)
        self._empty.setVisible(count == 0)
        self._question.setVisible(asked and count > 0)
        self.table.setVisible(shown > 0)
        self._nothing.setVisible(count > 0 and shown == 0)
        self._note.setVisible(count > 0)
        found = msg_n("{count} proof run", "{count} proof runs", n=shown, count=format_count(shown))
        if shown < count:
            found = msg("{shown} of {count} proof runs", shown=format_count(shown), count=format_count(count))
        more = msg("{found}. Inputs are never kept, so running again asks for them.", found=found)
        self._note.setText(self._context.say(more))
        header = self.table.horizontalHeader()
        rows = min(shown, _MOST_ROWS)
        height = rows * self.table.verticalHeader().defaultSectionSize() + header.sizeHint().height()
        self.table.setFixedHeight(height + 2 * self._context.theme.tokens.ring)
        self._size_columns()
        self._chosen()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fewer columns where the room is short."""
        super().resizeEvent(event)
        self._show_columns()

    def _size_columns(self) -> None:
        """As wide as the widest of a few rows: asking all of a thousand would take long."""
        metrics = self.table.fontMetrics()
        pixels = self._context.theme.pixels
        self.table.setIconSize(QSize(pixels(ICON_PX), pixels(ICON_PX)))
        for column in range(OUTCOME, WHEN + 1):
            texts = [str(self.model.headerData(column, Qt.Orientation.Horizontal))]
            texts += [
                str(self.model.index(number, column).data() or "") for number in range(min(len(self.model.shown), 40))
            ]
            # around the words; beside them the mark of the sorted column, or the icon of an outcome
            more = pixels(Space.XL) + pixels(Space.XL if column == OUTCOME else Space.L)
            self._widths[column] = max(map(metrics.horizontalAdvance, texts)) + more
            self.table.setColumnWidth(column, self._widths[column])
        self._show_columns()

    def _show_columns(self) -> None:
        """Those that matter least give way until a circuit's name can be read."""
        room = self.width() - self._context.theme.pixels(_NAME_PX)
        for column in _BY_WORTH:
            room -= self._widths.get(column, 0)
            self.table.setColumnHidden(column, room < 0)

    def _searched(self, text: str) -> None:
        self.model.set_text(text)
        self._fit()

    def _current(self) -> ProofRecord | None:
        rows = self.table.selectionModel().selectedRows()
        record = rows[0].data(RECORD_ROLE) if rows else None
        return record if isinstance(record, ProofRecord) else None

    def choose(self, record_id: int) -> bool:
        """Choose the row of a record; False where it is not there."""
        row = self.model.row_of(record_id)
        if row is None:
            return False
        self.table.selectRow(row)
        self.table.scrollTo(self.model.index(row, CIRCUIT))
        return True

    def _rows_changed(self) -> None:
        """Other rows, or another order: what was chosen stays chosen, silently."""
        if self._chosen_id is not None and not self.choose(self._chosen_id):
            self._chosen()

    def _chosen(self) -> None:
        record = self._current()
        if record is not None:
            self._chosen_id = record.id
        for button in (self.again_button, self.remove_button):
            button.setEnabled(record is not None)

    # -- what is done

    def _menu(self, at: QPoint) -> None:
        record = self._current()
        if record is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.again_button.text(), self._again)
        menu.addAction(self.remove_button.text(), self._remove)
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _again(self) -> None:
        record = self._current()
        if record is not None:
            self.run_again.emit(record)

    def _remove(self) -> None:
        record = self._current()
        if record is None:
            return
        history = self._context.desk.history
        run_task(self, lambda: history.remove(record.id), self._removed, self._failed)

    def _removed(self, record: ProofRecord | None) -> None:
        if record is None:
            return
        self._context.shell.notify(
            Notice(
                "info",
                msg("{title} was removed from the history.", title=record.title),
                action_text=msg("Undo"),
                action=lambda: self._restore(record),
                key="prove-history-removed",
            )
        )

    def _restore(self, record: ProofRecord) -> None:
        history = self._context.desk.history
        run_task(self._context.bridge, lambda: history.restore(record), lambda _none: None, self._failed)

    def _ask(self) -> None:
        count = len(self.model.records)
        text = msg_n(
            "Forget {count} proof run for good?",
            "Forget all {count} proof runs for good?",
            n=count,
            count=format_count(count),
        )
        self._asks.setText(self._context.say(text))
        self._question.show()
        self._fit()
        self.keep_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self) -> None:
        self._question.hide()
        self._fit()
        self.clear_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear(self) -> None:
        self._question.hide()
        self._fit()
        history = self._context.desk.history
        run_task(self, history.clear, lambda _none: None, self._failed)

    def _failed(self, error: CompanionError) -> None:
        self._context.shell.show_error(error)
