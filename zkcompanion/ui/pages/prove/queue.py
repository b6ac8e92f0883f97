"""The jobs of this session: what runs, what waits, what became of the others; each can be looked at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from zkcompanion.app.job_views import JobView
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.words import job_percent, job_words, jobs_ahead
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, ElidedLabel, Label, row, set_flag
from zkcompanion.ui.widgets.icon import Icon, give_icon

#: Jobs that are over and shown without being asked for.
_FEW = 3
#: So that states stand below each other.
_TITLE_PX = 260


class JobRow(QWidget):
    """Signals: `show_job(id)`, `cancel(id)`, `forget(id)`."""

    show_job = Signal(int)
    cancel = Signal(int)
    forget = Signal(int)

    def __init__(self, context: WindowContext, job: JobView) -> None:
        super().__init__()
        self._context = context
        self._job: JobView | None = None
        pixels = context.theme.pixels
        self._icon = Icon(context.theme, "state-waiting", "muted", size=18)
        self.title = Button(context.say(job.title), "link", name=f"prove-job-{job.id}", clicked=self._show)
        self.title.setMinimumWidth(pixels(_TITLE_PX))
        self._state = ElidedLabel("", "caption", mode="right")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(pixels(96))
        self.end_button = Button("", "ghost", name=f"prove-job-end-{job.id}", clicked=self._end)
        inner = row(self._icon, self.title, self._state, self._bar, self.end_button, spacing=pixels(Space.S))
        inner.setStretch(2, 1)
        self.setLayout(inner)

    def update_job(self, job: JobView, ahead: int, *, looked_at: bool) -> None:
        """Its newest state."""
        say = self._context.say
        words = job_words(job, ahead)
        if self._job is None or self._job.state != job.state:
            self._icon.set_icon(words.icon, words.token)
            give_icon(self.end_button, self._context.theme, "close", size=14)
            ends = msg("Take {title} out of the list", title=job.title)
            if not job.ended:
                ends = msg("Cancel {title}", title=job.title)
            self.end_button.setAccessibleName(say(ends))
            self.end_button.setToolTip(say(msg("Remove") if job.ended else msg("Cancel")))
        self._job = job
        text = say(words.text)
        if text != self._state.full_text:
            self._state.set_text(text)
        percent = job_percent(job) if job.state == "running" else None
        self._bar.setVisible(percent is not None)
        self._bar.setAccessibleName(text)
        if percent is not None:
            self._bar.setValue(percent)
        if self.property("current") != ("true" if looked_at else "false"):
            set_flag(self, "current", looked_at)
            self.title.setAccessibleDescription(say(msg("You are looking at it")) if looked_at else text)

    def _show(self) -> None:
        if self._job is not None:
            self.show_job.emit(self._job.id)

    def _end(self) -> None:
        if self._job is not None:
            (self.forget if self._job.ended else self.cancel).emit(self._job.id)


class QueueList(QWidget):
    """Newest first, those that run and wait before those that are over; hidden while there is none.

    Signals: `show_job(id)`, `cancel(id)`, `forget(id)`.
    """

    show_job = Signal(int)
    cancel = Signal(int)
    forget = Signal(int)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._rows: dict[int, JobRow] = {}
        self._order: tuple[int, ...] = ()
        self._all = False
        card = Card(spacing=context.theme.pixels(Space.XS), padding=context.theme.pixels(Space.M))
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        card.body.addLayout(self._list)
        self.more_button = Button("", "link", name="prove-queue-more", clicked=self._show_all)
        card.body.addLayout(row(self.more_button, None))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.S))
        layout.addWidget(Label(context.say(msg("This session")), "section"))
        layout.addWidget(card)
        self.hide()

    def show_jobs(self, jobs: Sequence[JobView], looked_at: int | None) -> None:
        """All jobs of the session."""
        active = sorted((job for job in jobs if not job.ended), key=lambda job: job.id)
        over = sorted((job for job in jobs if job.ended), key=lambda job: -job.id)
        kept = over if self._all else over[:_FEW]
        shown = [*active, *kept]
        order = tuple(job.id for job in shown)
        if order != self._order:
            self._arrange(shown)
        for job in shown:
            self._rows[job.id].update_job(job, jobs_ahead(job, active), looked_at=job.id == looked_at)
        hidden = len(over) - len(kept)
        self.more_button.setVisible(hidden > 0)
        self.more_button.setText(self._context.say(msg_n("Show {n} more", "Show {n} more", n=hidden)))
        self.setVisible(bool(jobs))

    def _arrange(self, jobs: Sequence[JobView]) -> None:
        self._order = tuple(job.id for job in jobs)
        for gone in set(self._rows) - set(self._order):
            row_widget = self._rows.pop(gone)
            self._list.removeWidget(row_widget)
            row_widget.hide()
            row_widget.deleteLater()
        for place, job in enumerate(jobs):
            if job.id not in self._rows:
                made = JobRow(self._context, job)
                made.show_job.connect(self.show_job)
                made.cancel.connect(self.cancel)
                made.forget.connect(self.forget)
                self._rows[job.id] = made
            if self._list.indexOf(self._rows[job.id]) != place:
                self._list.removeWidget(self._rows[job.id])
                self._list.insertWidget(place, self._rows[job.id])

    def _show_all(self) -> None:
        self._all = True
        self._order = ()
        self.show_jobs(self._context.desk.jobs.jobs(), None)
