"""One worker process from the outside: start it, give it a job, hear it, end it. No thread, no waiting, no policy."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Literal

from zkcompanion.base.atomicfile import remove_temporaries
from zkcompanion.base.errors import BugError
from zkcompanion.base.messages import msg
from zkcompanion.engine.child import Entry, child_main
from zkcompanion.engine.pipe import HostPipe
from zkcompanion.engine.scratch import lend
from zkcompanion.engine.wire import (
    MAX_BYTES,
    PROTOCOL,
    Cancel,
    FromHost,
    FromWorker,
    Progress,
    Ready,
    Start,
    Stop,
    encode,
    from_worker,
)

#: `starting`: imports; `idle`, `busy`: listens; `ending`: was told to end, or killed; `off`: there is no process.
State = Literal["off", "starting", "idle", "busy", "ending"]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a worker is: its name, what runs in it, and the folders in which it may leave temporary files.

    `opening`: the kind of a job that each new process does before all others, without a body; "" for none.
    """

    name: str
    entry: Entry
    config: bytes = field(repr=False)
    opening: str = ""
    folders: Callable[[], tuple[Path, ...]] = tuple


@dataclass(slots=True)
class _Life:
    """A process. `token` of its temporary files, once it has told it; `deaf`: nothing that it says counts any more."""

    process: SpawnProcess
    pipe: HostPipe
    token: str | None = None
    deaf: bool = False


class Worker:
    """A process and the pipe to it. All methods are for one thread, the supervisor's."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.state: State = "off"
        self._life: _Life | None = None

    @property
    def name(self) -> str:
        """Which worker this is; its successors have the same name."""
        return self.spec.name

    @property
    def pid(self) -> int | None:
        """Of its process, where there is one."""
        return self._life.process.pid if self._life is not None else None

    def start(self) -> None:
        """Begin a process; only where there is none. Raises: OSError where the system has no room for another."""
        context = get_context("spawn")
        ours, theirs = context.Pipe(duplex=True)
        try:
            process = context.Process(
                target=child_main,
                args=(theirs, self.spec.entry, self.spec.config),
                name=f"zkcompanion {self.name}",
                daemon=True,
            )
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._life = _Life(process, HostPipe(ours, MAX_BYTES))
        self.state = "starting"

    def watched(self) -> tuple[Connection | int, ...]:
        """What `multiprocessing.connection.wait` should wait for."""
        life = self._life
        if life is None:
            return ()
        return (life.process.sentinel,) if life.deaf else (life.pipe.connection, life.process.sentinel)

    def receive(self) -> list[FromWorker]:
        """What has come in; of several words on how far a job is the last. A worker that talks nonsense is killed."""
        messages: list[FromWorker] = []
        life = self._life
        if life is None or life.deaf:
            return messages
        try:
            words, more = life.pipe.take(everything=self.has_ended())
            for word in words:
                message = from_worker(word)
                if isinstance(message, Ready):
                    self._hear_ready(life, message)
                if messages and isinstance(message, Progress) and isinstance(messages[-1], Progress):
                    messages.pop()
                messages.append(message)
        except BugError:
            more = False
        if not more:
            self.kill()  # closed, or broken: its death follows, or is brought about
        return messages

    def has_ended(self) -> bool:
        """Whether the process is over (`bury` comes next)."""
        if self._life is None:
            return False
        process = self._life.process
        # somebody else may have taken its exit code; what it held open is closed all the same
        return process.exitcode is not None or bool(wait([process.sentinel], 0))

    def give(self, order: Start, scratch: int | None = None) -> None:
        """Start a job; only where it is idle. `scratch` is lent to it, and stays open here."""
        self.state = "busy"
        lent = lend(scratch)
        if not self._send(replace(order, scratch=lent is not None), lent):
            self.kill()  # it said that it is idle, and has not heard the order before

    def cancel(self, job: int) -> None:
        """Ask it to stop a job."""
        self._send(Cancel(job))

    def stop(self) -> None:
        """Ask the process to end; one that does not listen yet is killed."""
        if self.state == "starting":
            self.kill()
        elif self._life is not None:
            self.state = "ending"
            self._send(Stop())

    def kill(self) -> None:
        """End the process, whatever it does; its sentinel tells when it is over."""
        if self._life is not None:
            self.state = "ending"
            self._life.deaf = True
            self._life.process.kill()

    def bury(self) -> int:
        """Wait for the end of the process and clean up after it; its exit code, negative for a signal."""
        life, self._life = self._life, None
        self.state = "off"
        if life is None:
            return 0
        life.process.join()
        exit_code = life.process.exitcode or 0
        with contextlib.suppress(ValueError):  # raised where somebody else took its exit code
            life.process.close()
        life.pipe.close()
        if life.token is not None:
            with contextlib.suppress(OSError):
                for folder in self.spec.folders():
                    remove_temporaries(folder, life.token)
        return exit_code

    def _hear_ready(self, life: _Life, message: Ready) -> None:
        if message.protocol != PROTOCOL:
            raise BugError(msg("The worker process is of another version than the window."))
        if life.token is not None:
            raise BugError(msg("A worker process said twice that it is ready."))
        life.token = message.token
        self.state = "idle"

    def _send(self, message: FromHost, lent: int | None = None) -> bool:
        """Into the pipe, and `lent` after it; where nobody reads any more, the sentinel tells.

        What does not go through because something long is under way is left out: a cancel is followed by a kill.
        """
        return self._life is not None and self._life.pipe.send(encode(message), lent)
