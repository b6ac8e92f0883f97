"""What is known about faults, to be read before it goes anywhere. Nothing of it is sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit

from zkcompanion.app.crashmarks import CrashView
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.page import Page
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, Label
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.states import Banner

_FILE_NAME = "zk-companion-report.txt"
_LEAST_LINES = 16


class DiagnosticsPage(Page):
    """Not on the rail: Settings, notices and the status line lead here."""

    id = "diagnostics"
    title = msg("What is known about faults")
    question = msg(
        "Versions, this computer, settings, the last log lines and the last faults; no inputs and no file names."
    )
    icon = "fault"
    help = msg(
        "This report helps whoever looks for a fault. Read it, then copy it or save it where you like. "
        "The program sends nothing by itself."
    )

    fills = True

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self._banner = Banner(context.theme, "caution", "")
        self._banner.hide()
        self.body.addWidget(self._banner)
        self._text = QPlainTextEdit()
        self._text.setObjectName("diagnostics-report")
        self._text.setProperty("kind", "code")
        self._text.setReadOnly(True)
        self._text.setAccessibleName(say(msg("The report")))
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setTabChangesFocus(True)
        self._text.setMinimumHeight(self._text.fontMetrics().lineSpacing() * _LEAST_LINES)
        self._text.setPlaceholderText(say(msg("The report is being put together.")))
        self._copy = Button(say(msg("Copy")), name="diagnostics-copy", clicked=self._copy_text)
        self._save = Button(say(msg("Save as file")), name="diagnostics-save", clicked=self._choose_file)
        self._delete = Button(say(msg("Delete")), "danger", name="diagnostics-delete", clicked=self._ask_delete)
        self._yes = Button(say(msg("Delete them")), "danger", name="diagnostics-delete-yes", clicked=self._forget)
        self._no = Button(say(msg("Keep them")), name="diagnostics-delete-no", clicked=self._stop_asking)
        for button, icon in ((self._copy, "copy"), (self._save, "save"), (self._delete, "trash")):
            give_icon(button, context.theme, icon, "bad" if icon == "trash" else "muted", size=16)
        self._sure = Card("caution", padding=pixels(Space.M))
        self._sure.body.addWidget(Label(say(msg("The reports of past faults and crashes are deleted."))))
        self._sure.body.addWidget(FlowRow(context.theme, self._no, self._yes))
        self.body.addWidget(FlowRow(context.theme, self._copy, self._save, self._delete))
        self.body.addWidget(self._sure)
        self._show_question(asked=False)
        self.body.addWidget(self._text, 1)

    def arrive(self, **_where: object) -> None:
        """Put the report together anew."""
        diagnostics = self.context.desk.diagnostics
        run_task(self, lambda: (diagnostics.report(), diagnostics.last_crash()), self._show, self._failed)

    @property
    def report(self) -> str:
        """The text that is shown."""
        return self._text.toPlainText()

    def _show(self, found: tuple[str, CrashView | None]) -> None:
        text, crash = found
        self._text.setPlainText(text)
        self._banner.setVisible(crash is not None)
        if crash is not None:
            self._banner.set("caution", self.context.say(crash_words(crash)))

    def _failed(self, error: CompanionError) -> None:
        self.context.shell.show_error(error)

    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self.context.shell.notify(Notice("good", msg("The report is on the clipboard."), key="diagnostics"))

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.context.say(msg("Save the report")), str(Path.home() / _FILE_NAME))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save)
        dialog.open()

    def save(self, name: str) -> None:
        """Write the text that was read into a file."""
        diagnostics, text = self.context.desk.diagnostics, self.report

        def saved(_: object) -> None:
            self.context.shell.notify(Notice("good", msg("The report is saved."), key="diagnostics"))

        run_task(self, lambda: diagnostics.save(Path(name), text), saved, self.context.shell.show_error)

    def _ask_delete(self) -> None:
        self._show_question(asked=True)
        self._no.setFocus(Qt.FocusReason.OtherFocusReason)

    def _stop_asking(self) -> None:
        self._show_question(asked=False)
        self._delete.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_question(self, *, asked: bool) -> None:
        self._sure.setVisible(asked)
        self._delete.setVisible(not asked)

    def _forget(self) -> None:
        diagnostics = self.context.desk.diagnostics

        def gone(_: object) -> None:
            self._stop_asking()
            self.context.shell.withdraw("crash")
            self.context.shell.notify(Notice("good", msg("The reports are deleted."), key="diagnostics"))
            self.arrive()

        run_task(self, diagnostics.forget, gone, self._failed)


def crash_words(crash: CrashView) -> Message:
    """How the last run ended, for a notice."""
    if crash.ending == "crash":
        return msg("The last time this program crashed.")
    return msg("The last time this program was ended from outside, or the computer went off.")
