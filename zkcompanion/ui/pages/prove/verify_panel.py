"""Somebody's proof: does it hold, why not, and does its key deserve trust?"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.job_views import SortedFilesView, VerifyOrder
from zkcompanion.app.views import VerificationView
from zkcompanion.base.errors import Cancelled, CompanionError, FileError
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.ui.context import Tone, WindowContext
from zkcompanion.ui.pages.prove.own_files import left_out
from zkcompanion.ui.pages.prove.verdict import VerdictCard
from zkcompanion.ui.pages.prove.verify_slots import ROLE_WORDS, ROLES, FileSlots, Role
from zkcompanion.ui.tasks import Task, follow
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, Label, clear, row
from zkcompanion.ui.widgets.figures import breakable
from zkcompanion.ui.widgets.file_drop import FileDrop
from zkcompanion.ui.widgets.sight import bring_into_sight
from zkcompanion.ui.widgets.states import Banner

#: Files that cannot be used are named up to this number; the rest is counted.
_MOST_SAID = 4


class VerifyPanel(QWidget):
    """Files in any order, one or many at a time; the verdict comes by itself when all three are there.

    Remembers nothing. Signals: `circuit_dropped(SortedFilesView)` when files of a circuit arrived and none for a
    verdict: they belong to proving.
    """

    circuit_dropped = Signal(object)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._files: dict[Role, Path] = {}
        #: files that were sorted for an earlier start are not taken
        self._start = 0
        self._verifying: Task | None = None
        self.setObjectName("prove-verify")
        gap = context.theme.pixels(Space.L)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap)
        self.drop = FileDrop(
            context,
            name="verify-files",
            title=msg("Drop a proof, its public signals and a key"),
            hint=msg("In any order. What each file is shows by its content, not by its name."),
            folders=True,
        )
        self.drop.dropped.connect(self.take)
        layout.addWidget(self.drop)
        card = Card(spacing=context.theme.pixels(Space.M), padding=gap)
        self.slots = FileSlots(context)
        self.slots.removed.connect(self._remove)
        card.body.addWidget(self.slots)
        self.verify_button = Button(self._say(msg("Verify")), "primary", name="verify-verify", clicked=self.verify)
        self.clear_button = Button(self._say(msg("Start over")), "ghost", name="verify-clear", clicked=self.clear)
        self.status = Label("", "muted")
        across = row(self.verify_button, self.clear_button, self.status, spacing=context.theme.pixels(Space.S))
        across.setStretch(2, 1)
        card.body.addLayout(across)
        layout.addWidget(card)
        self._said = QVBoxLayout()
        self._said.setSpacing(context.theme.pixels(Space.S))
        layout.addLayout(self._said)
        self._verdict = QVBoxLayout()
        layout.addLayout(self._verdict)
        self._refresh()

    # -- files

    def take(self, paths: list[Path]) -> None:
        """Find out what these files are, and put them where they belong."""
        clear(self._said)
        self.status.setText(self._say(msg("Looking at the files")))
        start = self._start
        sorted_files = self._context.desk.jobs.sort_files(paths)
        follow(self, sorted_files, lambda files: self._sorted(start, files), self._not_sorted)

    def offer(self, files: SortedFilesView) -> None:
        """Take the proof, public signals and key among files that were sorted already."""
        clear(self._said)
        found: dict[Role, Path | None] = {
            "proof": files.proof,
            "public": files.public,
            "key": files.verification_key or files.circuit.zkey,
        }
        new: dict[Role, Path] = {role: path for role, path in found.items() if path is not None}
        for name, error in files.refused[:_MOST_SAID]:
            self._tell("caution", Message("{name}", {"name": name}), error.message, error.hint)
        more = len(files.refused) - _MOST_SAID
        if more > 0:
            self._tell("caution", msg_n("{n} more file was not taken.", "{n} more files were not taken.", n=more))
        if files.doubles:
            self._tell("info", left_out(files.doubles))
        if _is_only_a_circuit(files):
            self.circuit_dropped.emit(files)
        changed = any(self._files.get(role) != path for role, path in new.items())
        self._files.update(new)
        self._refresh()
        if new and (changed or len(self._files) == len(ROLES)):
            self._forget_verdict()
            if len(self._files) == len(ROLES):
                self.verify()

    def clear(self) -> None:
        """Forget all files and the verdict."""
        self._start += 1
        self._files.clear()
        clear(self._said)
        self._forget_verdict()
        self._refresh()
        self.drop.choose_button.setFocus()

    # -- verdict

    def verify(self) -> None:
        """Ask for the verdict; nothing while a file is missing."""
        self._verify(allow_insecure_key=False)

    def _verify(self, *, allow_insecure_key: bool) -> None:
        if len(self._files) < len(ROLES):
            return
        self._forget_verdict()
        order = VerifyOrder(
            key=self._files["key"],
            public=self._files["public"],
            proof=self._files["proof"],
            allow_insecure_key=allow_insecure_key,
        )
        self.status.setText(self._say(msg("Checking")))
        self.verify_button.setEnabled(False)
        self._verifying = follow(self, self._context.desk.jobs.verify(order), self._judged, self._not_judged)

    def _judged(self, view: VerificationView) -> None:
        self._verifying = None
        clear(self._said)
        self._refresh()
        card = VerdictCard(self._context, view, check_anyway=lambda: self._verify(allow_insecure_key=True))
        self._verdict.addWidget(card)
        bring_into_sight(card, self._context.theme.pixels(Space.L))
        announce(self, card.accessibleName())

    def _not_judged(self, error: CompanionError) -> None:
        self._verifying = None
        clear(self._said)
        wrong = self._role_of(error)
        self._refresh(wrong)
        if isinstance(error, Cancelled):
            return
        title = msg("There is no verdict yet")
        if wrong is not None:
            title = msg("{what} cannot be used", what=ROLE_WORDS[wrong][0])
        self._tell("bad", title, error.message, error.hint)
        announce(self, self._say(title))

    def _sorted(self, start: int, files: SortedFilesView) -> None:
        if start == self._start:
            self.offer(files)

    def _not_sorted(self, error: CompanionError) -> None:
        self._refresh()
        if not isinstance(error, Cancelled):
            self._tell("bad", error.message, error.hint)

    # -- inside

    def _role_of(self, error: CompanionError) -> Role | None:
        if not isinstance(error, FileError):
            return None
        return next((role for role, path in self._files.items() if error.file in {str(path), path.name}), None)

    def _remove(self, role: Role) -> None:
        self._files.pop(role, None)
        clear(self._said)
        self._forget_verdict()
        self._refresh()
        self.drop.choose_button.setFocus()

    def _forget_verdict(self) -> None:
        """What is shown belongs to the files that are shown."""
        if self._verifying is not None:
            self._verifying.drop()
            self._verifying = None
        clear(self._verdict)

    def _refresh(self, wrong: Role | None = None) -> None:
        self.slots.show_files(self._files, {wrong: ""} if wrong is not None else None)
        missing = [self._say(ROLE_WORDS[role][0]) for role in ROLES if role not in self._files]
        self.verify_button.setEnabled(not missing)
        self.clear_button.setVisible(bool(self._files))
        if not self._files:
            self.status.setText("")
        elif missing:
            self.status.setText(self._say(msg("Still missing: {what}", what=", ".join(missing))))
        else:
            self.status.setText("")

    def _tell(self, tone: Tone, text: Message, *details: Message | None) -> None:
        more = "\n".join(breakable(self._say(detail)) for detail in details if detail is not None)
        banner = Banner(self._context.theme, tone, breakable(self._say(text)), more)
        banner.setObjectName("verify-said")
        self._said.addWidget(banner)

    def _say(self, message: Message) -> str:
        return self._context.say(message)


def _is_only_a_circuit(files: SortedFilesView) -> bool:
    if files.proof is not None or files.public is not None or files.verification_key is not None:
        return False
    circuit = files.circuit
    return any(path is not None for path in (circuit.r1cs, circuit.wasm, circuit.witness, circuit.input))
