"""Toy workers for tests of the engine, and a listener that a test can wait for.

The functions are found by name in the worker process, which imports nothing else of the tests.
"""

import contextlib
import ctypes
import os
import queue
import signal
import sys
import threading
import types
from contextlib import contextmanager
from pathlib import Path

from zkcompanion.base.atomicfile import temporary_beside
from zkcompanion.base.errors import Cancelled
from zkcompanion.engine.crew import Crew
from zkcompanion.engine.pool import PoolRules
from zkcompanion.engine.schedule.policy import Machine, Policy
from zkcompanion.engine.schedule.pool_size import PoolLimits
from zkcompanion.engine.wire import Ready
from zkcompanion.engine.work import Job, Limits
from zkcompanion.engine.worker import Spec

LIMIT_S = 20.0


class Toy:
    """Does what the kind of the job says."""

    def __init__(self, config):
        self.config = config

    def run(self, task):
        return getattr(self, task.kind.replace("-", "_"))(task)

    def failure(self, error):
        return type(error).__name__.encode()

    def rest(self):
        pass

    def abandon(self):
        if self.config.startswith(b"/"):
            (Path(os.fsdecode(self.config)) / "abandoned").write_text(str(os.getpid()))

    def echo(self, task):
        return bytes(task.body)

    def configured(self, task):
        return self.config

    def warm(self, task):
        return b"warm"

    def wait(self, task):
        """Until the cancel."""
        assert task.cancel.wait(LIMIT_S)
        raise Cancelled

    slow_warm = wait

    def tell(self, task):
        """Three snapshots at least, then the end."""
        told = threading.Semaphore(0)
        numbers = iter(range(1000))

        def snapshot():
            told.release()
            return str(next(numbers)).encode()

        task.report(snapshot)
        task.changed()
        for _ in range(3):
            assert told.acquire(timeout=LIMIT_S)
        return b"told"

    def half(self, task):
        """Half a message, and then nothing more, not even an end."""
        connection = task._reporter._connection
        with task._reporter._lock:
            os.write(connection.fileno(), (1000).to_bytes(4, "big") + b"half")
            os.kill(os.getpid(), signal.SIGSTOP)

    def flood(self, task):
        """Words without end."""
        from zkcompanion.engine.wire import Progress, encode

        while True:
            task._reporter.send(Progress(task.job, b"more"))
            task._reporter._connection.send_bytes(encode(Progress(task.job, b"and more")))

    def stop(self, task):
        """Neither reads nor writes any more."""
        task.report(lambda: b"begun")
        threading.Event().wait(0.15)
        os.kill(os.getpid(), signal.SIGSTOP)

    def garbage(self, task):
        task._reporter._connection.send_bytes(b"\xff" * 100)
        threading.Event().wait()

    def too_long(self, task):
        os.write(task._reporter._connection.fileno(), b"\x7f\xff\xff\xff")
        threading.Event().wait()

    def ignore(self, task):
        threading.Event().wait()

    def ignore_begun(self, task):
        task.report(lambda: b"begun")
        threading.Event().wait()

    def hold(self, task):
        """A long call in native code that does not let Python go on."""
        task.report(lambda: b"begun")
        threading.Event().wait(0.15)
        ctypes.PyDLL(None).sleep(30)

    def draft(self, task):
        """A file half written."""
        path = temporary_beside(Path(os.fsdecode(task.body)) / "x")
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
        os.write(descriptor, b"half")
        os.close(descriptor)
        task.report(lambda: b"begun")
        threading.Event().wait()

    def leave(self, task):
        os._exit(int(task.body))

    def leave_once(self, task):
        """Ends its process, and the next one goes on from what it noted."""
        if os.fstat(task.scratch).st_size == 0:
            os.pwrite(task.scratch, b"noted", 0)
            os._exit(7)
        return os.pread(task.scratch, 100, 0)

    def how(self, task):
        return f"{task.threads} {task.mode} {task.scratch is not None}".encode()

    def crash_as_usual(self, task):
        """Well only in another mode."""
        if not task.mode:
            ctypes.string_at(0)
        return task.mode.encode()

    def grow(self, task):
        task.held = bytearray(os.urandom(1 << 20)) * int(task.body)
        threading.Event().wait()

    def signal(self, task):
        os.kill(os.getpid(), int(task.body))
        threading.Event().wait()

    def segv(self, task):
        ctypes.string_at(0)

    def fail(self, task):
        raise ValueError("a text that may hold a value")

    def leave_by_exception(self, task):
        raise SystemExit(3)

    def large(self, task):
        from zkcompanion.engine import child

        child.MAX_BODY_BYTES = 10
        return bytes(11)

    def facts(self, task):
        import json
        import resource

        get = lambda number: ctypes.CDLL(None).prctl(number, 0, 0, 0, 0)  # noqa: E731
        return json.dumps(
            {
                "qt": sorted({name.partition(".")[0] for name in sys.modules} & {"PySide6", "shiboken6", "pyqtgraph"}),
                "cores": resource.getrlimit(resource.RLIMIT_CORE),
                "data": resource.getrlimit(resource.RLIMIT_DATA)[0],
                "dumpable": get(3) if sys.platform == "linux" else 0,
                "nice": os.nice(0),
                "session": os.getsid(0) == os.getpid(),
                "streams": _streams(),
                "interrupt": signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
                "threads": sorted(thread.name for thread in threading.enumerate()),
                "sockets": [line for name in ("tcp", "tcp6", "udp", "udp6") for line in _own_sockets(name)],
            }
        ).encode()


def _streams():
    return [str(Path(f"/proc/self/fd/{n}").readlink()) for n in (0, 1, 2)] if sys.platform == "linux" else []


def _own_sockets(kind):
    """Internet sockets of this process."""
    inodes = set()
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(str(path.readlink()).removeprefix("socket:[").removesuffix("]"))
    with contextlib.suppress(OSError), Path(f"/proc/net/{kind}").open() as table:
        yield from (line for line in table if len(line.split()) > 9 and line.split()[9] in inodes)


def open_toy(config):
    """The entry."""
    return Toy(config)


def open_never(config):
    """An entry that cannot begin."""
    raise RuntimeError


def open_stuck(config):
    """An entry that never comes to an end."""
    threading.Event().wait()


class Heard:
    """A watcher that keeps what it hears, for a test to wait for."""

    def __init__(self):
        self.events = queue.Queue()
        self.seen = []
        self.ends = {}
        self.losses = []
        self.pardoned = set()
        self.queue = None
        self.statuses = ()
        self.loads = queue.Queue()

    def started(self, job, worker, threads):
        self.events.put(("started", job, worker, threads))

    def progressed(self, job, body):
        self.events.put(("progressed", job, body))

    def ended(self, job, outcome):
        self.ends.setdefault(job, []).append(outcome)
        self.events.put(("ended", job, outcome))

    def lost(self, job, outcome):
        self.losses.append((job, outcome))
        return job in self.pardoned

    def queued(self, queue):
        self.queue = queue

    def opened(self, worker, outcome):
        self.events.put(("opened", worker, outcome))

    def workers_changed(self, workers):
        self.statuses = workers
        self.events.put(("workers", workers))

    def sampled(self, load):
        self.loads.put(load)

    def wait_for(self, what, *which):
        """The rest of the first event from now on that begins so."""
        while True:
            event = self.events.get(timeout=LIMIT_S)
            self.seen.append(event)
            if event[: 1 + len(which)] == (what, *which):
                return event[1 + len(which) :]

    def end_of(self, job):
        (outcome,) = self.wait_for("ended", job)
        return outcome

    def wait_for_state(self, state, worker="w"):
        while True:
            found = [status for status in self.statuses if status.name == worker]
            if found and found[0].state == state:
                return found[0]
            self.wait_for("workers")


class Scripted:
    """In place of `Worker`: says what a test puts into `words`."""

    def __init__(self, spec):
        self.spec, self.name = spec, spec.name
        self.state = "off"
        self.pid = None
        self.words = []
        self.ended = None
        self.done = []

    def start(self):
        self.state, self.ended = "starting", None
        self.done.append("start")

    def receive(self):
        words, self.words = self.words, []
        if any(isinstance(word, Ready) for word in words):
            self.state = "idle"
        return words

    def has_ended(self):
        return self.ended is not None

    def give(self, order, scratch=None):
        self.state = "busy"
        self.done.append(("give", order.job))

    def cancel(self, number):
        self.done.append(("cancel", number))

    def stop(self):
        self.state = self.state if self.state == "off" else "ending"

    def kill(self):
        self.state = "ending"
        self.done.append("kill")

    def bury(self):
        self.state, code, self.ended = "off", self.ended, None
        return code


@contextmanager
def crew(*, hire=True, limits=None, **spec):
    """A crew with one worker `w`, and what it tells."""
    heard = Heard()
    made = Crew(heard, limits=limits)
    if hire:
        made.hire(toy(**spec))
    made.start()
    try:
        yield made, heard
    finally:
        made.close()


@contextmanager
def pool(*, cores=2, memory_bytes=1 << 40, least=1, most=3, idle_s=30.0, at_work=9, limits=None, **spec):
    """A crew with a pool `w` of toys `w1`, `w2`, ..., and what it tells."""
    heard = Heard()
    made = Crew(heard, limits=limits)
    made.gather("w", team(**spec), rules(cores, memory_bytes, least, most, idle_s, at_work))
    made.start()
    try:
        yield made, heard
    finally:
        made.close()


def team(**spec):
    """The workers of a pool."""
    return lambda number: toy(f"w{number}", **spec)


def rules(cores=2, memory_bytes=1 << 40, least=1, most=3, idle_s=30.0, at_work=9, room=None):
    return PoolRules(Policy(Machine(cores, memory_bytes)), PoolLimits(least, most, 1, idle_s), at_work, room)


def toy(name="w", entry=open_toy, config=b"", **more):
    return Spec(name, entry, config, **more)


def job(number, kind, body=b"", **more):
    return Job(number, kind, body, **more)


def quick(**changes):
    """Limits for tests of what happens when they are over."""
    return Limits(**{"grace_s": 0.05, **changes})


@contextmanager
def plain_main():
    """Keep workers from importing the test runner, which is this process's `__main__`."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = before
