"""Reports that are kept: read, shown in their folder, removed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.report_views import FORM_TITLES, KINDS, KeptReport
from zkcompanion.base.messages import msg
from zkcompanion.base.units import format_size
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.report_notice import open_path
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, ElidedLabel, Label, clear, column, line, row
from zkcompanion.ui.widgets.states import EmptyState

#: Rows that are shown at first, and how many more at a time.
_ROWS = 10


class ReportList(QWidget):
    """Signals: `remove_asked(id)`."""

    remove_asked = Signal(str)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._reports: tuple[KeptReport, ...] = ()
        self._most = _ROWS
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.S))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(context.theme.pixels(Space.S))
        layout.addLayout(self._rows)
        self._more = Button(context.say(msg("Show more")), "link", name="monitor-reports-more", clicked=self._show_more)
        layout.addWidget(self._more)
        self.empty = EmptyState(
            context.theme,
            "monitor",
            context.say(msg("Reports that you make, or that the calendar asks for, will be listed here.")),
        )
        layout.addWidget(self.empty)
        self.show_reports(())

    def show_reports(self, reports: tuple[KeptReport, ...]) -> None:
        """All of them, the last made first."""
        self._reports = reports
        clear(self._rows)
        for number, report in enumerate(reports[: self._most]):
            if number:
                self._rows.addWidget(line())
            self._rows.addWidget(self._row(report))
        self._more.setVisible(len(reports) > self._most)
        self.empty.setVisible(not reports)

    def _show_more(self) -> None:
        self._most += _ROWS
        self.show_reports(self._reports)

    def _row(self, report: KeptReport) -> QWidget:
        say = self._context.say
        title = say(
            msg(
                "{kind}, {begin} to {end}",
                kind=KINDS[report.kind],
                begin=_moment(report.begin_unix_s),
                end=_moment(report.end_unix_s),
            )
        )
        made = {"when": _moment(report.made_unix_s), "size": format_size(report.size_bytes)}
        second = (
            msg("Written by the calendar {when}, {size}", **made)
            if report.scheduled
            else msg("Made {when}, {size}", **made)
        )
        shown = ElidedLabel(title, "strong", mode="right")
        shown.setProperty("data", "true")
        holder = QWidget()
        holder.setObjectName(f"monitor-report-{report.id}")
        holder.setAccessibleName(title)
        buttons: list[QWidget] = []
        for form, path in report.files:
            button = Button(form.upper(), name=f"monitor-report-open-{form}", clicked=partial(self._open, path))
            button.setAccessibleName(say(msg("Open {report} as {form}", report=title, form=FORM_TITLES[form])))
            button.setProperty("data", "true")
            buttons.append(button)
        folder = Button(
            say(msg("Open folder")),
            name="monitor-report-folder",
            clicked=partial(self._open, report.files[0][1].parent),
        )
        folder.setAccessibleName(say(msg("Open the folder of {report}", report=title)))
        remove = Button(
            say(msg("Remove")), "link", name="monitor-report-remove", clicked=partial(self._ask_removal, report.id)
        )
        remove.setAccessibleName(say(msg("Remove {report}", report=title)))
        words = column(shown, Label(say(second), "caption"), spacing=2)
        across = row(words, None, *buttons, folder, remove)
        across.setStretch(0, 1)
        holder.setLayout(across)
        return holder

    def _ask_removal(self, report: str) -> None:
        self.remove_asked.emit(report)

    def _open(self, path: object) -> None:
        from pathlib import Path

        assert isinstance(path, Path)
        if not open_path(path):
            self._context.shell.notify(
                Notice("caution", msg("It could not be opened. It is {path}", path=path), key="report-open")
            )


def _moment(unix_s: float) -> str:
    return f"{datetime.fromtimestamp(unix_s, UTC).astimezone():%Y-%m-%d %H:%M}"
