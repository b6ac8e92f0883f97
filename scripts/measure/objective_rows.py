"""Objectives on real proofs while workers are killed: what the program says, against a count made by hand beside it."""

from __future__ import annotations

import contextlib
import os
import queue
import random
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zkcompanion.app.backends import Backends
from zkcompanion.app.examples import find_example
from zkcompanion.app.history import History
from zkcompanion.app.job_views import JobChanged, JobView, ProofOrder
from zkcompanion.app.jobs import JobService
from zkcompanion.app.objective_service import Judgement, ObjectiveService
from zkcompanion.app.run_recorder import RunRecorder
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.engine.work import Limits
from zkcompanion.proving.formats.proofjson import (
    proof_from_json,
    public_from_json,
    verification_key_from_json,
)
from zkcompanion.proving.groth16.verify import verify_proof

from .figures import Figure, Row

_LIMIT_S = 300.0
_MANY = 1_000_000
_AHEAD = 6
_EXAMPLE = "age-over-18"


@dataclass
class Log:
    """What was ordered and done to it, and what came of it; counted without anything of the monitor's."""

    refusals: set[int] = field(default_factory=set)
    #: runs whose worker was killed, and processes that were
    hit: set[int] = field(default_factory=set)
    killed: set[int] = field(default_factory=set)
    made: int = 0
    verified: int = 0
    failed: int = 0
    cancelled: int = 0
    refused: int = 0
    lost: int = 0
    recovered: int = 0
    #: proofs that the harness verified itself
    checked: int = 0

    @property
    def events(self) -> int:
        """Proofs that count."""
        return self.made + self.failed


class _Harness:
    """Keeps the pool busy, kills workers, and writes the log."""

    def __init__(self, service: JobService, bus: EventBus, seed: int) -> None:
        self._service = service
        self._chance = random.Random(seed)
        self._told: queue.Queue[JobView] = queue.Queue()
        bus.subscribe(JobChanged, lambda event: self._told.put(event.job))
        self._example = find_example(_EXAMPLE)
        self._inputs = self._example.input_path.read_bytes()
        self._open: set[int] = set()
        self._doomed: set[int] = set()
        self._to_cancel: set[int] = set()
        self._pairing = Backends(Settings(threads=1), lambda: None).verifying(RecordingTrace()).pairing
        self.log = Log()

    def run(self, events: int, *, doomed: int, cancels: int, refusals: int, kill_each: int) -> None:
        """Until at least so many proofs count, and so many runs failed, were cancelled and were refused."""
        log = self.log
        self._submit()  # makes the key
        while self._open:
            self._step(0)
        while log.events < events or log.failed < doomed or log.cancelled < cancels or log.refused < refusals:
            while len(self._open) < _AHEAD:
                self._order(doomed=doomed, cancels=cancels, refusals=refusals)
            self._step(kill_each)
        while self._open:
            self._step(0)

    def _order(self, *, doomed: int, cancels: int, refusals: int) -> None:
        log, what = self.log, self._chance.randrange(12)
        if what == 0 and log.failed + len(self._doomed) < doomed:
            self._doomed.add(self._submit())
        elif what == 1 and log.cancelled + len(self._to_cancel) < cancels:
            self._to_cancel.add(self._submit())
        elif what == 2 and len(log.refusals) < refusals:
            log.refusals.add(self._submit(inputs=b"{}"))
        else:
            self._submit(repeat=self._chance.randrange(2, 9))

    def _submit(self, *, repeat: int = 1, inputs: bytes | None = None) -> int:
        found = self._example
        order = ProofOrder(found.files, found.title, _EXAMPLE, inputs=inputs or self._inputs, repeat=repeat)
        job = self._service.submit(order, priority="batch")
        self._open.add(job)
        return job

    def _step(self, kill_each: int) -> None:
        view = self._told.get(timeout=_LIMIT_S)
        if view.id not in self._open:
            return
        if view.ended:
            self._ended(view.id)
        elif view.state == "running" and view.id in self._doomed:
            self._kill(view.id)
        elif view.state == "running" and view.id in self._to_cancel:
            self._service.cancel(view.id)
        elif view.state == "running" and view.id not in self.log.hit and self._hits(kill_each):
            # once only: a second kill would have the run given up
            self.log.hit.add(view.id)
            self._kill(view.id)

    def _hits(self, kill_each: int) -> bool:
        return kill_each > 0 and self._chance.randrange(kill_each) == 0

    def _kill(self, job: int) -> None:
        for worker in self._service.workers():
            if worker.job == job and worker.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)
                    self.log.killed.add(worker.pid)

    def _ended(self, job: int) -> None:
        """Counts what the service itself says of the run, and looks at its proof."""
        log, view = self.log, self._service.job(job)
        assert view is not None
        self._open.discard(job)
        self._doomed.discard(job)
        self._to_cancel.discard(job)
        log.lost += view.deaths > 0 and view.state != "cancelled"
        if view.result is not None:
            log.made += len(view.result.proofs)
            log.verified += sum(proof.verified for proof in view.result.proofs[:-1]) + self._holds(view)
            log.recovered += view.deaths > 0
        elif view.state == "cancelled":
            log.cancelled += 1
        elif job in log.refusals:
            log.refused += 1
        else:
            log.failed += 1
        # of a run that was not finished, the proofs before the last one were made
        if view.result is None:
            log.made += view.number - 1
            log.verified += view.number - 1
        self._service.forget(job)

    def _holds(self, view: JobView) -> bool:
        """Whether the last proof verifies in this process too."""
        assert view.result is not None
        key = verification_key_from_json(view.result.verification_key_json, file="key")
        public = public_from_json(view.result.public_json, file="public")
        proof = proof_from_json(view.result.proof_json, file="proof")
        try:
            verify_proof(key, public, proof, pairing=self._pairing, allow_insecure_key=True)
        except CompanionError:
            return False
        self.log.checked += 1
        return True


def measured(
    folder: Path, events: int, *, doomed: int, cancels: int, refusals: int, kill_each: int, seed: int = 7
) -> tuple[Log, tuple[Judgement, ...], tuple[Judgement, ...]]:
    """Real proofs until so many count; the log, what the program says at the end, and what when opened again."""
    home = Path(tempfile.mkdtemp(prefix="objectives-", dir=folder))
    dirs, bus = AppDirs(home), EventBus()
    runs = RunRecorder(dirs, bus, SYSTEM_CLOCK)
    runs.watch()
    objectives = ObjectiveService(dirs, bus, SYSTEM_CLOCK, runs)
    limits = Limits(deaths=_MANY)
    settings = Settings(threads=1, min_workers=2, max_workers=3)
    service = JobService(settings, bus, History(None, bus), dirs=dirs, limits=limits)
    try:
        objectives.judged()  # from now on it counts as runs end
        harness = _Harness(service, bus, seed)
        service.start()
        harness.run(events, doomed=doomed, cancels=cancels, refusals=refusals, kill_each=kill_each)
        runs.settled()
        live = objectives.judged()
    finally:
        service.close()
        objectives.close()
        runs.close()
    reader = RunRecorder(dirs, EventBus(), SYSTEM_CLOCK, writes=False)
    again = ObjectiveService(dirs, EventBus(), SYSTEM_CLOCK, reader)
    try:
        return harness.log, live, again.judged()
    finally:
        again.close()
        reader.close()


def counts(judged: tuple[Judgement, ...]) -> dict[str, dict[str, object]]:
    """By objective: events, bad ones, and what did not count."""
    return {
        one.objective.id: {
            "events": one.events,
            "bad": one.bad,
            "excluded": {apart.kind: apart.events for apart in one.excluded},
        }
        for one in judged
    }


def by_hand(log: Log) -> dict[str, dict[str, object]]:
    """The same of the log, for the objectives that the log knows of."""
    apart = {"cancelled": log.cancelled, "refused": log.refused}
    return {
        "made": {"events": log.events, "bad": log.failed, "excluded": {k: n for k, n in apart.items() if n}},
        "verified": {"events": log.made, "bad": log.made - log.verified, "excluded": {}},
        "recovered": {"events": log.lost, "bad": log.lost - log.recovered},
    }


def differences(log: Log, judged: tuple[Judgement, ...]) -> list[str]:
    """Where the program and the hand count differ; empty where they agree."""
    found = counts(judged)
    return [
        f"{name} {key}: {found[name][key]} and by hand {value}"
        for name, wanted in by_hand(log).items()
        for key, value in wanted.items()
        if found[name][key] != value
    ]


def b19(folder: Path) -> Figure:
    """At least 5,000 real proofs with workers killed beneath them."""
    log, live, again = measured(folder, 5000, doomed=3, cancels=10, refusals=10, kill_each=60)
    differ = [*differences(log, live), *differences(log, again)]
    made = next(one for one in live if one.objective.id == "made")
    share = made.share if made.share is not None and log.events >= 5000 and not differ else 0.0
    return Figure(
        round(share, 6),
        "share of at least 5,000 real proofs attained while workers are killed, equal to a hand count (0 where not)",
        floor=0.999,
        goal=0.999,
        test="tests/integration/test_objectives_on_real_proofs.py"
        "::test_objectives_on_real_proofs_are_those_that_are_counted_by_hand",
        least=False,
        artefact={
            "kills": len(log.killed),
            "lost": log.lost,
            "recovered": log.recovered,
            "checked_by_the_harness": log.checked,
            "by_hand": by_hand(log),
            "program": counts(live),
            "opened_again": counts(again),
            "differences": differ,
        },
    )


OBJECTIVE_ROWS: Mapping[str, Row] = {"B19": b19}
