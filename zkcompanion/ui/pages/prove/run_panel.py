"""The right side of the page: what to do first, a circuit with its inputs, or a job to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.job_views import CircuitView, JobView, LoadView
from zkcompanion.app.views import ExampleView
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.compose import ComposeCard
from zkcompanion.ui.pages.prove.words import job_words, jobs_ahead
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, Label, row
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.states import Banner, Skeleton

if TYPE_CHECKING:
    from zkcompanion.ui.pages.prove.watch import WatchCard

_STEPS = (
    ("choose", msg("Choose"), msg("Take an example, or drop a circuit of your own.")),
    ("inputs", msg("Fill in"), msg("Examples come filled in. What is private never leaves this computer.")),
    ("prove", msg("Prove"), msg("Watch it happen. The proof is verified before it is called done.")),
)


class RunPanel(QWidget):
    """One thing at a time. `looked_at` is the job that is in sight, None where it is a circuit or nothing.

    Signals: `prove(repeat)`, `cancel(job id)`, `show_job(job id)`, `run_again(job, repeat, profile)`,
    `show_input(job)` for the input that its error is about, `run_anyway(job)` for one that would not fit, `faced()`
    after another thing came into sight.
    """

    prove = Signal(int)
    cancel = Signal(int)
    show_job = Signal(int)
    run_again = Signal(object, int, bool)
    show_input = Signal(object)
    run_anyway = Signal(object)
    faced = Signal()

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.looked_at: int | None = None
        say = context.say
        self._welcome = self._build_welcome()
        self._loading = Card(padding=context.theme.pixels(Space.XL))
        self._loading.body.addWidget(Skeleton(context.theme, say(msg("Reading the circuit")), lines=6))
        self._wrong = Banner(context.theme, "bad", "")
        self._compose: ComposeCard | None = None
        self.watch: WatchCard | None = None
        self._other = QWidget()
        self._other_icon = Icon(context.theme, "state-running", "accent", size=16)
        self._other_text = Label("", "caption")
        self.other_button = Button(say(msg("Show")), "link", name="prove-show-running", clicked=self._show_other)
        other = row(self._other_icon, self._other_text, self.other_button)
        other.setStretch(1, 1)
        self._other.setLayout(other)
        self._other_id = 0
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(context.theme.pixels(Space.S))
        self._layout.addWidget(self._other)
        self._faces: list[QWidget] = [self._welcome, self._loading, self._wrong]
        for face in self._faces:
            self._layout.addWidget(face)
        self._layout.addStretch()
        self._other.hide()
        self._face(self._welcome)

    @property
    def compose(self) -> ComposeCard:
        """Built for the first circuit, so that the page opens quickly."""
        if self._compose is None:
            self._compose = ComposeCard(self._context)
            self._compose.hide()
            self._compose.prove.connect(self.prove)
            self._add_face(self._compose)
        return self._compose

    @property
    def view(self) -> CircuitView | None:
        """The circuit that is chosen, in sight or not."""
        return self._compose.view if self._compose is not None else None

    def forget(self) -> None:
        """Forget what was typed."""
        if self._compose is not None:
            self._compose.forget()

    def close_panel(self) -> None:
        """It goes away for good."""
        self.forget()
        if self.watch is not None:
            self.watch.strip.close_strip()

    def show_welcome(self) -> None:
        """Nothing is chosen."""
        self.forget()
        self._face(self._welcome)

    def show_loading(self) -> None:
        """A circuit is being read."""
        self._face(self._loading)

    def show_circuit(self, view: CircuitView, example: ExampleView | None) -> None:
        """Offer to prove this circuit."""
        self.compose.set_circuit(view, example)
        self._face(self.compose)

    def show_wrong(self, error: CompanionError) -> None:
        """The circuit cannot be used."""
        say = self._context.say
        self._wrong.set("bad", say(error.message), say(error.hint) if error.hint is not None else "")
        self._face(self._wrong)

    def show_compose(self) -> None:
        """Back to the circuit and its inputs."""
        self._face(self.compose if self.view is not None else self._welcome)

    def look_at(self, job: JobView, example: ExampleView | None, example_id: str | None, ahead: int) -> None:
        """Show a job."""
        watch = self._watch()
        watch.look_at(job, example, example_id, ahead)
        self._face(watch)
        self.looked_at = job.id
        watch.setFocus(Qt.FocusReason.OtherFocusReason)

    def job_changed(self, job: JobView, example: ExampleView | None, ahead: int) -> None:
        """Some job's newest state."""
        if job.id == self.looked_at and self.watch is not None:
            self.watch.show_job(job, example, ahead)

    def load_sampled(self, load: LoadView) -> None:
        """What the machine does."""
        if self.looked_at is not None and self.watch is not None:
            self.watch.add_load(load)

    def show_others(self, jobs: Sequence[JobView]) -> None:
        """A line about what runs and is not in sight, with a way to it."""
        active = sorted((job for job in jobs if not job.ended and job.id != self.looked_at), key=lambda job: job.id)
        self._other.setVisible(bool(active))
        if not active:
            return
        first = active[0]
        words = job_words(first, jobs_ahead(first, jobs))
        text: Message = msg("{title}: {state}", title=first.title, state=words.text)
        if len(active) > 1:
            text = msg_n(
                "{first}, and {n} more proof",
                "{first}, and {n} more proofs",
                n=len(active) - 1,
                first=text,
            )
        self._other_icon.set_icon(words.icon, words.token)
        self._other_text.setText(self._context.say(text))
        self._other_id = first.id

    def _watch(self) -> WatchCard:
        """Built at the first proof, so that the page opens quickly."""
        if self.watch is None:
            from zkcompanion.ui.pages.prove.watch import WatchCard

            self.watch = WatchCard(self._context)
            self.watch.hide()
            self.watch.back.connect(self.show_compose)
            self.watch.cancel.connect(self.cancel)
            self.watch.run_again.connect(self.run_again)
            self.watch.show_input.connect(self.show_input)
            self.watch.run_anyway.connect(self.run_anyway)
            self._add_face(self.watch)
        return self.watch

    def _add_face(self, face: QWidget) -> None:
        self._faces.append(face)
        self._layout.insertWidget(self._layout.count() - 1, face)

    def _face(self, shown: QWidget) -> None:
        self.looked_at = None
        for face in self._faces:
            face.setVisible(face is shown)
        self.faced.emit()

    def _show_other(self) -> None:
        self.show_job.emit(self._other_id)

    def _build_welcome(self) -> QWidget:
        pixels = self._context.theme.pixels
        say = self._context.say
        card = Card(spacing=pixels(Space.XL), padding=pixels(Space.XL))
        card.body.addWidget(Label(say(msg("Three steps to a proof")), "section"))
        for icon, title, text in _STEPS:
            words = QVBoxLayout()
            words.setSpacing(pixels(2))
            words.addWidget(Label(say(title), "strong"))
            words.addWidget(Label(say(text), "muted"))
            drawn = Icon(self._context.theme, icon, "accent", size=24)
            step = row(drawn, words, spacing=pixels(Space.L))
            step.setAlignment(drawn, Qt.AlignmentFlag.AlignTop)
            step.setStretch(1, 1)
            card.body.addLayout(step)
        return card
