"""The page "Home": one answer, the last runs, what needs attention, and one thing worth knowing."""

from __future__ import annotations

from dataclasses import dataclass

from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_views import JobView, WorkerView
from zkcompanion.app.machine import MachineView, look_at_machine
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Page, Place
from zkcompanion.ui.pages.home_answer import HomeAnswer
from zkcompanion.ui.pages.home_model import Attention, answer, attention
from zkcompanion.ui.pages.home_parts import AttentionCard, FirstSteps, ProofList, RunningCard, TipCard
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, column, row, set_flag
from zkcompanion.ui.widgets.columns import Columns

_RUNS_SHOWN = 5
_DAY_S = 86400

_KERNELS = {
    "ifma": msg("vector arithmetic (AVX-512 IFMA)"),
    "scalar": msg("scalar arithmetic"),
    "reference": msg("slow reference arithmetic"),
}


@dataclass(frozen=True, slots=True)
class _Facts:
    records: tuple[ProofRecord, ...]
    notices: tuple[tuple[str, Message], ...]
    crash: bool
    machine: MachineView


class HomePage(Page):
    """See the module."""

    id = "home"
    title = msg("Home")
    question = msg("What can this computer prove, and what did it prove last?")
    icon = "home"
    help = msg("Home says what this computer has proved so far, what runs now, and what needs your attention.")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self._facts: _Facts | None = None
        self._asked: Task | None = None
        self.title_label.hide()
        self._build()
        bridge = context.bridge
        bridge.job_changed.connect(self._job_changed)
        bridge.history_changed.connect(self._refresh)
        bridge.preferences_changed.connect(self._refresh)
        bridge.workers_changed.connect(self._show_facts)

    def arrive(self, **_where: object) -> None:
        """Read again what may have changed meanwhile."""
        self._show_jobs()
        self._refresh()
        self._answer.arrive()

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Only what is always here."""
        words = (msg("Recent proofs"), msg("Warnings"))
        return (Place(msg("Last runs and what needs attention"), cls.id, words=words, icon="home"),)

    def _build(self) -> None:
        say, pixels = self.context.say, self.context.theme.pixels
        self._answer = HomeAnswer(self.context)
        self._headline = Label("", "strong")
        self._headline.setObjectName("home-proved")
        self._sentence = Label("", "muted")
        self._prove = Button("", "primary", name="home-prove", clicked=lambda: self.context.shell.go("prove"))
        self._prove.setText(say(msg("Prove something now")))
        set_flag(self._prove, "big", value=True)
        self._machine = Label("", "faint")
        self._machine.setObjectName("home-machine")
        head = column(self._answer, spacing=pixels(Space.L))
        head.addLayout(column(self._headline, self._sentence, spacing=pixels(Space.XS)))
        head.addLayout(row(self._prove, None))
        head.addSpacing(pixels(Space.S))
        head.addWidget(self._machine)
        self.body.addLayout(head)
        self._running = RunningCard(self.context, lambda job: self.context.shell.go("prove", job=job))
        self.body.addWidget(self._running)
        self._steps = FirstSteps(self.context)
        self.body.addWidget(self._steps)
        self._columns = Columns(self.context)
        self._runs = ProofList(
            self.context,
            lambda record: self.context.shell.go("prove", record=record),
            lambda: self.context.shell.go("prove", history=True),
        )
        self._columns.parts[0].addWidget(self._runs)
        self._attention = AttentionCard(self.context, self._follow)
        self._tip = TipCard(self.context, int(self.context.desk.clock.unix_s() // _DAY_S))
        self._columns.parts[1].addWidget(self._attention)
        self._columns.parts[1].addWidget(self._tip)
        self.body.addWidget(self._columns)
        self._show_machine(None)
        # until the history is read nothing is claimed; that takes a moment only
        self._steps.hide()
        self._columns.hide()

    # -- facts

    def _refresh(self) -> None:
        if self._asked is not None:
            self._asked.drop()
        self._asked = run_task(self, self._read, self._heard, self._failed)

    def _read(self) -> _Facts:
        desk = self.context.desk
        return _Facts(
            desk.history.records(),
            desk.notices(),
            desk.diagnostics.last_crash() is not None,
            look_at_machine(),
        )

    def _heard(self, facts: _Facts) -> None:
        self._asked = None
        self._facts = facts
        self._show_facts()

    def _failed(self, error: CompanionError) -> None:
        self._asked = None
        self.context.shell.show_error(error)

    def _show_facts(self, workers: tuple[WorkerView, ...] | None = None) -> None:
        facts = self._facts
        if facts is None:
            return
        say, desk = self.context.say, self.context.desk
        jobs = desk.jobs.jobs()
        found = answer(facts.records, jobs)
        self._headline.setText(say(found.headline))
        self._sentence.setText(say(found.sentence))
        self._answer.set_fallback(say(found.headline))
        chosen = desk.preferences.current
        items = attention(
            facts.records,
            workers if workers is not None else desk.jobs.workers(),
            notices=facts.notices,
            crash=facts.crash,
            kernels=chosen.kernels,
        )
        first = not facts.records and not any(job.state in {"running", "done", "failed"} for job in jobs)
        self._prove.setText(say(msg("Prove something now") if first else msg("Prove something")))
        self._steps.setVisible(first)
        # at the first start only what there is, and no empty lists
        self._runs.setVisible(not first)
        self._attention.setVisible(not first or bool(items))
        self._columns.parts[0 if first else 1].addWidget(self._tip)
        self._columns.show()
        self._attention.show_items(items)
        self._runs.show_records(facts.records[:_RUNS_SHOWN], desk.clock.unix_s(), kept=chosen.keep_history)
        self._show_machine(facts)

    def _show_machine(self, facts: _Facts | None) -> None:
        """What is known without measuring; the arithmetic only once it has made a proof."""
        if facts is None:
            self._machine.setText(" ")
            return
        say, machine = self.context.say, facts.machine
        parts = [
            machine.processor,
            say(msg("{threads} threads", threads=machine.threads)),
            say(msg("{memory} of memory", memory=format_size(machine.memory_bytes))),
        ]
        used = next((record.kernels for record in facts.records if record.outcome == "verified"), "")
        if used in _KERNELS:
            parts.append(say(_KERNELS[used]))
        self._machine.setText(" · ".join(part for part in parts if part))

    # -- jobs

    def _job_changed(self, job: JobView) -> None:
        if self.isVisible() or job.ended:
            self._show_jobs()
        if job.ended:
            self._show_facts()

    def _show_jobs(self) -> None:
        jobs = self.context.desk.jobs.jobs()
        running = next((job for job in jobs if job.state == "running"), None)
        waiting = [job for job in jobs if job.state == "waiting"]
        if running is None and waiting:
            running = waiting.pop()
        self._running.show_job(running, len(waiting))

    def _follow(self, item: Attention) -> None:
        shell = self.context.shell
        if item.way == "history":
            shell.go("prove", record=item.record)
        elif item.way == "engine":
            shell.go("settings", setting="workers")
        elif item.way == "data":
            shell.go("settings", setting="folders")
        else:
            shell.go("diagnostics")
