"""What this program tells of its own work each second: workers, queue, proofs, cache, and how its window answers."""

from __future__ import annotations

import os
import statistics
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.job_views import JobChanged, JobView, WorkerView
from zkcompanion.app.surroundings import Remembered, Surroundings
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import FileError
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.usage import UsageTail
from zkcompanion.monitoring.collector import Source

#: Runs of a circuit that say how long it usually takes, and how many there must be.
LOOKS_BACK, LEAST_RUNS = 10, 3

Records = Callable[[], Iterable[ProofRecord]]
Workers = Callable[[], tuple[WorkerView, ...]]


class MonitorSources:
    """All of it; listens to the bus until `close`. `read` is for one thread, everything else for any.

    Arguments:
        workers: asked at each read; records: the runs that were kept, newest first, asked when one ends.
        ours: whether proofs are made here; if not, nothing is told of them, of workers and of a window.
    """

    def __init__(
        self,
        bus: EventBus,
        dirs: AppDirs,
        clock: Clock,
        *,
        workers: Workers = tuple,
        records: Records = tuple,
        ours: bool = True,
    ) -> None:
        self._ours = ours
        self.window = WindowSource(clock)
        self._dirs = dirs
        self._clock = clock
        self._runs = RunSource(clock, records)
        self._workers = workers
        self._end = bus.subscribe(JobChanged, lambda event: self._runs.hear(event.job))
        self._gpus_close: Callable[[], None] = lambda: None

    def prepare(self) -> tuple[Source, ...]:
        """What takes a moment to find, for the thread that asks: the machine, its graphics processors, the cache."""
        from zkcompanion.monitoring.gpu import find_gpus
        from zkcompanion.monitoring.machine import MachineProbe

        machine = Remembered(MachineProbe(_folder(lambda: self._dirs.data), clock=self._clock).read)
        sources: list[Source] = [
            machine.read,
            CacheSource(_folder(lambda: self._dirs.cache) / "code", self._clock).read,
        ]
        if self._ours:
            workers = WorkerSource(self._workers, self._clock)
            around = Surroundings(machine, lambda: self._runs.proved, lambda: workers.ours_percent)
            sources += [workers.read, self._runs.read, self.window.read, around.read]
        gpus = find_gpus()
        if gpus is not None:
            self._gpus_close = gpus.close
            sources.append(gpus.read)
        return tuple(sources)

    def close(self) -> None:
        """Listen no more; after the thread that asks has ended. Idempotent."""
        self._end()
        self._gpus_close()


class RunSource:
    """Queue and proofs, from the views of jobs as they come."""

    def __init__(self, clock: Clock, records: Records) -> None:
        self._clock = clock
        self._records = records
        self._lock = threading.Lock()
        self._last_s = clock.monotonic_s()
        self._open: dict[int, _Run] = {}
        #: whether a run was at work at some time since the read before the last one
        self.proved = False
        self._at_work = False
        self._verified = self._failed = 0
        self._seconds: list[float] = []
        self._slowness: list[float] = []
        self._phases: defaultdict[str, list[float]] = defaultdict(list)

    def hear(self, job: JobView) -> None:
        """The next view of a job, in any thread."""
        slowness = self._slowness_of(job) if job.state == "done" else None
        with self._lock:
            run = self._open.setdefault(job.id, _Run())
            # a run that another worker takes up counts no proof twice
            made = len(job.result.proofs) if job.result is not None else job.number - 1
            self._verified += max(0, made - run.verified)
            run.verified = max(run.verified, made)
            run.state = job.state
            self._at_work = self._at_work or job.state == "running"
            for phase, seconds in run.ended_phases(job):
                self._phases[phase].append(seconds)
            if job.ended:
                del self._open[job.id]
                self._failed += job.state == "failed"
            if job.result is not None:
                self._seconds += [proof.seconds for proof in job.result.proofs if not proof.resumed]
            if slowness is not None:
                self._slowness.append(slowness)

    def read(self) -> dict[str, float]:
        """Times are means of what ended since the read before, absent where nothing did."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            past_s, self._last_s = max(now_s - self._last_s, 1e-9), now_s
            states = [run.state for run in self._open.values()]
            self.proved, self._at_work = self._at_work or "running" in states, False
            values = {
                "engine.waiting": float(states.count("waiting")),
                "engine.running": float(states.count("running")),
                "proofs.verified": self._verified / past_s,
                "proofs.failed": self._failed / past_s,
            }
            told = {"proofs.seconds": self._seconds, "proofs.slowness": self._slowness}
            told |= {f"proofs.phase/{phase}": seconds for phase, seconds in self._phases.items()}
            values |= {name: statistics.fmean(numbers) for name, numbers in told.items() if numbers}
            self._verified = self._failed = 0
            self._seconds, self._slowness = [], []
            self._phases.clear()
        return values

    def _slowness_of(self, job: JobView) -> float | None:
        """Time of a proof by that of the last runs of this circuit; None where too few are known."""
        result = job.result
        seconds = [proof.seconds for proof in result.proofs if not proof.resumed] if result is not None else []
        if result is None or not seconds:
            return None
        usual: list[float] = []
        for record in self._records():
            alike = (record.fingerprint, record.kernels, record.threads) == (
                job.fingerprint,
                result.kernels,
                result.threads,
            )
            if alike and record.outcome == "verified" and record.seconds is not None:
                usual.append(record.seconds)
                if len(usual) == LOOKS_BACK:
                    break
        usual_s = statistics.median(usual) if len(usual) >= LEAST_RUNS else 0.0
        return statistics.median(seconds) / usual_s if usual_s > 0 else None


class _Run:
    """A job that is not over: what of it was told."""

    def __init__(self) -> None:
        self.state = "waiting"
        self.verified = 0
        self._number = 0
        self._told: set[str] = set()

    def ended_phases(self, job: JobView) -> list[tuple[str, float]]:
        """Phases of the proof that runs which have ended since the last view, with their seconds."""
        if job.number != self._number:
            self._number, self._told = job.number, set()
        ended = {phase.phase: phase.seconds for phase in job.phases if phase.state == "done" and not phase.resumed}
        if job.result is not None and job.result.proofs:
            ended |= job.result.proofs[-1].phases
        fresh = [(phase, seconds) for phase, seconds in ended.items() if phase not in self._told]
        self._told.update(ended)
        return fresh


class WorkerSource:
    """Each worker's processor time, memory and work; and what all of them hold, by component."""

    def __init__(self, workers: Workers, clock: Clock) -> None:
        self._workers = workers
        self._clock = clock
        self._last_s = clock.monotonic_s()
        self._meters: dict[int, Callable[[], float]] = {}
        self._spent: dict[int, float] = {}
        self._busy: dict[str, tuple[int | None, float]] = {}
        #: of one core, by all processes of this program since the read before; None where one of them is new
        self.ours_percent: float | None = None
        #: None: before the first read, when what was is not known
        self._deaths: dict[str, int] | None = None

    def read(self) -> dict[str, float]:
        """Values of `worker.*` and `memory.component`."""
        views = self._workers()
        now_s = self._clock.monotonic_s()
        past_s, self._last_s = max(now_s - self._last_s, 1e-9), now_s
        values: dict[str, float] = {}
        components: defaultdict[str, float] = defaultdict(float)
        pids = {os.getpid(), *(view.pid for view in views if view.pid)}
        spent = {pid: seconds for pid in pids if (seconds := self._spent_s(pid)) is not None}
        known = spent.keys() <= self._spent.keys()
        ours_s = sum(seconds - self._spent[pid] for pid, seconds in spent.items()) if known else 0.0
        self.ours_percent = 100 * max(0.0, ours_s) / past_s if known else None
        for view in views:
            name = view.name
            before_s = self._spent.get(view.pid or 0)
            if view.pid in spent and before_s is not None:
                values[f"worker.processor/{name}"] = 100 * max(0.0, spent[view.pid] - before_s) / past_s
            if view.memory_bytes:
                values[f"worker.memory/{name}"] = float(view.memory_bytes)
            pid, busy_s = self._busy.get(name, (None, 0.0))
            if view.pid is not None and pid == view.pid:
                values[f"worker.busy/{name}"] = min(1.0, max(0.0, view.busy_seconds - busy_s) / past_s)
            if view.accounts is not None:
                for component, size in view.accounts.components.items():
                    components[f"memory.component/{component}"] += size
        deaths = {view.name: view.deaths for view in views}
        before = self._deaths if self._deaths is not None else deaths
        values["worker.deaths"] = sum(max(0, n - before.get(name, 0)) for name, n in deaths.items()) / past_s
        self._spent, self._deaths = spent, (self._deaths or {}) | deaths
        self._busy = {view.name: (view.pid, view.busy_seconds) for view in views}
        self._meters = {pid: meter for pid, meter in self._meters.items() if pid in spent}
        return values | components

    def _spent_s(self, pid: int) -> float | None:
        """Processor seconds of a process since its start; None where it has ended."""
        import psutil

        try:
            meter = self._meters.get(pid)
            if meter is None:
                process = psutil.Process(pid)

                def meter() -> float:
                    times = process.cpu_times()
                    return float(times.user + times.system)

                self._meters[pid] = meter
            return meter()
        except psutil.Error:
            return None


class CacheSource:
    """How the cache is used, by all processes together; files are read where they changed only."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._tail = UsageTail(folder)
        self._last_s = clock.monotonic_s()
        self._before = self._tail.counts()
        self._changed_ns = 0
        self._size = 0.0
        #: of the last minute: when, found, made way
        self._minute: deque[tuple[float, int, int]] = deque()

    def read(self) -> dict[str, float]:
        """Values of `cache.*`; absent where there is no cache yet."""
        now_s = self._clock.monotonic_s()
        past_s, self._last_s = max(now_s - self._last_s, 1e-9), now_s
        try:
            changed_ns = self._folder.stat().st_mtime_ns
            if changed_ns != self._changed_ns:
                self._size = float(_size_of(self._folder))
                self._changed_ns = changed_ns
        except OSError:
            return {}
        counts = self._tail.counts()
        before, self._before = self._before, counts
        grown = {name: max(0, counts.get(name, 0) - before.get(name, 0)) for name in _EVENTS}
        values = {_EVENTS[name]: count / past_s for name, count in grown.items()}
        return values | {"cache.size": self._size, "cache.thrash": self._thrash(now_s, grown["hit"], grown["evicted"])}

    def _thrash(self, now_s: float, found: int, gone: int) -> float:
        """Percent of what happened in the last minute that something made way; 0 where that was hardly anything."""
        if found or gone:
            self._minute.append((now_s, found, gone))
        while self._minute and self._minute[0][0] <= now_s - _MINUTE_S:
            self._minute.popleft()
        used = sum(one[1] for one in self._minute)
        made_way = sum(one[2] for one in self._minute)
        return 100 * made_way / (used + made_way) if made_way >= _FEW_GONE else 0.0


_MINUTE_S = 60.0
#: A cache that is full lets an old entry go now and then.
_FEW_GONE = 5
_EVENTS: Mapping[str, str] = {"hit": "cache.hits", "miss": "cache.misses", "evicted": "cache.evictions"}


def _size_of(folder: Path) -> int:
    from zkcompanion.base.sealed import SealedStore

    # only counts; the key is for reading
    return SealedStore(folder, folder / "no.key").size()[1]


class WindowSource:
    """How long the window's thread let others wait, at the longest since the read before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._worst_s = 0.0
        self._heard_s: float | None = None

    def heard_beat(self, late_s: float) -> None:
        """The window's thread went on, so much later than it should have; in that thread, so quick."""
        with self._lock:
            self._worst_s = max(self._worst_s, late_s)
            self._heard_s = self._clock.monotonic_s()

    def read(self) -> dict[str, float]:
        """While it hangs, the time since it was heard; nothing where there is no window."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            if self._heard_s is None:
                return {}
            worst_s, self._worst_s = self._worst_s, 0.0
            return {"window.latency": max(worst_s, now_s - self._heard_s - _BEAT_S)}


#: A window beats so often, and says by how much more it was late (`ui/heartbeat.py`).
_BEAT_S = 0.05


def _folder(wanted: Callable[[], Path]) -> Path:
    """A folder of ours; the user's own where it cannot be had, which other parts of the program complain of."""
    try:
        return wanted()
    except FileError:
        return Path.home()
