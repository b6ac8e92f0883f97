"""An area that takes files: dropped on it, pasted, or chosen by a button."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, row, set_flag

#: Files that are looked at of one lot; more come of a folder that was opened instead of given.
_MOST = 200


class FileDrop(QFrame):
    """Local files and folders only; what they are is not looked at here.

    Arguments:
        name: of this control, as in `prove-files`; its buttons are `NAME-choose` and `NAME-folder`.
        title: what to drop here.
        hint: more about it.
        folders: offer to choose a folder too.

    Signals: `dropped(list of Path)`. Of a very large lot only the first are taken, which is said here.
    """

    dropped = Signal(list)

    def __init__(
        self, context: WindowContext, *, name: str, title: Message, hint: Message | None = None, folders: bool = False
    ) -> None:
        super().__init__()
        self._context = context
        self.setProperty("kind", "drop")
        self.setObjectName(name)
        self.setAcceptDrops(True)
        # a click into the area, so that pasting means it
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(context.say(title))
        layout = QVBoxLayout(self)
        pixels = context.theme.pixels
        layout.setContentsMargins(pixels(Space.L), pixels(Space.L), pixels(Space.L), pixels(Space.L))
        layout.setSpacing(pixels(Space.S))
        self.title = Label(context.say(title), "strong")
        self.hint = Label(context.say(hint) if hint is not None else "", "caption")
        self.hint.setVisible(hint is not None)
        layout.addWidget(self.title)
        layout.addWidget(self.hint)
        self.choose_button = Button(
            context.say(msg("Choose files")), "plain", name=f"{name}-choose", clicked=self.choose_files
        )
        self.choose_button.setAccessibleDescription(
            context.say(msg("Files can also be dropped here, or pasted with Ctrl+V."))
        )
        buttons = row(self.choose_button)
        if folders:
            self.folder_button = Button(
                context.say(msg("Choose a folder")), "ghost", name=f"{name}-folder", clicked=self.choose_folder
            )
            buttons.addWidget(self.folder_button)
        buttons.addStretch()
        layout.addLayout(buttons)
        self._left_out = Label("", "note")
        self._left_out.hide()
        layout.addWidget(self._left_out)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(self.paste)

    def set_texts(self, title: Message, hint: Message | None = None) -> None:
        """Say something else."""
        self.title.setText(self._context.say(title))
        self.setAccessibleName(self.title.text())
        self.hint.setText(self._context.say(hint) if hint is not None else "")
        self.hint.setVisible(hint is not None)

    def paste(self) -> None:
        """Take the files of the clipboard; nothing where there are none."""
        self.take(QGuiApplication.clipboard().mimeData())

    def take(self, data: QMimeData | None) -> None:
        """Take the files that are named there; nothing where there are none."""
        self._take(local_files(data))

    def choose_files(self) -> None:
        """Open the dialog for files; it does not stop the window."""
        self._open_dialog(QFileDialog.FileMode.ExistingFiles, msg("Choose files"))

    def choose_folder(self) -> None:
        """Open the dialog for a folder."""
        self._open_dialog(QFileDialog.FileMode.Directory, msg("Choose a folder"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Show that files may be let go here."""
        if local_files(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            set_flag(self, "over", True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went away."""
        set_flag(self, "over", False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take them."""
        set_flag(self, "over", False)
        paths = local_files(event.mimeData())
        if not paths:
            event.ignore()
            return
        # never a move: the files stay where they are
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._take(paths)

    def _open_dialog(self, mode: QFileDialog.FileMode, title: Message) -> None:
        dialog = QFileDialog(self, self._context.say(title))
        dialog.setObjectName(f"{self.objectName()}-dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(self._chosen)
        dialog.open()

    def _chosen(self, names: list[str]) -> None:
        self._take([Path(name) for name in names if name])

    def _take(self, paths: list[Path]) -> None:
        if not paths:
            return
        self._left_out.setVisible(len(paths) > _MOST)
        given, most = format_count(len(paths)), format_count(_MOST)
        text = msg("{given} files are too many at once: only the first {most} were looked at.", given=given, most=most)
        self._left_out.setText(self._context.say(text))
        self.dropped.emit(paths[:_MOST])


def local_files(data: QMimeData | None) -> list[Path]:
    """The files and folders of this computer that `data` names, each once."""
    if data is None or not data.hasUrls():
        return []
    return list(dict.fromkeys(_paths(data.urls())))


def _paths(urls: Iterable[QUrl]) -> Iterable[Path]:
    for url in urls:
        # a host would be another computer, and asking it may send it a password
        if url.isLocalFile() and not url.host() and url.toLocalFile():
            yield _path(url)


def _path(url: QUrl) -> Path:
    name = url.toLocalFile()
    if os.name == "posix" and "\N{REPLACEMENT CHARACTER}" in name:
        # a name that is no UTF-8 is whole in the encoded form alone
        name = os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded)))
    return Path(name)
