"""A job service as a window has it, and waiting for what it tells."""

import ctypes
import itertools
import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

from tests.support.workers import LIMIT_S
from zkcompanion.app.examples import find_example
from zkcompanion.app.history import History
from zkcompanion.app.job_views import JobChanged, ProofOrder
from zkcompanion.app.jobs import JobService
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.worker_entry import open_worker
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.kernels.jit import cpu_has_ifma

FOREVER = 100_000


class Window:
    """What a window is to the service; context manager."""

    def __init__(self, home, settings=None, **options):
        self.dirs = AppDirs(Path(home))
        self.bus = EventBus()
        self.history = History(self.dirs, self.bus)
        self.service = JobService(
            settings if settings is not None else Settings(), self.bus, self.history, dirs=self.dirs, **options
        )
        self.changes = queue.Queue()
        self.bus.subscribe(JobChanged, lambda event: self.changes.put(event.job))

    def __enter__(self):
        self.service.start()
        return self

    def __exit__(self, *_error):
        self.service.close()
        self.history.close()

    def wait_for(self, job, holds, limit_s=6 * LIMIT_S):
        """The first view of the job from now on for which `holds`."""
        until_s = time.monotonic() + limit_s
        while True:
            view = self.changes.get(timeout=max(0.0, until_s - time.monotonic()))
            if view.id == job and holds(view):
                return view

    def end_of(self, job):
        return self.wait_for(job, lambda view: view.ended)

    def in_phase(self, job, phase):
        """The first view that shows the phase as the last or the last but one that began.

        Phases of less than a millisecond are over before they are told. An end before that is a failure.
        """

        def holds(view):
            assert not view.ended, view
            begun = [entry.phase for entry in view.phases if entry.state != "waiting"]
            return phase in begun[-2:] and any(entry.state == "running" for entry in view.phases)

        return self.wait_for(job, holds)

    def prover_pid(self):
        """Of the worker that has a job."""
        until_s = time.monotonic() + LIMIT_S
        while time.monotonic() < until_s:
            for view in self.service.workers():
                if view.job is not None and view.name != "clerk":
                    return view.pid
        raise TimeoutError


def open_breaking(config):
    """The entry of a worker whose kernels of some families crash in native code, when it gets warm or in a proof."""
    work = open_worker(config)
    families, at = os.environ["ZKC_TEST_BROKEN"].split("@")
    backends = work._app.backends
    proving = backends.proving
    run = work.run

    def proving_or_crash(trace):
        kind = backends._kind if backends._kind != "auto" else "ifma" if cpu_has_ifma() else "scalar"
        if kind in families.split(",") and work.kind == at:
            ctypes.string_at(0)
        return proving(trace)

    def note(task):
        work.kind = task.kind
        return run(task)

    backends.proving, work.run = proving_or_crash, note
    return work


def open_dying(config):
    """The entry of a worker that ends by a signal in the middle of a proof.

    ZKC_TEST_DIES is a JSON object: `signal`; `when`: names of `RecordingTrace`'s methods; `phase` of their calls, ""
    for any; `after`: so many such calls pass; `families`: of kernels that this happens to, always; without them it
    happens once for each `marker`, a path. With `alarm_s` the signal comes so long after the call, whatever runs then.
    """
    work = open_worker(config)
    plan = json.loads(os.environ["ZKC_TEST_DIES"])
    run = work.run
    seen = itertools.count()
    proving = []

    def die():
        if plan.get("families"):
            kinds = [kind for kind, _ in work._app.backends._made] or [""]
            best = "ifma" if cpu_has_ifma() else "scalar"
            if (best if kinds[-1] == "auto" else kinds[-1]) not in plan["families"]:
                return
        else:
            try:
                os.close(os.open(plan["marker"], os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
        if plan.get("alarm_s"):
            signal.signal(plan["signal"], signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, plan["alarm_s"])
        else:
            os.kill(os.getpid(), plan["signal"])
            threading.Event().wait()

    def watched(method):
        def call(self, *arguments):
            done = method(self, *arguments)
            wanted = not plan.get("phase") or arguments[0] == plan["phase"]
            if proving and wanted and next(seen) >= plan.get("after", 0):
                die()
            return done

        return call

    for name in plan["when"]:
        setattr(RecordingTrace, name, watched(getattr(RecordingTrace, name)))

    def note(task):
        proving[:] = [task] if task.kind == "prove" else []
        try:
            return run(task)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    work.run = note
    return work


def order_of(example_id, **more):
    """An order for a bundled circuit with its own inputs."""
    example = find_example(example_id)
    more.setdefault("inputs", example.input_path.read_bytes())
    return ProofOrder(example.files, example.title, "", **more)


def say(text):
    """To the test that started this program."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
