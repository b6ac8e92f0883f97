"""The step "First proof": the smallest example, proved while one watches."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.error_views import error_view
from zkcompanion.app.job_views import CircuitView, JobView, ProofOrder
from zkcompanion.app.views import ExampleView, ProvingView
from zkcompanion.base.errors import CompanionError, KnownError
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.compose import example_icon
from zkcompanion.ui.shell.tab_order import bring_into_sight
from zkcompanion.ui.tasks import Task, follow, run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets import result_parts as parts
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, Label, clear, column, line, row, set_flag
from zkcompanion.ui.widgets.failure import FailureView
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.timeline import PhaseTimeline
from zkcompanion.ui.wizard.step import StepView


class ProofStep(StepView):
    """`job` is the id of the proof that was begun here, None before."""

    key = "proof"
    title = msg("Your first proof")
    question = msg("Made on this computer and verified before it is called done. The values are made up.")
    own_action = True

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self.job: int | None = None
        self._example: ExampleView | None = None
        self._asked: Task | None = None
        self._icon = Icon(context.theme, "example", "accent", size=32)
        self._name = Label("", "section")
        self._summary = Label("", "muted")
        head = row(self._icon, column(self._name, self._summary, spacing=2), spacing=pixels(Space.M), top=True)
        head.setStretch(1, 1)
        self.start = Button(say(msg("Make the proof")), "primary", name="wizard-prove", clicked=self._start)
        set_flag(self.start, "big", value=True)
        self.start.setEnabled(False)
        self.cancel = Button(say(msg("Cancel")), name="wizard-prove-cancel", clicked=self._cancel)
        self.cancel.setToolTip(say(msg("Esc")))
        self.timeline = PhaseTimeline(context)
        self.timeline.setObjectName("wizard-timeline")
        self.timeline.list.setObjectName("wizard-phases")
        self._card = Card(spacing=pixels(Space.L), padding=pixels(Space.XL))
        self._card.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._card.setAccessibleName(say(self.title))
        self._card.body.addLayout(head)
        self._card.body.addLayout(row(self.start, self.cancel, None))
        self._card.body.addWidget(line())
        self._card.body.addWidget(self.timeline)
        self._result = QWidget()
        self._verdict = QVBoxLayout(self._result)
        self._verdict.setContentsMargins(0, 0, 0, 0)
        self._again = Button(say(msg("Try again")), name="wizard-proof-again", clicked=self.arrive)
        self._again.hide()
        self.body.addWidget(self._result)
        self.body.addWidget(self._card)
        self._result.hide()
        self.cancel.hide()
        context.bridge.job_changed.connect(self._job_changed)

    def arrive(self) -> None:
        """Choose the example."""
        if self._example is None and self._asked is None:
            self._again.setParent(self)
            self._again.hide()
            self.clear_trouble()
            self._asked = run_task(self, self.context.desk.examples.list, self._choose, self._not_chosen)

    def escape(self) -> bool:
        """Cancel the proof that runs."""
        if self.cancel.isHidden():
            return False
        self._cancel()
        return True

    def first(self) -> QWidget | None:
        """The one button, until there is a proof."""
        return self.start if not self.start.isHidden() and self.job is None else None

    def look_at(self, job_id: int) -> None:
        """Show a proof that was begun before the page was built anew."""
        job = self.context.desk.jobs.job(job_id)
        if job is not None:
            self.job = job_id
            self._show(job)

    # -- making it

    def _choose(self, examples: tuple[ExampleView, ...]) -> None:
        self._asked = None
        say = self.context.say
        found = self._example = min(examples, key=lambda one: one.constraints)
        self._icon.set_icon(example_icon(found.id), "accent")
        self._name.setText(say(found.title))
        size = msg_n(
            "{n} constraint", "{count} constraints", n=found.constraints, count=format_count(found.constraints)
        )
        self._summary.setText(" ".join((*map(say, found.summary[:1]), f"{say(size)}.")))
        self.start.setEnabled(True)
        if self.job is not None:
            self.look_at(self.job)
        self.ready.emit()

    def _not_chosen(self, error: CompanionError) -> None:
        self._asked = None
        self._again.show()
        self.show_trouble(error, self._again)

    def _start(self) -> None:
        if self._example is None or self._asked is not None:
            return
        self._result.hide()
        self._running(now=True)
        self.timeline.show_job(None)
        described = self.context.desk.jobs.describe_example(self._example.id)
        self._asked = follow(self, described, self._order, self._not_described)

    def _order(self, view: CircuitView) -> None:
        self._asked = None
        if self.cancel.isHidden():
            return  # it was cancelled meanwhile
        order = ProofOrder(view.files, view.title, view.fingerprint, inputs=view.example_values)
        self.job = self.context.desk.jobs.submit(order)
        job = self.context.desk.jobs.job(self.job)
        if job is not None:
            self._show(job)

    def _not_described(self, error: CompanionError) -> None:
        self._asked = None
        self._running(now=False)
        self._show_failed(None, error)

    def _cancel(self) -> None:
        if self._asked is not None:
            self._asked.drop()
            self._asked = None
            self._running(now=False)
        elif self.job is not None:
            self.context.desk.jobs.cancel(self.job)

    def _running(self, *, now: bool) -> None:
        """The keyboard stays with the one button that there is."""
        here = self.start.hasFocus() or self.cancel.hasFocus() or self._card.hasFocus()
        self.start.setVisible(not now)
        self.cancel.setVisible(now)
        if here:
            # on the card and not on "Cancel": Enter pressed twice must not stop what it began
            (self._card if now else self.start).setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what becomes of it

    def _job_changed(self, job: JobView) -> None:
        if job.id == self.job:
            self._show(job)

    def _show(self, job: JobView) -> None:
        self.timeline.show_job(job)
        if not job.ended:
            if self.cancel.isHidden():
                self._running(now=True)
            return
        self._running(now=False)
        self.start.setText(self.context.say(msg("Make it once more")))
        self.start.setProperty("kind", "plain")
        set_flag(self.start, "big", value=False)
        if job.state == "done" and job.result is not None and job.result.verified:
            self._show_done(job, job.result)
        elif job.state == "cancelled":
            self._show_cancelled(job)
        else:
            self._show_failed(job, None)

    def _show_done(self, job: JobView, result: ProvingView) -> None:
        say, pixels = self.context.say, self.context.theme.pixels
        took = format_duration(result.proofs[-1].seconds)
        card = self._fresh_card("good")
        head = row(
            Icon(self.context.theme, "state-done", "good", size=32),
            column(
                Label(say(msg("Verified")), "answer"),
                Label(say(msg("Made in {took} by this computer, and checked.", took=took))),
                spacing=0,
            ),
            spacing=pixels(Space.M),
        )
        head.setStretch(1, 1)
        card.body.addLayout(head)
        if self._example is not None:
            card.body.addWidget(parts.meaning(self.context, result.key, self._example))
        if result.key.state == "development":
            card.body.addWidget(Label(say(parts.key_sentences(result.key)[0]), "caution"))
        whole = Button(
            say(msg("See all of it on Prove")),
            "link",
            name="wizard-proof-whole",
            clicked=lambda: self.context.shell.go("prove", job=job.id),
        )
        set_flag(whole, "flush", value=True)
        card.body.addLayout(row(whole, None))
        announce(self, say(msg("Verified, in {took}.", took=took)))
        self.done.emit()

    def _to_result(self) -> None:
        if self.isVisible():
            bring_into_sight(self._result)

    def _show_cancelled(self, job: JobView) -> None:
        card = self._fresh_card("card")
        said = msg("Cancelled after {elapsed}. Nothing of it is kept.", elapsed=format_duration(job.elapsed_s))
        head = row(Icon(self.context.theme, "state-stopped", "faint"), Label(self.context.say(said), "muted"))
        head.setStretch(1, 1)
        card.body.addLayout(head)

    def _show_failed(self, job: JobView | None, error: CompanionError | None) -> None:
        shown = job.error if job is not None else None
        if shown is None:
            shown = error_view(error if error is not None else KnownError(msg("No proof was made.")))
        card = self._fresh_card("card")
        card.body.addWidget(FailureView(self.context, shown, title=msg("No proof"), name="wizard-proof"))
        card.body.addWidget(Label(self.context.say(msg("You can try again, or go on without it.")), "muted"))

    def _fresh_card(self, kind: str) -> Card:
        clear(self._verdict)
        pixels = self.context.theme.pixels
        card = Card(kind, spacing=pixels(Space.L), padding=pixels(Space.XL))
        self._verdict.addWidget(card)
        self._result.show()
        # one turn later it has its size
        QTimer.singleShot(0, self, self._to_result)
        return card
