"""The tab "What it can prove": real workloads with the answer for this computer, or for an imagined one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QFrame, QScrollArea, QTableView, QWidget

from zkcompanion.app.hardware_views import WorkloadView
from zkcompanion.app.workload_table import workloads_csv
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.base.units import format_count
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.hardware.answers import HERE, Answers
from zkcompanion.ui.pages.hardware.tab import HardwareTab
from zkcompanion.ui.pages.hardware.what_if_words import what_if_words
from zkcompanion.ui.pages.hardware.workload_details import WorkloadDetails
from zkcompanion.ui.pages.hardware.workloads_model import (
    CONFIDENCE,
    ICON_PX,
    MEMORY,
    SIZE,
    SYSTEM,
    TIME,
    VERDICT,
    WORKLOAD,
    WorkloadsModel,
)
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label
from zkcompanion.ui.widgets.filter_chips import ChipChoice, FilterChips
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.records_table import records_table, search_line
from zkcompanion.ui.widgets.states import Banner, EmptyState, Skeleton
from zkcompanion.ui.widgets.tier_words import TIERS

#: Columns from the one that stays longest where the room is short.
_BY_WORTH = (VERDICT, TIME, MEMORY, SYSTEM, CONFIDENCE, SIZE)
_NAME_PX, _DETAILS_PX, _BESIDE_PX, _LEAST_TABLE_PX = 170, 300, 860, 260
_FILE_NAME = "zk-workloads.csv"


class WorkloadsTab(HardwareTab):
    """`arrive(workload=ID)` chooses one; `arrive(only=IDS)` shows those alone."""

    id = "workloads"
    title = msg("What it can prove")
    fills = True

    def __init__(self, context: WindowContext, answers: Answers) -> None:
        super().__init__(context, answers)
        self._only: tuple[str, ...] = ()
        self._chosen_id: str | None = None
        self._wanted: str | None = None
        self._widths: dict[int, int] = {}
        self._beside = True
        self._in_sight = False
        self._stale = True
        self._kept: tuple[frozenset[str], frozenset[str]] | None = None
        self.model = WorkloadsModel(context)
        self.model.setParent(self)
        self._build_tools()
        self._build_table()
        self.details = WorkloadDetails(context)
        self._lay_out()
        answers.shown_changed.connect(self._show_workloads)
        context.theme.changed.connect(self._themed)
        self._fit()

    # -- building

    def _build_tools(self) -> None:
        context = self.context
        say = context.say
        back = Button(say(msg("Back to this computer")), name="hardware-workloads-here", clicked=self._back)
        self._other = Banner(context.theme, "info", "", action=back)
        self._other.hide()
        self.search = search_line(
            context,
            name="hardware-workloads-search",
            placeholder=say(msg("Search")),
            accessible=say(msg("Search the workloads")),
        )
        self.search.textChanged.connect(self._searched)
        self.all_button = Button(say(msg("Show all")), "link", name="hardware-workloads-all", clicked=self.show_all)
        self.export_button = Button(
            say(msg("Save as CSV")), "link", name="hardware-workloads-export", clicked=self._ask_file
        )
        give_icon(self.export_button, context.theme, "save", "accent", size=16)
        self.tiers = FilterChips(
            context, name="hardware-tier", accessible=say(msg("Show only workloads of these verdicts"))
        )
        self.groups = FilterChips(
            context, name="hardware-group", accessible=say(msg("Show only workloads of these groups"))
        )
        self.groups.hide()
        self.groups_button = Button("", "fold", name="hardware-workloads-groups")
        self.groups_button.setCheckable(True)
        self.groups_button.toggled.connect(self._fit_groups)
        for chips in (self.tiers, self.groups):
            chips.changed.connect(self._filtered)
        self._note = Label("", "faint", wrap=False)
        self._note.setObjectName("hardware-workloads-note")
        # what comes and goes stands last, so that nothing moves
        parts = (self.search, self.groups_button, self.export_button, self._note, self.all_button)
        self._tools = FlowRow(context.theme, *parts, spacing=Space.M)

    def _build_table(self) -> None:
        say = self.context.say
        self.table: QTableView = records_table(
            self.context,
            self.model,
            name="hardware-workloads-table",
            accessible=say(msg("Workloads and whether this computer can prove them")),
            newest=VERDICT,
            stretch=WORKLOAD,
        )
        self.table.setProperty(
            "help",
            say(
                msg(
                    "Each row is something that people really prove. The verdict says whether this computer can do it, "
                    "by the resource that is shortest; the confidence says how that is known. Beside the table the row "
                    "that is chosen is explained."
                )
            ),
        )
        self.table.sortByColumn(VERDICT, Qt.SortOrder.AscendingOrder)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.selectionModel().selectionChanged.connect(self._row_chosen)
        self._nothing = EmptyState(self.context.theme, "search", say(msg("No workload here has these words.")))
        self._skeleton = Skeleton(self.context.theme, say(msg("Reading the catalogue")), lines=8)

    def _lay_out(self) -> None:
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.details)
        self._middle = QWidget()
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._middle)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(self.context.theme.pixels(Space.L))
        self._across.addWidget(self.table, 1)
        self._across.addWidget(self._scroll)
        for part in (self._other, self._tools, self.tiers, self.groups):
            self.body.addWidget(part)
        self.body.addWidget(self._middle, 1)
        self.body.addWidget(self._nothing)
        self.body.addWidget(self._skeleton)
        self.body.addStretch()
        self.body.setSpacing(self.context.theme.pixels(Space.M))
        self._fit_sizes()

    # -- what pages and people ask for

    def arrive(self, **where: object) -> None:
        """Choose a workload, or show some alone."""
        self._in_sight = True
        if self._stale:
            self._show_workloads()
        only, workload = where.get("only"), where.get("workload")
        if only is not None:
            self.show_only(cast("Iterable[str]", only))
        if workload is not None:
            self._wanted = str(workload)
            self._take_wanted()

    def leave(self) -> None:
        """Nothing is drawn any more."""
        self._in_sight = False

    def keep(self) -> object:
        """What was searched for and chosen."""
        return self.search.text(), self.tiers.chosen, self.groups.chosen, self._only, self._chosen_id

    def take_back(self, kept: object) -> None:
        """The same in another language."""
        assert isinstance(kept, tuple)
        text, tiers, groups, self._only, self._wanted = kept
        self.search.setText(text)
        self._kept = (tiers, groups)
        self._take_kept()

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """The table by another name."""
        return (
            Place(
                msg("Workloads: what others prove"),
                "hardware",
                (("tab", cls.id),),
                words=(msg("catalogue"), msg("identity"), msg("hashes"), msg("zkVM"), msg("rollup")),
                icon="hardware",
            ),
        )

    def show_only(self, ids: Iterable[str]) -> None:
        """Some workloads alone, until all are asked for."""
        self._only = tuple(ids)
        self.search.clear()
        for chips in (self.tiers, self.groups):
            chips.choose(())
        self._filtered()

    def show_all(self) -> None:
        """No filter and no search."""
        had_focus = self.all_button.hasFocus()
        self.show_only(())
        if had_focus:
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what is shown

    @Slot()
    def _show_workloads(self) -> None:
        """As soon as the tab is in sight: while a slider is dragged on another one, nothing is drawn for nobody."""
        self._stale = not self._in_sight
        if self._stale:
            return
        shown, answers = self.answers.shown, self.answers
        self._other.setVisible(answers.imagined)
        if answers.imagined:
            self._other.set("info", self.context.say(what_if_words(answers.what_if)))
        if shown is not None:
            first = not self.model.workloads
            self.model.set_workloads(shown.workloads)
            if first:
                self._size_columns()
            self._show_chips()
            self._take_kept()
        self._fit()
        self._take_wanted()

    def _take_kept(self) -> None:
        """Filters of before, once there is something to filter."""
        if self._kept is not None and self.model.workloads:
            tiers, groups = self._kept
            self._kept = None
            self.tiers.choose(tiers)
            self.groups.choose(groups)
            self.groups_button.setChecked(bool(groups))
            self._filtered()

    def _show_chips(self) -> None:
        say = self.context.say
        counts = self.model.tiers
        self.tiers.set_choices(
            ChipChoice(
                tier,
                say(msg("{word} {count}", word=words.text, count=format_count(counts[tier]))),
                words.icon,
                words.tone,
                say(words.meaning),
            )
            for tier, words in TIERS.items()
        )
        self.groups.set_choices(ChipChoice(key, name) for key, name in self.model.groups.items())

    def _fit(self) -> None:
        count, shown = len(self.model.workloads), len(self.model.shown)
        known = self.answers.shown is not None
        self._skeleton.setVisible(not known)
        for part in (self._tools, self.tiers):
            part.setVisible(known)
        self._fit_groups()
        self._middle.setVisible(shown > 0)
        self._nothing.setVisible(known and shown == 0)
        narrowed = shown < count or bool(self._only or self.search.text() or self.tiers.chosen or self.groups.chosen)
        self.all_button.setVisible(narrowed)
        found = msg_n("{count} workload", "{count} workloads", n=shown, count=format_count(shown))
        if shown < count:
            found = msg("{shown} of {count} workloads", shown=format_count(shown), count=format_count(count))
        self._note.setText(self.context.say(found))
        self._choose_again()

    @Slot()
    def _fit_groups(self) -> None:
        """Folded away until somebody wants them: they take some lines."""
        opened, chosen = self.groups_button.isChecked(), len(self.groups.chosen)
        self.groups.setVisible(opened and self.answers.shown is not None)
        give_icon(self.groups_button, self.context.theme, "down" if opened else "right", size=16)
        words = msg("Groups, {count} chosen", count=chosen) if chosen else msg("Groups")
        self.groups_button.setText(self.context.say(words))

    def _searched(self, text: str) -> None:
        self.model.set_text(text)
        self._fit()

    @Slot()
    def _filtered(self) -> None:
        self.model.set_filter(tiers=self.tiers.chosen, groups=self.groups.chosen, only=self._only)
        self._fit()

    # -- the row that is chosen

    def _row_chosen(self) -> None:
        workload = self._current()
        if workload is not None:
            self._chosen_id = workload.id
            self._show_details(workload)

    def _show_details(self, workload: WorkloadView | None) -> None:
        self.details.show_workload(workload)
        if not self._beside:
            QTimer.singleShot(0, self, self._fit_details)  # once what is new in them is laid out

    def _current(self) -> WorkloadView | None:
        rows = self.table.selectionModel().selectedRows()
        return self.model.shown[rows[0].row()] if rows else None

    def _choose_again(self) -> None:
        """The one that was chosen, where it is still there, else the first."""
        if not self.model.shown:
            self._show_details(None)
            return
        place = self.model.row_of(self._chosen_id) if self._chosen_id is not None else None
        place = 0 if place is None else place
        rows = self.table.selectionModel().selectedRows()
        if not rows or rows[0].row() != place:
            self.table.selectRow(place)
            self.table.scrollTo(self.model.index(place, WORKLOAD))
        self._show_details(self.model.shown[place])

    def _take_wanted(self) -> None:
        """The one that somebody asked for, as soon as it is there."""
        if self._wanted is None or not self.model.workloads:
            return
        if self.model.row_of(self._wanted) is None:
            self.show_only(())
        place = self.model.row_of(self._wanted)
        self._wanted = None
        if place is not None:
            self.table.selectRow(place)
            self.table.scrollTo(self.model.index(place, WORKLOAD), QTableView.ScrollHint.PositionAtCenter)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- sizes

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Details beside the table, or below it; fewer columns where the room is short."""
        super().resizeEvent(event)
        self._fit_sizes()

    @Slot()
    def _themed(self) -> None:
        self._fit_sizes()
        self._size_columns()

    def _fit_sizes(self) -> None:
        pixels = self.context.theme.pixels
        beside = self.width() >= pixels(_BESIDE_PX)
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._across.setDirection(direction)
        self._scroll.setMaximumWidth(pixels(_DETAILS_PX) if beside else (1 << 24) - 1)
        self._scroll.setMinimumWidth(pixels(_DETAILS_PX) if beside else 0)
        self.table.setMinimumHeight(pixels(_LEAST_TABLE_PX))
        self._beside = beside
        self._fit_details()
        self._show_columns()

    def _fit_details(self) -> None:
        """Below the table they are as high as they are, and the page scrolls; beside it they scroll by themselves."""
        never, asked = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self._scroll.setVerticalScrollBarPolicy(asked if self._beside else never)
        height = 0 if self._beside else self.details.heightForWidth(self.width())
        self._scroll.setMinimumHeight(max(0, height))

    def _size_columns(self) -> None:
        """As wide as the widest of each."""
        pixels, metrics = self.context.theme.pixels, self.table.fontMetrics()
        self.table.setIconSize(QSize(pixels(ICON_PX), pixels(ICON_PX)))
        texts = [self.model.texts(one) for one in self.model.workloads]
        for column in _BY_WORTH:
            head = str(self.model.headerData(column, Qt.Orientation.Horizontal))
            widest = max(map(metrics.horizontalAdvance, {head, *(cells[column] for cells in texts)}))
            # around the words, and beside a verdict its icon
            self._widths[column] = widest + pixels(Space.XL) + pixels(Space.XL if column == VERDICT else Space.XS)
        self._show_columns()

    def _show_columns(self) -> None:
        """Those that matter least give way until a name can be read."""
        pixels = self.context.theme.pixels
        beside = pixels(_DETAILS_PX + Space.L) if self._beside else 0
        room = self.width() - beside - self.table.verticalScrollBar().sizeHint().width() - pixels(_NAME_PX)
        for column in _BY_WORTH:
            width = self._widths.get(column, 0)
            room -= width
            self.table.setColumnWidth(column, width)
            self.table.setColumnHidden(column, room < 0)

    # -- the rest

    def _back(self) -> None:
        self.answers.imagine(HERE)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, self.context.say(msg("Save the table")), str(Path.home() / _FILE_NAME))
        dialog.setObjectName("hardware-workloads-dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(self._file_chosen)
        dialog.open()

    def _file_chosen(self, name: str) -> None:
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write the rows that are shown."""
        outputs, shown, say = self.context.desk.outputs, tuple(self.model.shown), self.context.say
        run_task(
            self,
            lambda: outputs.write_public({path: workloads_csv(shown, say)}),
            partial(self._saved, path),
            self.context.shell.show_error,
        )

    def _saved(self, path: Path, _done: object) -> None:
        self.context.shell.notify(Notice("good", msg("Saved: {files}", files=path), key="hardware-export"))
