"""What to do with a proof: copy it, save it, open its folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from zkcompanion.app.save_proof import FILE_NAMES, SavedProof, save_proof
from zkcompanion.app.views import ProvingView
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Tone, WindowContext
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, clear
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.states import Banner


class ProofActions(QWidget):
    """Fill `self.buttons` with more. What came of saving is said below the buttons."""

    def __init__(self, context: WindowContext, result: ProvingView, *, name: str) -> None:
        super().__init__()
        self._context = context
        self._result = result
        self._name = name
        self._folder: Path | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.M))
        self.copy = Button(self._say(msg("Copy proof")), name=f"{name}-copy", clicked=self.copy_proof)
        self.copy.setAccessibleDescription(self._say(msg("The proof as JSON, to the clipboard")))
        self.save = Button(self._say(msg("Save proof")), name=f"{name}-save", clicked=self.choose_folder)
        self.save.setToolTip(self._say(msg("Writes three files into a folder: {files}", files=", ".join(FILE_NAMES))))
        self.open = Button(self._say(msg("Open folder")), name=f"{name}-open", clicked=self.open_folder)
        for button, picture in ((self.copy, "copy"), (self.save, "save"), (self.open, "folder")):
            give_icon(button, context.theme, picture, size=16)
        self.open.hide()
        self.buttons = FlowRow(context.theme, self.copy, self.save, self.open)
        layout.addWidget(self.buttons)
        self._said = QVBoxLayout()
        layout.addLayout(self._said)

    def copy_proof(self) -> None:
        """Put the proof's JSON into the clipboard."""
        QGuiApplication.clipboard().setText(self._result.proof_json.decode())
        self._tell("good", msg("The proof is in the clipboard, as JSON."))

    def choose_folder(self) -> None:
        """Ask for a folder; the window goes on meanwhile."""
        dialog = QFileDialog(self, self._say(msg("Folder for the proof")))
        dialog.setObjectName(f"{self._name}-folder-dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, self._say(msg("Save here")))
        dialog.fileSelected.connect(self._folder_chosen)
        dialog.open()

    def save_into(self, folder: Path, names: tuple[str, ...] = FILE_NAMES, *, replace: bool = False) -> None:
        """Write the three files, unless some are there already: then ask in place."""
        outputs, result = self._context.desk.outputs, self._result
        run_task(
            self,
            partial(save_proof, outputs, folder, result, names=names, replace=replace),
            partial(self._saved, folder),
            self._not_saved,
        )

    def open_folder(self) -> None:
        """Show the folder in the system's file manager."""
        if self._folder is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder))):
            self._tell("caution", msg("The folder could not be opened. It is {folder}", folder=self._folder))

    def _folder_chosen(self, name: str) -> None:
        if name:
            self.save_into(Path(name))

    def _saved(self, folder: Path, saved: SavedProof) -> None:
        if saved.files:
            self._folder = folder
            self.open.show()
            names = ", ".join(path.name for path in saved.files)
            self._tell("good", msg("Saved: {files}", files=names), Message("{folder}", {"folder": folder}))
            return
        taken = ", ".join(saved.in_the_way)
        self._tell("caution", msg("This folder already has {files}.", files=taken), msg("Nothing was written yet."))
        replace = Button(
            self._say(msg("Replace")),
            name=f"{self._name}-replace",
            clicked=partial(self.save_into, folder, replace=True),
        )
        choices = FlowRow(self._context.theme, replace)
        if saved.free:
            other = Button(
                self._say(msg("Save as {name}", name=saved.free[0])),
                name=f"{self._name}-save-other",
                clicked=partial(self.save_into, folder, saved.free),
            )
            choices.add(other)
        choices.add(
            Button(self._say(msg("Another folder")), name=f"{self._name}-save-elsewhere", clicked=self.choose_folder)
        )
        self._said.addWidget(choices)
        replace.setFocus()

    def _not_saved(self, error: CompanionError) -> None:
        self._tell("bad", error.message, error.hint)

    def _tell(self, tone: Tone, text: Message, detail: Message | None = None) -> None:
        clear(self._said)
        banner = Banner(self._context.theme, tone, self._say(text), self._say(detail) if detail is not None else "")
        banner.setObjectName(f"{self._name}-said")
        self._said.addWidget(banner)
        announce(self, self._say(text))

    def _say(self, message: Message) -> str:
        return self._context.say(message)
