"""The page "Prove": a circuit, its inputs, the proof while it is made, and what this machine proved before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_views import CircuitView, SortedFilesView
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Page, Place
from zkcompanion.ui.pages.prove.choice import ChoicePanel
from zkcompanion.ui.pages.prove.flow import ProveFlow
from zkcompanion.ui.pages.prove.history import HistoryPanel
from zkcompanion.ui.pages.prove.queue import QueueList
from zkcompanion.ui.pages.prove.run_panel import RunPanel
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import set_flag
from zkcompanion.ui.widgets.file_drop import local_files
from zkcompanion.ui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from zkcompanion.ui.pages.prove.verify_panel import VerifyPanel

#: From this width of the page's column on, the choice stands beside the run.
_BESIDE_PX = 760
_CHOICE_PX = 300


class ProvePage(Page):
    """`arrive(example=ID)` chooses an example, `files=[paths]` takes files, `job=ID` shows a job, `record=ID` a line of
    the history, `history=True`, `own=True` and `verify=True` bring these parts into sight.
    """

    id = "prove"
    title = msg("Prove")
    question = msg("Make a proof on this computer, or check somebody else's.")
    icon = "prove"
    help = msg(
        "Choose an example or drop a circuit of your own, fill in its inputs, and prove. Private inputs stay on this "
        "computer; whoever gets the proof learns the public ones, and that the circuit's claim holds."
    )

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self._beside: bool | None = None
        self._verify: VerifyPanel | None = None
        self._sought: int | None = None
        say = context.say
        self.tabs = Tabs((("prove", say(msg("Prove"))), ("verify", say(msg("Verify")))), name="prove-tab")
        self.tabs.chosen.connect(self._show_tab)
        self.choice = ChoicePanel(context)
        self.choice.own.changed.connect(self._place)
        self.run = RunPanel(context)
        self.queue = QueueList(context)
        self.history: HistoryPanel | None = None
        self.flow = ProveFlow(context, self.choice, self.run, self.queue)
        self.flow.run_wanted.connect(self._bring_run_into_sight)
        self.flow.records.connect(self._show_records)
        self.choice.own.verdict_files.connect(self._to_verify)
        self.choice.own_wanted.connect(self._show_own)
        self._prove_tab = QWidget()
        self._below = QVBoxLayout()
        self._below.addWidget(self.queue)
        self._left = QWidget()
        self._choices = QVBoxLayout(self._left)
        self._choices.setContentsMargins(0, 0, 0, 0)
        self._parts = QGridLayout()
        self._whole = QVBoxLayout(self._prove_tab)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.addLayout(self._parts)
        self._whole.addLayout(self._below)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self._prove_tab)
        self.setAcceptDrops(True)
        context.theme.changed.connect(self._arrange)
        self._arrange()

    # -- coming and going

    def arrive(self, **where: object) -> None:
        """Show a certain circuit, job or part."""
        self.tabs.choose("verify" if where.get("verify") else "prove")
        example, files, job, record = (where.get(name) for name in ("example", "files", "job", "record"))
        if isinstance(example, str):
            self.flow.choose_example(example)
        if isinstance(files, list | tuple):
            self.choice.own.take([Path(path) for path in files])
        if isinstance(job, int):
            self.flow.look_at(job)
        if isinstance(record, ProofRecord):
            record = record.id
        if isinstance(record, int) or where.get("history"):
            self._sought = record if isinstance(record, int) else None
            self._fill()
            self._seek()
        if where.get("own"):
            self._show_own()

    def close_page(self) -> None:
        """Forget what was typed."""
        self.flow.close()

    def keep(self) -> object:
        """The circuit that is chosen, what was typed, and the job that is in sight."""
        if self.run.view is None:
            return None
        return self.run.view, self.run.compose.inputs.keep(), self.run.looked_at

    def take_back(self, kept: object) -> None:
        """The same in another language."""
        assert isinstance(kept, tuple)
        view, inputs, looked_at = kept
        assert isinstance(view, CircuitView)
        self.flow.take_view(view)
        self.run.compose.inputs.take_back(inputs)
        if looked_at is not None:
            self.flow.look_at(looked_at)

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """The parts of the page; the examples are found by themselves."""
        return (
            Place(
                msg("Verify a proof"),
                cls.id,
                (("verify", True),),
                words=(msg("Check"), msg("Public signals"), msg("Verification key")),
                icon="checked",
            ),
            Place(
                msg("Drop your own files"),
                cls.id,
                (("own", True),),
                words=(msg("Circuit"), msg("Key"), msg("Witness")),
                icon="own-files",
            ),
            Place(
                msg("History"),
                cls.id,
                (("history", True),),
                words=(msg("Finished proofs"), msg("Run again")),
                icon="clock",
            ),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """What takes longer to build comes after the first picture."""
        super().paintEvent(event)
        if self.history is None:
            QTimer.singleShot(0, self, self._fill)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns stand beside each other, or below."""
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _fill(self) -> None:
        if self.history is None:
            self.history = HistoryPanel(self.context)
            self.history.run_again.connect(self.flow.record_again)
            self._below.addWidget(self.history)
            self.flow.begin()

    # -- history

    def _show_records(self, records: tuple[ProofRecord, ...]) -> None:
        if self.history is not None:
            self.history.show_records(records)
            if self._sought is not None:
                self._seek()

    def _seek(self) -> None:
        """Bring the history into sight, and the line of it that was asked for."""
        if self.history is None:
            return
        if self._sought is not None and self.history.choose(self._sought):
            self._sought = None
            self.history.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.history.focus_search()
        QTimer.singleShot(0, self, self._scroll_to_history)

    # -- files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be let go anywhere on the page; the area for them shows it."""
        if self.tabs.current == "prove" and local_files(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            set_flag(self.choice.own.drop, "over", True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went away."""
        set_flag(self.choice.own.drop, "over", False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take them; they stay where they are."""
        set_flag(self.choice.own.drop, "over", False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.choice.own.drop.take(event.mimeData())

    @Slot()
    def _show_own(self) -> None:
        self._scroll_to(self.choice.own)
        self.choice.own.drop.choose_button.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- the other tab

    def _show_tab(self, tab: str) -> None:
        if tab == "verify":
            self._verify_panel()
        self._prove_tab.setVisible(tab == "prove")
        if self._verify is not None:
            self._verify.setVisible(tab == "verify")

    def _verify_panel(self) -> VerifyPanel:
        """Built when somebody wants it."""
        if self._verify is None:
            from zkcompanion.ui.pages.prove.verify_panel import VerifyPanel

            self._verify = VerifyPanel(self.context)
            self._verify.circuit_dropped.connect(self._to_prove)
            self._verify.setVisible(self.tabs.current == "verify")
            self.body.addWidget(self._verify)
        return self._verify

    def _to_verify(self, found: SortedFilesView) -> None:
        self._verify_panel().offer(found)
        self.tabs.choose("verify")

    def _to_prove(self, found: SortedFilesView) -> None:
        self.tabs.choose("prove")
        self.choice.own.offer(replace(found, proof=None, public=None, verification_key=None))

    # -- room

    @Slot()
    def _arrange(self) -> None:
        pixels = self.context.theme.pixels
        self._below.setSpacing(pixels(Space.XL))
        self._whole.setSpacing(pixels(Space.XXL))
        self._parts.setHorizontalSpacing(pixels(Space.XL))
        self._parts.setVerticalSpacing(pixels(Space.XL))
        beside = self.width() - 2 * pixels(Space.XXL) >= pixels(_BESIDE_PX)
        self._choices.setSpacing(pixels(Space.XL))
        self._left.setFixedWidth(pixels(_CHOICE_PX))
        if beside != self._beside:
            self._beside = beside
            self.choice.set_wide(not beside)
            self._place()

    @Slot()
    def _place(self) -> None:
        """What one chose from comes first: one's own files once there are some, else the examples."""
        own = self.choice.own
        self.choice.offer_own(own.files is None)
        parts: tuple[QWidget, QWidget] = (own, self.choice) if own.files is not None else (self.choice, own)
        first, other = parts
        for part in parts:
            self._choices.removeWidget(part)
        for placed in (*parts, self.run, self._left):
            self._parts.removeWidget(placed)
        top = Qt.AlignmentFlag.AlignTop
        self._left.setVisible(bool(self._beside))
        if self._beside:
            self._choices.addWidget(first)
            self._choices.addWidget(other)
            self._parts.addWidget(self._left, 0, 0, top)
            self._parts.addWidget(self.run, 0, 1, top)
        else:
            for place, placed in enumerate((first, self.run, other)):
                self._parts.addWidget(placed, place, 0, top)
        self._parts.setColumnStretch(0, 0 if self._beside else 1)
        self._parts.setColumnStretch(1, 1 if self._beside else 0)

    @Slot()
    def _bring_run_into_sight(self) -> None:
        self.tabs.choose("prove")
        if self.isVisible():
            # one turn later it has its size
            QTimer.singleShot(0, self, self._scroll_to_run)

    @Slot()
    def _scroll_to_run(self) -> None:
        shown = self.run.visibleRegion().boundingRect().height()
        if shown < min(self.run.height(), self.height() // 2):
            self._scroll_to(self.run)

    @Slot()
    def _scroll_to_history(self) -> None:
        if self.history is not None:
            self._scroll_to(self.history)

    def _scroll_to(self, part: QWidget) -> None:
        scroll = self.findChild(QScrollArea)
        inside = scroll.widget() if scroll is not None else None
        if scroll is not None and inside is not None:
            top = part.mapTo(inside, QPoint(0, 0)).y()
            scroll.verticalScrollBar().setValue(top - self.context.theme.pixels(Space.L))
