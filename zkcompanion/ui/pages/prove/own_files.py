"""A circuit of one's own: files that were dropped, what each of them is, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.job_views import CircuitView, SortedFilesView
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.visible import shortened
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.circuit_card import CircuitCard
from zkcompanion.ui.tasks import Task, follow
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, ElidedLabel, Label, clear, row
from zkcompanion.ui.widgets.figures import breakable
from zkcompanion.ui.widgets.file_drop import FileDrop
from zkcompanion.ui.widgets.icon import Icon, give_icon

#: The files of a circuit, by the names that `CircuitFiles` gives them, in the order in which they are shown.
ROLES: dict[str, Message] = {
    "r1cs": msg("Constraints"),
    "wasm": msg("Witness program"),
    "sym": msg("Signal names"),
    "zkey": msg("Key"),
    "input": msg("Inputs"),
    "witness": msg("Witness"),
}
_TITLE = msg("Drop your own files")
_HINT = msg("A circuit's folder as circom leaves it, or its .r1cs, .wasm, .sym, .zkey and inputs.")
_MORE = msg("Drop what is missing, or another circuit")
#: Files that are not taken are named up to this number; the rest is counted.
_MOST_SAID = 4


class OwnFiles(QWidget):
    """Signals: `changed(CircuitFiles or None)` after files came or went; `chosen()` when the circuit is picked;
    `verdict_files(SortedFilesView)` when a proof, public signals or a verification key came instead.
    """

    changed = Signal(object)
    chosen = Signal()
    verdict_files = Signal(object)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.files: CircuitFiles | None = None
        self._sorting: Task | None = None
        self.card = CircuitCard(context, name="prove-own-circuit", icon="example", title="")
        self.card.clicked.connect(lambda _checked=False: self.chosen.emit())
        self.card.hide()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self._missing = QVBoxLayout()
        self._missing.setSpacing(context.theme.pixels(Space.XS))
        self._refused = QVBoxLayout()
        self._refused.setSpacing(context.theme.pixels(Space.XS))
        self.drop = FileDrop(context, name="prove-files", title=_TITLE, hint=_HINT, folders=True)
        self.drop.dropped.connect(self.take)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.S))
        layout.addWidget(Label(context.say(msg("Your own circuit")), "section"))
        layout.addWidget(self.card)
        layout.addLayout(self._rows)
        layout.addLayout(self._missing)
        layout.addLayout(self._refused)
        layout.addWidget(self.drop)

    def take(self, paths: Sequence[Path]) -> None:
        """Find out what these files are."""
        if self._sorting is not None:
            self._sorting.drop()
        clear(self._refused)
        self._say(self._refused, "clock", "muted", self._context.say(msg("Looking at the files")))
        self._sorting = follow(self, self._context.desk.jobs.sort_files(list(paths)), self.offer, self._unsorted)

    def show_files(self, view: CircuitView) -> None:
        """Show the files of a circuit that was read before, without asking anybody."""
        self._put(view.files, tell=False)
        self.show_view(view)

    def show_view(self, view: CircuitView) -> None:
        """The circuit was looked at: its title, and what it still needs."""
        say = self._context.say
        self.card.set_title(say(view.title))
        clear(self._missing)
        for sentence in view.missing:
            self._say(self._missing, "caution", "caution", say(sentence))

    def show_error(self, error: CompanionError) -> None:
        """These files are no circuit that can be used."""
        clear(self._missing)
        self._say_error(self._missing, error.message, error.hint)

    def use(self, files: CircuitFiles) -> None:
        """These files, in the place of others."""
        clear(self._refused)
        self._put(files)

    def offer(self, found: SortedFilesView) -> None:
        """Take what belongs to a circuit among files that were looked at."""
        self._sorting = None
        clear(self._refused)
        say = self._context.say
        for _, error in found.refused[:_MOST_SAID]:
            self._say_error(self._refused, error.message, error.hint)
        more = len(found.refused) - _MOST_SAID
        if more > 0:
            text = msg_n("{n} more file was not taken.", "{n} more files were not taken.", n=more)
            self._say(self._refused, "bad", "bad", say(text))
        if found.doubles:
            self._say(self._refused, "info", "info", say(left_out(found.doubles)))
        new = _given(found.circuit)
        if new:
            self._put(self._joined(found.circuit, new))
        if found.proof or found.public or found.verification_key:
            self.verdict_files.emit(found)

    def _unsorted(self, error: CompanionError) -> None:
        self._sorting = None
        clear(self._refused)
        self._say_error(self._refused, error.message, error.hint)

    def _joined(self, found: CircuitFiles, new: dict[str, Path]) -> CircuitFiles:
        """New files take the place of old ones; other constraints are another circuit."""
        old = self.files
        if old is None or ("r1cs" in new and old.r1cs is not None and old.r1cs != new["r1cs"]):
            return found
        return replace(old, **new)  # type: ignore[arg-type]

    def _remove(self, role: str) -> None:
        if self.files is None:
            return
        left = replace(self.files, **{role: None})  # type: ignore[arg-type]
        self._put(left if _given(left) else None)

    def _put(self, files: CircuitFiles | None, *, tell: bool = True) -> None:
        self.files = files
        say = self._context.say
        clear(self._rows)
        clear(self._missing)
        self.card.setVisible(files is not None)
        self.drop.set_texts(_TITLE if files is None else _MORE, _HINT if files is None else None)
        if files is not None:
            self.card.set_title(files.name)
            for role, path in _given(files).items():
                self._rows.addWidget(self._row(role, path))
        else:
            self.card.set_title(say(_TITLE))
        if tell:
            self.changed.emit(files)

    def _row(self, role: str, path: Path) -> QWidget:
        say = self._context.say
        name = ElidedLabel(path.name, "caption")
        remove = Button("", "ghost", name=f"prove-file-remove-{role}", clicked=lambda: self._remove(role))
        give_icon(remove, self._context.theme, "close", size=14)
        remove.setAccessibleName(say(msg("Remove {file}", file=path.name)))
        kind = Label(say(ROLES[role]), "caption", wrap=False)
        kind.setMinimumWidth(self._context.theme.pixels(104))
        inner = row(Icon(self._context.theme, "good", "good", size=16), kind, name, remove)
        inner.setStretch(2, 1)
        made = QWidget()
        made.setLayout(inner)
        return made

    def _say_error(self, layout: QVBoxLayout, message: Message, hint: Message | None) -> None:
        """What is wrong with a file, which the sentence names, and what to do."""
        parts = [message] if hint is None else [message, hint]
        self._say(layout, "bad", "bad", " ".join(map(self._context.say, parts)))

    def _say(self, layout: QVBoxLayout, icon: str, token: str, text: str) -> None:
        said = Label(breakable(text), "note")
        drawn = Icon(self._context.theme, icon, token, size=16)
        inner = row(drawn, said)
        inner.setAlignment(drawn, Qt.AlignmentFlag.AlignTop)
        inner.setStretch(1, 1)
        made = QWidget()
        made.setLayout(inner)
        layout.addWidget(made)


def left_out(names: Sequence[str]) -> Message:
    """That files were not taken, because others of their kind came first."""
    shown = ", ".join(shortened(name) for name in names[:_MOST_SAID])
    if len(names) > _MOST_SAID:
        return msg_n(
            "Left out, because another file of its kind came first: {files}, and {n} more.",
            "Left out, because another file of its kind came first: {files}, and {n} more.",
            n=len(names) - _MOST_SAID,
            files=shown,
        )
    return msg("Left out, because another file of its kind came first: {files}.", files=shown)


def _given(files: CircuitFiles) -> dict[str, Path]:
    """The files that there are, by their roles."""
    return {role: path for role in ROLES if (path := getattr(files, role)) is not None}
