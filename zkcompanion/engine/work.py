"""What is to be done, how it ended, and who is told: the words that posts, pool and crew share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from zkcompanion.base.messages import Message
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.policy import Policy, WorkerState
from zkcompanion.engine.scratch import wipe_scratch
from zkcompanion.engine.worker import State

#: `done` and `failed` are the worker's own words, the others the host's: `died`; `late` beyond its deadline; `stuck` in
#: one phase; `silent`; `memory`: more than its worker may hold; `quarantined`: ended two workers; `impossible`: needs
#: more than there is; `off`: its worker is not started again; `closed`: all work ends; `too-large`: for the pipe.
Ending = Literal[
    "done",
    "failed",
    "cancelled",
    "died",
    "late",
    "stuck",
    "silent",
    "memory",
    "quarantined",
    "impossible",
    "off",
    "closed",
    "too-large",
]
#: Endings of a worker that count as deaths.
DEATHS: frozenset[Ending] = frozenset({"died", "stuck", "silent"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and numbers of deaths.

    `grace_s`: from a cancel to the kill. `closing_s`: from the wish to close to the kill. `starting_s`: from the start
    of a process to its first word. `silent_s`: without any word later on. `deaths`: so many in a row without an answer,
    and workers are not started again. `tries`: a job that ended so many workers is not given to another.
    """

    grace_s: float = 0.3
    closing_s: float = 0.7
    starting_s: float = 60.0
    silent_s: float = 60.0
    deaths: int = 3
    tries: int = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    `exit_code` of its worker where that died, negative for a signal. `last`: how its last worker ended, of one that is
    `quarantined`. `reason`: of one that is `impossible`.
    """

    ending: Ending
    body: bytes = field(default=b"", repr=False)
    exit_code: int | None = None
    last: Ending | None = None
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker as it is now. `given_up`: it died too often and is not started again. `opening`: not yet warm.
    `draining`: ends as soon as it is idle. `threads` of its job, 0 without one; `jobs`: answered; `speed`: measured,
    beside what was predicted. By the clock: `ready_s`, since when it can work (None: not yet), and `began_s`, when its
    job began. `busy_s`: seconds of the jobs before that one; `work`: field multiplications of those that it answered.
    """

    name: str
    state: State
    pid: int | None
    job: int | None
    deaths: int
    given_up: bool
    opening: bool
    draining: bool = False
    threads: int = 0
    jobs: int = 0
    speed: float = 1.0
    ready_s: float | None = None
    began_s: float | None = None
    busy_s: float = 0.0
    work: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """`deadline_s` counts from the start in the worker; job numbers begin at 1.

    `threads` and `mode` are the worker's business (`child.Task`), `claim` the pool's: what it asks of the machine.
    `scratch`: a file in memory without a name, lent to the worker. `kept`: whoever gave the job forgets it, later.
    """

    id: int
    kind: str
    body: bytes | bytearray = field(repr=False)
    deadline_s: float | None = None
    threads: int = 1
    mode: str = ""
    claim: Claim | None = None
    scratch: int | None = None
    kept: bool = False

    def forget(self) -> None:
        """Zero the body, which may be secret, if it is ours to change, and what the worker noted."""
        if isinstance(self.body, bytearray):
            self.body[:] = bytes(len(self.body))
        wipe_scratch(self.scratch)


@dataclass(frozen=True, slots=True)
class Queue:
    """The pool at one moment, for a forecast: `policy` is a copy, `waits` says why each job waits, by its number."""

    now_s: float
    waits: Mapping[int, Message]
    policy: Policy
    waiting: tuple[Claim, ...]
    workers: tuple[WorkerState, ...]
    #: those that wait because of memory alone
    short: frozenset[int] = frozenset()


class Listener(Protocol):
    """Who is told; always in the crew's thread."""

    def started(self, job: int, worker: str, threads: int) -> None:
        """A worker has begun with it; once more after its worker died."""
        ...

    def progressed(self, job: int, body: bytes) -> None:
        """How far it is."""
        ...

    def ended(self, job: int, outcome: Outcome) -> None:
        """It is over; once for each job."""
        ...

    def opened(self, worker: str, outcome: Outcome) -> None:
        """A new process has done its opening, or has not."""
        ...


class PoolListener(Listener, Protocol):
    """Who is told what a pool does."""

    def lost(self, job: int, outcome: Outcome) -> bool:
        """The worker of a job ended, and the job begins again or is quarantined; whether it is not to blame."""
        ...

    def queued(self, queue: Queue) -> None:
        """Another job waits, or begins."""
        ...


class Toll:
    """Deaths in a row without an answer, of one worker or of all of a pool."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_a_row = 0
        #: processes that there are
        self.alive = 0

    @property
    def given_up(self) -> bool:
        """Whether there were too many to start another worker."""
        return self._in_a_row >= self._limit

    def died(self) -> None:
        """One more."""
        self._in_a_row += 1

    def forgive(self) -> None:
        """An answer came, or another choice was made."""
        self._in_a_row = 0
