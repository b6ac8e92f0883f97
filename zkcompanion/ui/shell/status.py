"""The line at the bottom: what the engine does now. Each part leads to where there is more of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from zkcompanion.app.job_views import JobView, LoadView, WorkerView, given_up
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_duration, format_size
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, tabular
from zkcompanion.ui.widgets.icon import give_icon

#: The line changes at most so often; events come ten times a second.
_PERIOD_MS = 250


class StatusLine(QWidget):
    """Listens to the bridge. `show_warnings` is told how many warnings stand open by whoever shows them."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("status")
        self.setProperty("kind", "status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(self)
        pixels = context.theme.pixels
        layout.setContentsMargins(pixels(Space.S), 0, pixels(Space.S), 0)
        layout.setSpacing(pixels(Space.S))
        shell = context.shell
        self._engine = self._part("engine", lambda: shell.go("settings", setting="kernels"))
        self._workers_part = self._part("workers", lambda: shell.go("settings", setting="workers"))
        self._job_part = self._part("job", self._go_to_job)
        self._memory = self._part("memory", lambda: shell.go("hardware", tab="computer"))
        self._warnings = self._part("warnings", self._go_to_warnings)
        for part in (self._engine, self._workers_part, self._job_part, self._memory):
            layout.addWidget(part)
        layout.addStretch()
        layout.addWidget(self._warnings)
        self._workers: tuple[WorkerView, ...] = ()
        self._job: JobView | None = None
        self._waiting = 0
        self._load: LoadView | None = None
        self._open_warnings = 0
        self._open_alerts = 0
        # gathers what comes within a moment
        self._timer = QTimer(self, singleShot=True, interval=_PERIOD_MS)
        self._timer.timeout.connect(self._refresh)
        bridge = context.bridge
        bridge.workers_changed.connect(self._workers_changed)
        bridge.job_changed.connect(self._job_changed)
        bridge.load_sampled.connect(self._load_sampled)
        bridge.alert_changed.connect(self._alert_changed)
        self._workers = context.desk.jobs.workers()
        self._load = context.desk.jobs.load()
        self._look_at_jobs()
        self._look_at_alerts()
        self._refresh()

    def set_warnings(self, count: int) -> None:
        """How many warnings stand open, alerts not among them."""
        self._open_warnings = count
        self._refresh()

    def take_focus(self) -> None:
        """Put the keyboard's focus on its first part."""
        self._engine.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def minimumSizeHint(self) -> QSize:
        """The job and the warnings are always in sight; the others give way."""
        least = self._job_part.sizeHint().width() + self._warnings.sizeHint().width()
        return QSize(least + self._context.theme.pixels(Space.XL), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many parts as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        gap = self._context.theme.pixels(Space.S)
        room = self.width() - 3 * gap
        # in the order in which they may stay
        for part in (self._job_part, self._warnings, self._engine, self._memory, self._workers_part):
            wanted = part is not self._memory or self._load is not None
            room -= part.sizeHint().width() + gap
            part.setVisible(wanted and (room >= 0 or part in {self._job_part, self._warnings}))

    def _part(self, key: str, clicked: object) -> Button:
        made = Button("", "status", name=f"status-{key}", clicked=clicked)  # type: ignore[arg-type]
        tabular(made)
        return made

    def _go_to_job(self) -> None:
        if self._job is None:
            self._context.shell.go("prove")
        else:
            self._context.shell.go("prove", job=self._job.id)

    def _go_to_warnings(self) -> None:
        if self._open_alerts:
            self._context.shell.go("monitor", tab="alerts")
        else:
            self._context.shell.show_warnings()

    def _look_at_alerts(self) -> None:
        alerts = self._context.desk.alerts.open()
        self._open_alerts = sum(alert.snoozed_until_unix_s is None for alert in alerts)

    def _alert_changed(self, _alert: object) -> None:
        self._look_at_alerts()
        self._later()

    def _workers_changed(self, workers: object) -> None:
        self._workers = workers  # type: ignore[assignment]
        self._later()

    def _job_changed(self, job: object) -> None:
        assert isinstance(job, JobView)
        if job.state != "running" or self._job is None or job.id != self._job.id:
            self._look_at_jobs()
        else:
            self._job = job
        self._later()

    def _load_sampled(self, load: object) -> None:
        assert isinstance(load, LoadView)
        self._load = load
        self._later()

    def _look_at_jobs(self) -> None:
        jobs = self._context.desk.jobs.jobs()
        self._job = next((job for job in jobs if job.state == "running"), None)
        self._waiting = sum(job.state == "waiting" for job in jobs)

    def _later(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _refresh(self) -> None:
        say = self._context.say
        engine, tone = engine_words(self._workers)
        _show(self._engine, say(engine))
        give_icon(self._engine, self._context.theme, "processor", tone, size=16)
        count = sum(worker.state != "off" for worker in self._workers)
        _show(self._workers_part, say(msg_n("{n} worker", "{n} workers", n=count)))
        _show(self._job_part, say(job_words(self._job, self._waiting)))
        if self._load is not None:
            used, total = format_size(self._load.memory_used_bytes), format_size(self._load.memory_total_bytes)
            _show(self._memory, say(msg("Memory {used} of {total}", used=used, total=total)))
        count = self._open_warnings + self._open_alerts
        warnings = msg_n("{n} warning", "{n} warnings", n=count)
        _show(self._warnings, say(warnings if count else msg("No warnings")))
        give_icon(
            self._warnings, self._context.theme, *(("caution", "caution") if count else ("good", "good")), size=16
        )
        self._fit()


def engine_words(workers: tuple[WorkerView, ...]) -> tuple[Message, str]:
    """What the engine does, in two words, and the colour of its icon."""
    provers = {worker.state for worker in workers if worker.name.startswith("prover")}
    if given_up(worker for worker in workers if worker.name.startswith("prover")):
        return msg("Engine off"), "bad"
    if "busy" in provers:
        return msg("Proving"), "accent"
    if "ready" in provers:
        return msg("Engine ready"), "good"
    if provers & {"lost", "draining"}:
        return msg("Engine restarting"), "caution"
    if "starting" in provers:
        return msg("Engine starting"), "muted"
    return msg("Engine off"), "muted"


def job_words(job: JobView | None, waiting: int) -> Message:
    """The job that runs with how far it is, and how many wait behind it."""
    if job is None:
        return msg_n("{n} job waiting", "{n} jobs waiting", n=waiting) if waiting else msg("No jobs")
    share = job_share(job)
    if share is None or job.left_s is None:
        now = msg("1 job, {elapsed} so far", elapsed=format_duration(job.elapsed_s))
    else:
        left = format_duration(sum(job.left_s) / 2)
        now = msg("1 job {percent} %, about {left} left", percent=int(share * 100), left=left)
    if waiting:
        return msg("{now}, {behind}", now=now, behind=msg_n("{n} waiting", "{n} waiting", n=waiting))
    return now


def job_share(job: JobView) -> float | None:
    """How far a job is, 0 to 1, by the time that it took and the middle of what is expected to come."""
    if job.left_s is None:
        return None
    left_s = sum(job.left_s) / 2
    whole_s = job.elapsed_s + left_s
    return job.elapsed_s / whole_s if whole_s > 0 else None


def _show(part: Button, text: str) -> None:
    if part.text() != text:
        part.setText(text)
        part.setAccessibleName(text)
