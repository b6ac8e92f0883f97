"""What the pool of workers promises, measured with real processes."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import random
import signal
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from zkcompanion.costs.band import Band
from zkcompanion.engine.crew import Crew
from zkcompanion.engine.load import Load
from zkcompanion.engine.pool import PoolRules
from zkcompanion.engine.schedule.forecast import Forecast, forecast
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.engine.schedule.policy import Machine, Policy
from zkcompanion.engine.schedule.pool_size import PoolLimits
from zkcompanion.engine.work import Job, Limits, Outcome, Queue, WorkerStatus
from zkcompanion.engine.worker import Spec

from .labour import open_labourer

_LIMIT_S = 120.0


@dataclass
class Lab:
    """A crew with a pool, and what it tells, each with its time."""

    cores: int = 2
    least: int = 2
    most: int = 0
    speeds: tuple[float, ...] = ()
    limits: Limits | None = None
    falls_back: bool = False
    events: queue.Queue[tuple[float, str, object]] = field(default_factory=queue.Queue)
    ends: dict[int, list[Outcome]] = field(default_factory=dict)
    statuses: tuple[WorkerStatus, ...] = ()
    last_queue: Queue | None = None
    losses: int = 0
    given: int = 0

    def __enter__(self) -> Lab:
        self.crew = Crew(self, limits=self.limits)
        rules = PoolRules(
            Policy(Machine(self.cores, 1 << 50)),
            PoolLimits(self.least, self.most or self.cores + 1),
            at_work=self.cores,
        )
        self.crew.gather("w", self._spec, rules)
        self.crew.start()
        while sum(one.state == "idle" and not one.opening for one in self.statuses) < self.least:
            self.events.get(timeout=_LIMIT_S)
        return self

    def __exit__(self, *_error: object) -> None:
        self.crew.close()

    def _spec(self, number: int) -> Spec:
        speed = self.speeds[(number - 1) % len(self.speeds)] if self.speeds else 1.0
        return Spec(f"w{number}", open_labourer, str(speed).encode(), "rest")

    def submit(self, number: int, kind: str, seconds: float = 0.0, priority: Priority = Priority.BATCH) -> None:
        """A job of so many seconds on a worker of speed 1."""
        claim = Claim(number, priority, 0.0, 0, 0, Band(seconds * 0.9, seconds, seconds * 1.1) if seconds else None)
        self.given += 1
        self.crew.submit("w", Job(number, kind, str(seconds).encode(), claim=claim))

    def busy_s(self) -> float:
        """Seconds in which workers had a job, so far."""
        now_s = time.monotonic()
        return sum(one.busy_s + (0.0 if one.began_s is None else now_s - one.began_s) for one in self.statuses)

    def wait(self, holds: Callable[[str, object], bool]) -> tuple[float, object]:
        """The time and the rest of the first event from now on for which `holds`."""
        while True:
            at_s, what, about = self.events.get(timeout=_LIMIT_S)
            if holds(what, about):
                return at_s, about

    def wait_started(self, number: int) -> float:
        """When a job began."""
        return self.wait(lambda what, about: what == "started" and about == number)[0]

    def pid(self, number: int) -> int:
        """The process that does a job."""
        while True:
            for one in self.statuses:
                if one.job == number and one.pid is not None:
                    return one.pid
            self.events.get(timeout=_LIMIT_S)

    def _note(self, what: str, about: object) -> None:
        self.events.put((time.monotonic(), what, about))

    def started(self, job: int, _worker: str, _threads: int) -> None:
        """Of the crew."""
        self._note("started", job)

    def progressed(self, job: int, body: bytes) -> None:
        """Of the crew."""
        self._note("progressed", (job, body))

    def ended(self, job: int, outcome: Outcome) -> None:
        """Of the crew."""
        self.ends.setdefault(job, []).append(outcome)
        self._note("ended", job)

    def opened(self, worker: str, _outcome: Outcome) -> None:
        """Of the crew."""
        self._note("opened", worker)

    def lost(self, job: int, _outcome: Outcome) -> bool:
        """Of the crew."""
        self._note("lost", job)
        self.losses += 1
        if self.falls_back and self.losses == 2:
            self.crew.work_as("w", "careful", self._spec)
            return True
        return False

    def queued(self, queued: Queue) -> None:
        """Of the crew."""
        self.last_queue = queued

    def workers_changed(self, workers: tuple[WorkerStatus, ...]) -> None:
        """Of the crew."""
        self.statuses = workers
        self._note("workers", workers)

    def sampled(self, load: Load) -> None:
        """Of the crew."""
        self._note("load", load)


def message_delays(seconds: float = 15.0) -> list[float]:
    """From a worker's word to the host's ear, with all workers busy; in seconds, sorted."""
    delays = []
    with Lab() as lab:
        for number in (1, 2):
            lab.submit(number, "stamp", 2 * seconds)
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            at_s, about = lab.wait(lambda what, _: what == "progressed")
            delays.append(at_s - float(json.loads(about[1])))  # type: ignore[index]
    return sorted(delays)


def deaths(rounds: int = 20) -> tuple[list[float], list[float]]:
    """Seconds from a SIGKILL until it is noticed, and until the job runs again in another worker."""
    noticed, again = [], []
    with Lab(limits=Limits(deaths=10 * rounds, tries=10 * rounds)) as lab:
        lab.submit(1, "rest", 600.0)
        lab.wait_started(1)
        for _ in range(rounds):
            while not any(one.state == "idle" and not one.opening for one in lab.statuses):
                lab.events.get(timeout=_LIMIT_S)
            pid = lab.pid(1)
            begin_s = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            noticed.append(lab.wait(lambda what, _: what == "lost")[0] - begin_s)
            again.append(lab.wait_started(1) - begin_s)
    return sorted(noticed), sorted(again)


def fallbacks(rounds: int = 10) -> list[float]:
    """Seconds from the notice of a second crash in native code until its job runs in another way."""
    times = []
    for _ in range(rounds):
        with Lab(least=3, falls_back=True) as lab:
            lab.submit(1, "crash")
            lab.wait(lambda what, _: what == "lost")
            noticed_s = lab.wait(lambda what, _: what == "lost")[0]
            times.append(lab.wait_started(1) - noticed_s)
            lab.wait(lambda what, _: what == "ended")
    return sorted(times)


def random_kills(jobs: int = 1000, share: float = 0.05) -> dict[str, int]:
    """Jobs of which some lose their worker while they run; what became of all of them."""
    doomed = set(random.Random(5).sample(range(1, 1 + jobs), round(jobs * share)))
    with Lab() as lab:
        for number in range(1, 1 + jobs):
            lab.submit(number, "rest", 600.0 if number in doomed else 0.005)
        begun: dict[int, int] = {}
        while len(lab.ends) < jobs:
            _, about = lab.wait(lambda what, _: what in {"started", "ended"})
            number = int(about)  # type: ignore[call-overload]
            if number in doomed and number not in lab.ends:
                begun[number] = begun.get(number, 0) + 1
                if begun[number] == 1:
                    os.kill(lab.pid(number), signal.SIGKILL)
                else:
                    lab.crew.cancel(number)
    outcomes = {number: [one.ending for one in found] for number, found in lab.ends.items()}
    return {
        "jobs": jobs,
        "killed": len(doomed),
        "lost": sum(len(found) != 1 for found in outcomes.values()) + jobs - len(outcomes),
        "innocent": sum(found != ["done"] for number, found in outcomes.items() if number not in doomed),
        "not_begun_again": sum(begun.get(number) != 2 for number in doomed),
        "orphans": sum("spawn_main" in " ".join(one.cmdline()) for one in psutil.Process().children(recursive=True)),
    }


def growth(rounds: int = 5) -> tuple[list[float], list[float]]:
    """Seconds from six jobs' arrival until the spare has begun, and until six workers have.

    One has begun when its own word on its job is heard.
    """
    spare, grown = [], []
    for _ in range(rounds):
        with Lab(cores=6) as lab:
            begin_s = time.monotonic()
            for number in range(1, 7):
                lab.submit(number, "rest", 600.0)
            begun: dict[int, float] = {}
            while len(begun) < 6:
                at_s, about = lab.wait(lambda what, _: what == "progressed")
                begun.setdefault(int(about[0]), at_s - begin_s)  # type: ignore[index]
            spare.append(sorted(begun.values())[1])
            grown.append(max(begun.values()))
    return sorted(spare), sorted(grown)


def utilisation(warm_s: float = 45.0, seconds: float = 60.0, alone_s: float = 20.0) -> dict[str, float]:
    """The busy share of two workers: while interactive jobs come beside a queue that never ends, and by batch alone.

    Jobs use the processor, 0.1 to 0.4 s each; interactive ones come at random and ask for 0.3 of the cores. The first
    `warm_s` are left out: the policy's mean is over half a minute.
    """
    draw = random.Random(11)
    numbers = itertools.count(1)
    with Lab() as lab:

        def play(until_s: float, every_s: float | None) -> None:
            """Keep 20 batch jobs waiting, and let interactive ones come every so often."""
            next_s = time.monotonic()
            while (now_s := time.monotonic()) < until_s:
                while lab.given - len(lab.ends) < 20:
                    lab.submit(next(numbers), "toil", 0.1 + 0.3 * draw.random())
                if every_s is not None and now_s >= next_s:
                    number = next(numbers)
                    came[number] = now_s
                    lab.submit(number, "toil", 0.1 + 0.3 * draw.random(), Priority.INTERACTIVE)
                    next_s = now_s + draw.expovariate(1 / every_s)
                with contextlib.suppress(queue.Empty):
                    at_s, what, about = lab.events.get(timeout=0.02)
                    if what == "started" and about in came:
                        waited.append(at_s - came.pop(about))

        came: dict[int, float] = {}
        waited: list[float] = []
        begin_s = time.monotonic()
        play(begin_s + alone_s, None)
        alone = lab.busy_s() / (2 * (time.monotonic() - begin_s))
        play(time.monotonic() + warm_s, 0.25 / (0.3 * 2))
        busy_s, begin_s = lab.busy_s(), time.monotonic()
        waited.clear()
        play(begin_s + seconds, 0.25 / (0.3 * 2))
        share = (lab.busy_s() - busy_s) / (2 * (time.monotonic() - begin_s))
        return {
            "with_interactive": share,
            "batch_alone": alone,
            "interactive_jobs": len(waited),
            "interactive_waited_median_s": statistics.median(waited),
        }


def balance(jobs: int = 200) -> float:
    """The least time that unequal workers need for mixed jobs, by the time that they took."""
    speeds = (1.0, 0.7, 0.5)
    draw = random.Random(7)
    lengths = [0.05 + 0.5 * draw.random() for _ in range(jobs)]
    with Lab(cores=3, least=3, most=3, speeds=speeds) as lab:
        begin_s = time.monotonic()
        for number, seconds in enumerate(lengths, start=1):
            lab.submit(number, "rest", seconds)
        while len(lab.ends) < jobs:
            lab.wait(lambda what, _: what == "ended")
        return sum(lengths) / sum(speeds) / (time.monotonic() - begin_s)


def forecasts(queues: int = 20, jobs: int = 20) -> float:
    """The median error of forecast ends of real queues, as a part of the time from the forecast to the end."""
    errors = []
    for number_of_queue in range(queues):
        draw = random.Random(number_of_queue)
        with Lab(least=3) as lab:
            for number in range(1, 1 + jobs):
                lab.submit(number, "rest", 0.05 + 0.2 * draw.random())
            lab.wait_started(2)
            seen = lab.last_queue
            while seen is None or len(seen.waiting) < jobs - 2:
                lab.events.get(timeout=_LIMIT_S)
                seen = lab.last_queue
            known: dict[int, Forecast] = dict(forecast(seen.policy, seen.now_s, seen.waiting, seen.workers))
            while len(lab.ends) < jobs:
                at_s, about = lab.wait(lambda what, _: what == "ended")
                if (found := known.get(int(about))) is not None:  # type: ignore[call-overload]
                    errors.append(abs(found.ends_s.likely - at_s) / (at_s - seen.now_s))
    return statistics.median(errors)


def load_delay(rounds: int = 200) -> list[float]:
    """Seconds from a sample of the load to the one who hears of it, while a job runs."""
    with Lab() as lab:
        lab.submit(1, "spin")
        delays = []
        for _ in range(5 * rounds):
            at_s, load = lab.wait(lambda what, _: what == "load")
            delays.append(at_s - load.at_s)  # type: ignore[attr-defined]
        lab.crew.cancel(1)
    return sorted(delays)


def at(values: list[float], share: float) -> float:
    """A quantile of sorted values."""
    return values[min(len(values) - 1, int(share * len(values)))]
