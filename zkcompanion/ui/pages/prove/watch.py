"""A job to look at: the phases while it runs, and what became of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.job_views import JobView, LoadView
from zkcompanion.app.views import ExampleView
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.compose import example_icon
from zkcompanion.ui.pages.prove.words import job_words
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.anyway import AnywayOffer
from zkcompanion.ui.widgets.basic import Button, Card, ElidedLabel, Label, row
from zkcompanion.ui.widgets.icon import Icon, give_icon
from zkcompanion.ui.widgets.result_card import ResultCard
from zkcompanion.ui.widgets.strip import ActivityStrip
from zkcompanion.ui.widgets.timeline import PhaseTimeline


class WatchCard(QWidget):
    """Signals: `cancel(job id)`; `back()` to the circuit and its inputs; `run_again(job, repeat, profile)`;
    `show_input(job)` for the input that its error is about; `run_anyway(job)` where it is predicted not to fit.
    """

    cancel = Signal(int)
    back = Signal()
    run_again = Signal(object, int, bool)
    show_input = Signal(object)
    run_anyway = Signal(object)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.job: JobView | None = None
        say = context.say
        pixels = context.theme.pixels
        self.back_button = Button(say(msg("Back to the inputs")), "link", name="prove-back", clicked=self.back.emit)
        give_icon(self.back_button, context.theme, "back", "accent", size=16)
        self._icon = Icon(context.theme, "example", "accent", size=28)
        self._title = ElidedLabel("", "section", mode="right")
        self._state = Label("", "caption")
        self.cancel_button = Button(say(msg("Cancel")), "plain", name="prove-cancel", clicked=self._cancel)
        self.cancel_button.setToolTip(say(msg("Esc")))
        words = QVBoxLayout()
        words.setSpacing(pixels(2))
        words.addWidget(self._title)
        words.addWidget(self._state)
        head = row(self._icon, words, self.cancel_button, spacing=pixels(Space.M))
        head.setStretch(1, 1)
        self.timeline = PhaseTimeline(context)
        self.strip = ActivityStrip(context)
        self.result = ResultCard(context)
        self.result.run_again.connect(self._run_again)
        self.result.show_input.connect(lambda _signal: self.show_input.emit(self.job))
        self.result.run_anyway.connect(lambda _repeat: self._insist())
        self._anyway = AnywayOffer(context, name="prove-anyway", confirmed=self._insist)
        self._anyway.hide()
        self.result.show_report.connect(lambda _path: context.shell.go("diagnostics"))
        card = Card(spacing=pixels(Space.L), padding=pixels(Space.XL))
        card.body.addLayout(head)
        card.body.addWidget(self._anyway)
        card.body.addWidget(self.timeline)
        card.body.addWidget(self.strip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(pixels(Space.L))
        layout.addLayout(row(self.back_button, None))
        layout.addWidget(self.result)
        layout.addWidget(card)
        # takes the focus while a job is looked at, so that Enter pressed twice does not cancel what it started
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self._cancel)

    def look_at(self, job: JobView, example: ExampleView | None, example_id: str | None, ahead: int) -> None:
        """Show another job."""
        self._icon.set_icon(example_icon(example_id), "accent")
        self._title.set_text(self._context.say(job.title))
        self.setAccessibleName(self._context.say(msg("Proof of {title}", title=job.title)))
        self.job = job
        self.strip.begin(job)
        self.show_job(job, example, ahead)

    def show_job(self, job: JobView, example: ExampleView | None, ahead: int) -> None:
        """The job that is looked at is in another state."""
        self.job = job
        say = self._context.say
        self.timeline.show_job(job, ahead)
        self._state.setText(say(job_words(job, ahead).text))
        self._state.setVisible(job.state == "waiting")
        self._anyway.setVisible(job.waits_for_memory and not job.run_anyway)
        self.cancel_button.setVisible(not job.ended)
        self.strip.show_job(job)
        self.strip.setVisible(job.state != "waiting")
        if job.ended:
            self.strip.finish(job)
        self.result.setVisible(job.ended)
        self.result.show_job(job if job.ended else None, example)

    def add_load(self, load: LoadView) -> None:
        """One more sample of what the machine does."""
        if self.job is not None and self.job.state == "running":
            self.strip.add(load)

    def _cancel(self) -> None:
        if self.job is not None and not self.job.ended:
            self.cancel.emit(self.job.id)

    def _insist(self) -> None:
        if self.job is not None:
            self.run_anyway.emit(self.job)

    def _run_again(self, repeat: int, profile: bool) -> None:
        if self.job is not None:
            self.run_again.emit(self.job, repeat, profile)
