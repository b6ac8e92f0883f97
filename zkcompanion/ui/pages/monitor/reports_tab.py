"""The tab "Reports": make one now, have them written by the calendar, read those that are kept."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QProgressBar, QVBoxLayout, QWidget

from zkcompanion.app.preferences import PreferencesChanged
from zkcompanion.app.report_views import SCHEDULES, KeptReport, ReportMade, ReportProgress, ReportsChanged
from zkcompanion.base.errors import Cancelled, CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration, format_size
from zkcompanion.ui.context import Notice, Tone, WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.monitor.report_form import ReportForm
from zkcompanion.ui.pages.monitor.report_list import ReportList
from zkcompanion.ui.pages.monitor.tab import MonitorTab
from zkcompanion.ui.report_notice import open_path
from zkcompanion.ui.tasks import follow, run_task
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, Label, clear, row
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.states import Banner


class ReportsTab(MonitorTab):
    """Reports are made by a process of their own; the window goes on meanwhile."""

    id = "reports"
    title = msg("Reports")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._number: int | None = None
        self.form = ReportForm(context)
        self.make = Button(say(msg("Make report")), "primary", name="monitor-reports-make", clicked=self._make_here)
        self.save = Button(say(msg("Make and save to a folder")), name="monitor-reports-save", clicked=self._ask_folder)
        self.progress = QProgressBar()
        self.progress.setObjectName("monitor-reports-progress")
        self.progress.setTextVisible(False)
        self.step = Label("", "muted", wrap=False)
        self.cancel = Button(say(msg("Cancel")), name="monitor-reports-cancel", clicked=self._cancel)
        self._under_way = QWidget()
        self._under_way.setLayout(row(self.progress, self.step, self.cancel))
        self._said = QVBoxLayout()
        card = Card()
        card.body.addWidget(Label(say(msg("Make a report now")), "section"))
        card.body.addWidget(self.form)
        card.body.addWidget(FlowRow(context.theme, self.make, self.save))
        card.body.addWidget(self._under_way)
        card.body.addLayout(self._said)
        self.body.addWidget(card)
        self.body.addWidget(self._calendar())
        kept = Card()
        kept.body.addWidget(Label(say(msg("Reports that are kept")), "section"))
        self.list = ReportList(context)
        kept.body.addWidget(self.list)
        self.body.addWidget(kept)
        self.body.addStretch()
        self.form.changed.connect(self._fit)
        self.list.remove_asked.connect(self._remove)
        context.bridge.report_progress.connect(self._progressed)
        context.bridge.reports_changed.connect(self._changed)
        context.bridge.preferences_changed.connect(self._preferences_changed)
        self._show_schedule(context.desk.preferences.current.report_schedule)
        self._fit()

    def arrive(self, **where: object) -> None:
        """Read what is kept; `focus="schedule"` puts the keyboard there."""
        self._read()
        if where.get("focus") == "schedule":
            self.schedule.setFocus(Qt.FocusReason.OtherFocusReason)

    def keep(self) -> object:
        """What was chosen."""
        return self.form.keep()

    def take_back(self, kept: object) -> None:
        """The same in another language."""
        self.form.take_back(kept)

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """The calendar."""
        return (
            Place(
                msg("Reports by the calendar"),
                "monitor",
                (("tab", cls.id), ("focus", "schedule")),
                words=(msg("schedule"), msg("daily"), msg("weekly"), msg("monthly")),
                icon="monitor",
            ),
        )

    def make_into(self, folder: Path | None) -> None:
        """Have a report made, into a folder or to be kept."""
        desk = self.context.desk
        try:
            number, future = desk.reports.order(self.form.order(desk.clock.unix_s(), folder))
        except CompanionError as error:
            self._failed(error)
            return
        self._number = number
        clear(self._said)
        self.progress.setRange(0, 0)
        self.step.setText(self.context.say(msg("Waiting")))
        follow(self, future, self._made, self._failed)
        self._fit()
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- parts

    def _calendar(self) -> Card:
        say = self.context.say
        self.schedule = QComboBox()
        self.schedule.setObjectName("monitor-reports-schedule")
        self.schedule.setAccessibleName(say(msg("Write a report by itself")))
        for key, title in SCHEDULES:
            self.schedule.addItem(say(title), key)
        self.schedule.currentIndexChanged.connect(self._chose_schedule)
        card = Card()
        card.body.addWidget(Label(say(msg("By the calendar")), "section"))
        words = msg(
            "When a day, week or month is over, the report on performance about it is written as web page and PDF. "
            "What fell due while the program was closed is written when it is opened again, the last seven at most."
        )
        card.body.addWidget(Label(say(words), "muted"))
        card.body.addLayout(row(self.schedule, None))
        return card

    def _fit(self) -> None:
        busy = self._number is not None
        self._under_way.setVisible(busy)
        ready = not busy and bool(self.form.wanted())
        self.make.setEnabled(ready)
        self.save.setEnabled(ready)

    # -- making one

    def _make_here(self) -> None:
        self.make_into(None)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, self.context.say(msg("Folder for the report")))
        dialog.setObjectName("monitor-reports-dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, self.context.say(msg("Save here")))
        dialog.fileSelected.connect(self._folder_chosen)
        dialog.open()

    def _folder_chosen(self, name: str) -> None:
        if name:
            self.make_into(Path(name))

    def _cancel(self) -> None:
        if self._number is not None:
            self.context.desk.reports.cancel(self._number)
            self.step.setText(self.context.say(msg("Stopping")))

    @Slot(object)
    def _progressed(self, progress: ReportProgress) -> None:
        if progress.number == self._number:
            self.progress.setRange(0, progress.steps)
            self.progress.setValue(progress.done)
            self.step.setText(self.context.say(progress.step))

    def _made(self, made: ReportMade) -> None:
        self._over()
        detail = msg("{size} in {seconds}", size=format_size(made.size_bytes), seconds=format_duration(made.seconds))
        first = made.files[0]
        target = first if made.kept else first.parent
        text = msg("The report is written.") if made.kept else msg("The report is written to {folder}", folder=target)
        words = msg("Open") if made.kept else msg("Open folder")
        button = Button(self.context.say(words), name="monitor-reports-open", clicked=partial(self._open, target))
        self._tell("good", text, detail, button)
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, error: CompanionError) -> None:
        self._over()
        if isinstance(error, Cancelled):
            self._tell("info", msg("The report was not made, because you stopped it."))
        else:
            self._tell("bad", error.message, error.hint)

    def _over(self) -> None:
        had_focus = self.cancel.hasFocus()
        self._number = None
        self._fit()
        if had_focus:
            self.make.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self, tone: Tone, text: Message, detail: Message | None = None, action: Button | None = None) -> None:
        clear(self._said)
        say = self.context.say
        more = say(detail) if detail is not None else ""
        banner = Banner(self.context.theme, tone, say(text), more, action=action)
        banner.setObjectName("monitor-reports-said")
        self._said.addWidget(banner)
        announce(self, say(text))

    def _open(self, path: Path) -> None:
        if not open_path(path):
            self._tell("caution", msg("It could not be opened. It is {path}", path=path))

    # -- what is kept

    @Slot(object)
    def _changed(self, _event: ReportsChanged) -> None:
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        run_task(self, self.context.desk.reports.kept, self._show, self.context.shell.show_error)

    def _show(self, reports: tuple[KeptReport, ...]) -> None:
        self.list.show_reports(reports)

    def _remove(self, report: str) -> None:
        reports = self.context.desk.reports
        run_task(self, partial(reports.remove, report), partial(self._removed, report), self.context.shell.show_error)

    def _removed(self, report: str, _done: object) -> None:
        self._read()
        self.context.shell.notify(
            Notice(
                "info",
                msg("The report was removed."),
                action_text=msg("Undo"),
                action=partial(self._restore, report),
                key="report-removed",
            )
        )

    def _restore(self, report: str) -> None:
        reports = self.context.desk.reports
        run_task(self, partial(reports.restore, report), lambda _: None, self.context.shell.show_error)

    # -- the calendar

    def _chose_schedule(self, index: int) -> None:
        store, chosen = self.context.desk.preferences, self.schedule.itemData(index)
        run_task(
            self,
            lambda: store.change(report_schedule=chosen),
            lambda _: None,
            self.context.shell.show_error,
            in_order=True,
        )

    @Slot(object)
    def _preferences_changed(self, event: PreferencesChanged) -> None:
        self._show_schedule(event.after.report_schedule)

    def _show_schedule(self, schedule: str) -> None:
        with QSignalBlocker(self.schedule):
            self.schedule.setCurrentIndex(self.schedule.findData(schedule))
