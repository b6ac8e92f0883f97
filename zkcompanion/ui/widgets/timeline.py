"""The phases of a proof as a timeline that fills: a bar, the phases in words, and what happens at the moment."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from zkcompanion.app.job_views import JobView, PhaseView
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row
from zkcompanion.ui.widgets.figures import band, rough_duration, running_duration
from zkcompanion.ui.widgets.phase_bar import PhaseBar, Piece, PieceState
from zkcompanion.ui.widgets.phase_list import PhaseItem, PhaseList
from zkcompanion.ui.widgets.phase_words import USUAL_PHASES, phase_words

#: A phase that takes longer than it used to is not shown as finished before it is.
_ALMOST = 0.97


class PhaseTimeline(QWidget):
    """Shows how far a job is, what happens at the moment and how long it will take."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._job: JobView | None = None
        self._ahead = 0
        self._phases: tuple[PhaseView, ...] = ()
        self._pointed = -1
        self.setObjectName("prove-timeline")
        pixels = context.theme.pixels
        self.title = Label("", "strong")
        self.times = Label("", "muted", wrap=False)
        self.times.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = PhaseBar(context)
        self.list = PhaseList(context)
        self.list.setObjectName("prove-phases")
        self.list.setAccessibleName(context.say(msg("Phases of the proof")))
        self.sentence = Label("", "caption")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(pixels(Space.S))
        self._head = row(self.title, self.times)
        self._head.setStretch(0, 1)
        layout.addLayout(self._head)
        layout.addWidget(self.bar)
        layout.addWidget(self.list)
        layout.addWidget(self.sentence)
        self.bar.hovered.connect(self._point)
        self.list.pointed.connect(self._point)
        self.show_job(None)

    def show_job(self, job: JobView | None, ahead: int = 0) -> None:
        """Show this state of a job, which waits for `ahead` others; None shows the phases that are to come."""
        self._job, self._ahead = job, ahead
        self._phases = _phases_of(job)
        states = [_state(phase, job) for phase in self._phases]
        self.bar.set_pieces(_pieces(self._phases, states, job))
        self.list.set_items([self._item(phase, state) for phase, state in zip(self._phases, states, strict=True)])
        self.title.setText(self._say(_title(job, self._current(), ahead)))
        self.times.setText(self._times(job))
        self._fit()
        self._say_sentence()
        self.bar.setAccessibleName(self.title.text())
        self.bar.setAccessibleDescription("; ".join(item.spoken for item in self.list.items))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Title and times beside each other, or one below the other."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wanted = [label.fontMetrics().horizontalAdvance(label.text()) for label in (self.title, self.times)]
        beside = sum(wanted) + self._context.theme.pixels(Space.XL) <= self.width()
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._head.direction() != direction:
            self._head.setDirection(direction)
            side = Qt.AlignmentFlag.AlignRight if beside else Qt.AlignmentFlag.AlignLeft
            self.times.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        # two lines in any case, so that nothing below moves while one points at phases
        self.sentence.setMinimumHeight(2 * self.sentence.fontMetrics().lineSpacing())

    def _current(self) -> PhaseView | None:
        return next((phase for phase in reversed(self._phases) if phase.state == "running"), None)

    def _point(self, index: int) -> None:
        if index < 0 and self.list.walking:
            index = self.list.currentIndex().row()
        self._pointed = index
        self.bar.light(index)
        self.list.light(index)
        self._say_sentence()

    def _say_sentence(self) -> None:
        """About the phase that is pointed at, else about the one that runs."""
        if 0 <= self._pointed < len(self._phases):
            self.sentence.setText(self.list.items[self._pointed].spoken)
            return
        current = self._current()
        if self._job is not None and not self._job.ended and current is not None:
            recovered = _recovered(self._job)
            self.sentence.setText(self._say(phase_words(current.phase).does if recovered is None else recovered))
        elif self._job is None:
            self.sentence.setText(self._say(msg("A proof goes through these phases, one after another.")))
        elif self._job.state == "waiting":
            after = msg("It begins as soon as the process that makes proofs is ready.")
            if self._ahead:
                after = msg_n(
                    "It begins as soon as the proof before it is done.",
                    "It begins as soon as the {n} proofs before it are done.",
                    n=self._ahead,
                )
            self.sentence.setText(self._say(after))
        else:
            self.sentence.setText(self._say(msg("Point at a phase to read what it does and how long it took.")))

    def _item(self, phase: PhaseView, state: PieceState) -> PhaseItem:
        words = phase_words(phase.phase)
        figure = self._figure(phase, state)
        what = _spoken(phase, state)
        spoken = msg("{phase}: {what} {does}", phase=words.name, what=what, does=words.does)
        return PhaseItem(self._say(words.name), figure, state, self._say(spoken))

    def _figure(self, phase: PhaseView, state: PieceState) -> str:
        if state == "done":
            return format_duration(phase.seconds)
        if state == "running" and phase.share is not None:
            return self._say(msg("{percent} %", percent=round(100 * min(max(phase.share, 0.0), 1.0))))
        if state == "running":
            return running_duration(phase.seconds)
        if state == "waiting" and phase.expected_s is not None:
            return f"≈ {rough_duration(phase.expected_s)}"
        if state == "failed":
            return self._say(msg("failed"))
        return self._say(msg("stopped")) if state == "stopped" else ""

    def _times(self, job: JobView | None) -> str:
        if job is None or job.state == "waiting":
            return ""
        if job.ended:
            return format_duration(job.elapsed_s)
        elapsed = running_duration(job.elapsed_s)
        if job.left_s is None:
            return elapsed
        left = band(*job.left_s)
        return self._say(msg("{elapsed} so far, about {left} left", elapsed=elapsed, left=left))

    def _say(self, message: Message) -> str:
        return self._context.say(message)


def _phases_of(job: JobView | None) -> tuple[PhaseView, ...]:
    if job is not None and job.phases:
        return job.phases
    return tuple(PhaseView(name, "waiting", 0.0) for name in USUAL_PHASES)


def _state(phase: PhaseView, job: JobView | None) -> PieceState:
    if phase.state == "running" and job is not None and job.state == "failed":
        return "failed"
    if job is not None and job.ended and phase.state != "done":
        return "stopped" if phase.state == "running" else "waiting"
    return phase.state


def _pieces(phases: Sequence[PhaseView], states: Sequence[PieceState], job: JobView | None) -> list[Piece]:
    weights = _weights(phases, done=job is not None and job.state == "done")
    return [
        Piece(phase.phase, state, weight, _fill(phase) if state == "running" else None)
        for phase, state, weight in zip(phases, states, weights, strict=True)
    ]


def _fill(phase: PhaseView) -> float | None:
    if phase.share is not None:
        return min(max(phase.share, 0.0), 1.0)
    if phase.expected_s:
        return min(phase.seconds / phase.expected_s, _ALMOST)
    return None


def _weights(phases: Sequence[PhaseView], *, done: bool) -> list[float]:
    """Real seconds once it is done; before, what earlier proofs took, and usual shares where there were none."""
    if done:
        return [phase.seconds for phase in phases]
    known = [(phase.expected_s, phase_words(phase.phase).weight) for phase in phases if phase.expected_s]
    scale = sum(seconds for seconds, _ in known) / sum(weight for _, weight in known) if known else 1.0
    return [phase.expected_s or scale * phase_words(phase.phase).weight for phase in phases]


def _title(job: JobView | None, current: PhaseView | None, ahead: int) -> Message:
    if job is None:
        return msg("Phases of a proof")
    if job.state == "waiting":
        return msg("Waiting for its turn") if ahead else msg("Starting")
    if job.state == "done":
        return _how_many(job)
    if job.state != "running":
        return msg("Stopped") if job.state == "cancelled" else msg("Did not finish")
    name = phase_words(current.phase).name if current is not None else msg("Starting")
    if job.repeat > 1:
        return msg("Proof {number} of {total}: {phase}", number=job.number, total=job.repeat, phase=name)
    return name


def _how_many(job: JobView) -> Message:
    if job.repeat > 1:
        return msg("Done: {total} proofs, the last one by phase", total=job.repeat)
    return msg("Done")


def _recovered(job: JobView) -> Message | None:
    """What became of a proof whose worker died; None where none has."""
    if not job.deaths:
        return None
    if job.resumed_from is None:
        return msg("Its worker process ended by itself. Another makes the proof from the beginning.")
    return msg(
        "Its worker process ended by itself. Another went on from {phase}: what was finished before is kept.",
        phase=phase_words(job.resumed_from).name,
    )


def _took(phase: PhaseView) -> Message:
    took = format_duration(phase.seconds)
    if phase.resumed:
        return msg("kept from the worker process that ended; it took {took} there.", took=took)
    if phase.expected_s is None:
        return msg("took {took}.", took=took)
    return msg("took {took}, about {usual} expected.", took=took, usual=rough_duration(phase.expected_s))


def _spoken(phase: PhaseView, state: PieceState) -> Message:
    if state == "done":
        return _took(phase)
    if state == "running" and phase.share is not None:
        return msg("running, {percent} % done.", percent=round(100 * min(max(phase.share, 0.0), 1.0)))
    if state == "running":
        return msg("running.")
    if state == "failed":
        return msg("failed here.")
    if state == "stopped":
        return msg("stopped here.")
    if phase.expected_s is not None:
        return msg("waiting, about {usual} expected.", usual=rough_duration(phase.expected_s))
    return msg("waiting.")
