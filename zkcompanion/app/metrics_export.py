"""Metrics for other tools: a text file that is written anew every 15 s, and a local endpoint; each when asked for."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion import __version__
from zkcompanion.app.monitor_views import Sample, SampleTaken
from zkcompanion.app.preferences import Preferences, PreferencesChanged
from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import CompanionError, FileError, error_of_system
from zkcompanion.base.events import EventBus
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.regularfile import open_regular
from zkcompanion.monitoring.openmetrics import BEGINNING, CONTENT_TYPE, Counts, exposition

if TYPE_CHECKING:
    from zkcompanion.app.metrics_endpoint import MetricsEndpoint

_LOG = get_logger(__name__)

#: How often the file is written.
EVERY_S = 15.0
#: Whoever collects the file may be another user; there is no secret in it.
_MODE = 0o644


class LatestMetrics:
    """The text of what was measured last. Safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()
        self._sample: Sample | None = None

    def take(self, sample: Sample) -> None:
        """The next sample."""
        with self._lock:
            self._sample = sample
            self._counts.add(sample)

    def text(self) -> str:
        """OpenMetrics 1.0."""
        with self._lock:
            sample, counts = self._sample, dict(self._counts.counts())
        return exposition(sample, counts, version=__version__)


def open_endpoint(port: int, latest: LatestMetrics, clock: Clock) -> MetricsEndpoint:
    """Give them at a port of the loopback address. Raises: ResourceError."""
    # nothing that could listen is loaded before somebody asks for it
    from zkcompanion.app.metrics_endpoint import MetricsEndpoint

    return MetricsEndpoint(port, latest.text, CONTENT_TYPE, clock=clock)


class MetricsExport:
    """What the user's preferences ask for, from `start` until `close`; safe to call from any thread."""

    def __init__(self, bus: EventBus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._latest = LatestMetrics()
        self._lock = threading.Lock()
        self._endpoint: MetricsEndpoint | None = None
        self._port = 0
        self._file: MetricsFile | None = None
        self._notice: Message | None = None
        # to open and to close takes a moment, for which the window does not wait
        self._changes = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._ends = (
            bus.subscribe(SampleTaken, lambda event: self._latest.take(event.sample)),
            bus.subscribe(PreferencesChanged, self._changed),
        )

    def start(self, preferences: Preferences) -> Future[None]:
        """Give what these ask for, and nothing else, in a moment; what stays the same goes on."""
        return self._changes.submit(self._give, preferences.metrics_port, preferences.metrics_file)

    def _changed(self, event: PreferencesChanged) -> None:
        self.start(event.after)

    @property
    def url(self) -> str | None:
        """Where the endpoint is; None where there is none."""
        with self._lock:
            return self._endpoint.url if self._endpoint is not None else None

    @property
    def notice(self) -> Message | None:
        """Why what was asked for is not given."""
        with self._lock:
            return self._notice or (self._file.notice if self._file is not None else None)

    def close(self) -> None:
        """Give nothing more; idempotent. The file stays, with the date of its last sample in it."""
        for end in self._ends:
            end()
        self._changes.shutdown()
        self._give(0, "")

    def _give(self, port: int, name: str) -> None:
        with self._lock:
            self._serve(port)
            self._write(name)

    def _serve(self, port: int) -> None:
        if port == self._port:
            return
        self._port, self._notice = port, None
        before, self._endpoint = self._endpoint, None
        if before is not None:
            before.close()
        if port:
            try:
                self._endpoint = open_endpoint(port, self._latest, self._clock)
            except CompanionError as error:
                self._notice = error.message
                _LOG.warning("The endpoint for metrics could not be opened (%s).", error.code)

    def _write(self, name: str) -> None:
        if self._file is not None and self._file.name == name:
            return
        before, self._file = self._file, None
        if before is not None:
            before.close()
        if name:
            self._file = MetricsFile(name, self._latest)


class MetricsFile:
    """Writes the text into a file when it is made and, in a thread of its own, until `close`; whole each time."""

    def __init__(self, name: str, latest: LatestMetrics, *, every_s: float = EVERY_S) -> None:
        self.name = name
        self._latest = latest
        self._every_s = every_s
        #: why the last time failed
        self.notice: Message | None = None
        self._ended = threading.Event()
        # whoever asked for it hears at once why it cannot be
        self._put()
        self._thread = threading.Thread(target=self._run, name="metrics-file", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write no more; idempotent."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self._put()

    def _put(self) -> None:
        try:
            write_metrics(Path(self.name), self._latest.text(), ours=True)
        except CompanionError as error:
            if self.notice is None:
                _LOG.warning("The file of metrics could not be written (%s).", error.code)
            self.notice = error.message
        else:
            self.notice = None


def write_metrics(path: Path, text: str, *, ours: bool = False) -> None:
    """Put the text into a file that others may read. Raises: FileError, ResourceError.

    `ours`: replace nothing but an empty file or earlier metrics, and wait for no device or pipe.
    """
    failed = msg("The metrics cannot be written to {file}.", file=path)
    try:
        if ours and not _is_ours(path):
            raise FileError(
                msg("There is another file of this name, which is kept: {file}.", file=path),
                file=str(path),
                hint=msg("Choose another name, or remove that file."),
            )
        # whoever reads it asks again soon, so that it need not outlast a power cut
        write_atomic(path, text.encode(), mode=_MODE, durable=False)
    except OSError as error:
        raise error_of_system(error, failed, file=str(path)) from None
    except ValueError:  # no name of a file
        raise FileError(failed, file=str(path)) from None


def _is_ours(path: Path) -> bool:
    """Whether nothing is lost where this is replaced. Raises: OSError, ValueError."""
    try:
        with open_regular(path, follow_links=True) as stream:
            return stream.read(len(BEGINNING)) in {b"", BEGINNING}
    except FileNotFoundError:
        return True
