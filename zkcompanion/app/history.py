"""What this machine has proved: no inputs, no public signals, no proofs; times, sizes and outcomes.

The file is `history.json` in the state folder: an object with `version`, `next_id` and `records`, oldest first, each
record an object with the fields of `ProofRecord`. Versions:

- 1: the fields below.

A file of a newer version is left as it is: what this version can read of it is shown, and nothing more is kept.
"""

from __future__ import annotations

import contextlib
import statistics
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Literal, get_type_hints

import msgspec

from zkcompanion.app.job_views import ExpectationView
from zkcompanion.base.documents import aside_files, read_document, set_aside, write_document
from zkcompanion.base.errors import BugError, FileError, ResourceError
from zkcompanion.base.events import EventBus
from zkcompanion.base.logs import redact
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.plainmessages import message_from_plain, message_to_plain

VERSION = 1
FILE_NAME = "history.json"
#: Some thousand bytes for each record that may be kept; the readers' own limits are above it.
_MAX_BYTES = 16 << 20
#: Runs that an expectation looks at.
_LOOKS_BACK = 10

Outcome = Literal["verified", "failed", "cancelled"]
#: Year 9999: what is later no calendar shows.
UnixSeconds = Annotated[float, msgspec.Meta(ge=0, lt=253402300800)]
Seconds = Annotated[float, msgspec.Meta(ge=0, lt=1e12)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
#: Far more than a life of proofs, and far below what a number in JSON may be.
_MOST_IDS = 1 << 40


@dataclass(frozen=True, slots=True)
class ProofRecord:
    """One finished run. `seconds` and `phases` are the medians of its proofs, None and empty where none was made.

    `source` is an example's id or the path of the circuit's key or constraints, to run it again (the inputs are asked
    for then). `error_code` is a code of `base/errors`.
    """

    id: Count
    unix_s: UnixSeconds
    circuit: str
    title: Message
    source: str
    fingerprint: str
    outcome: Outcome
    proofs: Count
    seconds: Seconds | None = None
    phases: tuple[tuple[str, Seconds], ...] = ()
    constraints: Count | None = None
    kernels: str = ""
    threads: Count = 0
    key: str = ""
    peak_rss_bytes: Count = 0
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryChanged:
    """Event: a record was added or removed."""


#: The type of each field but the title, whose parameters are of any.
_TYPES = {name: kind for name, kind in get_type_hints(ProofRecord, include_extras=True).items() if name != "title"}


class History:
    """The last runs, newest first, in one file that is replaced whole; safe to call from any thread.

    Arguments:
        wanted: asked at every `add`; False keeps nothing.
        keep: records kept; the oldest go first.

    Nothing here raises for the disk: what cannot be written is kept until the program ends, and `notice` says so.
    """

    def __init__(
        self, dirs: AppDirs, bus: EventBus, *, wanted: Callable[[], bool] = lambda: True, keep: int = 1000
    ) -> None:
        self._dirs = dirs
        self._bus = bus
        self._wanted = wanted
        self._keep = keep
        self._lock = threading.Lock()
        self._found: Message | None = None  # what is said of the file that was read
        self._unsaved: Message | None = None  # why the last change is not on the disk
        self._newer = False
        self._next_id = 1
        self._records: tuple[ProofRecord, ...] = ()  # newest first
        self._read()

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file."""
        return self._unsaved or self._found

    def records(self) -> tuple[ProofRecord, ...]:
        """All of them, newest first."""
        return self._records

    def add(self, record: ProofRecord) -> ProofRecord:
        """Keep a record (its `id` is given here) unless the user wants none kept; then its `id` is 0.

        Raises: BugError for a record whose fields are not what they are declared as.
        """
        if not self._wanted():
            return replace(record, id=0)
        cleaned = _clean(replace(record, id=1))
        with self._lock:
            kept = replace(cleaned, id=self._next_id)
            self._next_id += 1
            self._put((kept, *self._records))
        self._bus.publish(HistoryChanged())
        return kept

    def remove(self, record_id: int) -> ProofRecord | None:
        """Take one out; what was there, so that it can be put back."""
        with self._lock:
            found = next((record for record in self._records if record.id == record_id), None)
            if found is None:
                return None
            self._put(record for record in self._records if record is not found)
        self._bus.publish(HistoryChanged())
        return found

    def restore(self, record: ProofRecord) -> None:
        """Put a removed record back in its place; nothing where it is there, or was never kept."""
        with self._lock:
            if record.id < 1 or any(kept.id == record.id for kept in self._records):
                return
            self._next_id = max(self._next_id, record.id + 1)
            self._put((record, *self._records))
        self._bus.publish(HistoryChanged())

    def clear(self) -> None:
        """Forget all, what was set aside and what a newer version wrote included; ids are not used again."""
        with self._lock:
            self._newer = False
            self._found = None
            self._put(())
            with contextlib.suppress(OSError, FileError):
                for path in aside_files(self._dirs.state / FILE_NAME):
                    path.unlink()
        self._bus.publish(HistoryChanged())

    def expectation(self, fingerprint: str, *, kernels: str, threads: int) -> ExpectationView | None:
        """What earlier proofs of this circuit lead to expect; None where there is none.

        From the last ten verified runs with these kernels and threads; `phases` are medians, in the order of the last.
        """
        alike = [
            record
            for record in self._records
            if record.outcome == "verified"
            and record.seconds is not None
            and (record.fingerprint, record.kernels, record.threads) == (fingerprint, kernels, threads)
        ][:_LOOKS_BACK]
        if not alike:
            return None
        seconds = [record.seconds for record in alike if record.seconds is not None]
        phases: dict[str, list[float]] = {}
        for record in alike:
            for name, phase_s in record.phases:
                phases.setdefault(name, []).append(phase_s)
        medians = tuple((name, statistics.median(values)) for name, values in phases.items())
        return ExpectationView(min(seconds), max(seconds), len(seconds), medians)

    # -- the file, with the lock held ----------------------------------------------------------------------------------

    def _put(self, records: Iterable[ProofRecord]) -> None:
        """These are the records from now on, newest first by id, on the disk too."""
        self._records = tuple(sorted(records, key=lambda record: -record.id)[: self._keep])
        if self._newer:
            return
        data = {
            "version": VERSION,
            "next_id": self._next_id,
            "records": [_to_plain(record) for record in reversed(self._records)],
        }
        try:
            write_document(self._dirs.state / FILE_NAME, data, indent=None)
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
        else:
            self._unsaved = None

    def _read(self) -> None:
        try:
            path = self._dirs.state / FILE_NAME
        except FileError as error:
            self._found = _not_kept(error)
            return
        found = read_document(path, max_bytes=_MAX_BYTES)
        self._found = found.notice
        if not found.data:
            return
        version, rows, next_id = (found.data.get(name) for name in ("version", "records", "next_id"))
        rows = rows if isinstance(rows, list) else []
        read = (record for record in map(_from_plain, rows) if record is not None)
        records = {record.id: record for record in read if 1 <= record.id <= _MOST_IDS}
        self._records = tuple(sorted(records.values(), key=lambda record: -record.id)[: self._keep])
        given = next_id if isinstance(next_id, int) and 1 <= next_id <= _MOST_IDS else 1
        self._next_id = max([given, *(number + 1 for number in records)])
        if isinstance(version, int) and version > VERSION:
            self._newer = True
            self._found = msg("{file} is of a newer version of this program, so it is left as it is.", file=FILE_NAME)
        elif len(records) < len(rows) or version != VERSION:
            self._found = set_aside(path)
            self._put(self._records)


def _not_kept(error: FileError | ResourceError) -> Message:
    return msg("The list of proofs cannot be saved: {why}", why=error.message)


def _to_plain(record: ProofRecord) -> dict[str, object]:
    plain: dict[str, object] = {name: getattr(record, name) for name in _TYPES}
    return plain | {"title": message_to_plain(record.title)}


def _from_plain(plain: object) -> ProofRecord | None:
    """The record, or None where it is none."""
    title = message_from_plain(plain.get("title")) if isinstance(plain, dict) else None
    if not isinstance(plain, dict) or title is None:
        return None
    try:
        values = {name: msgspec.convert(plain[name], kind) for name, kind in _TYPES.items() if name in plain}
        return ProofRecord(title=title, **values)
    except (msgspec.ValidationError, TypeError):  # TypeError: a field without a default is missing
        return None


def _clean(record: ProofRecord) -> ProofRecord:
    """As it goes to the file: texts that are Unicode, and no long number in a title, where nobody looks for one."""
    plain = {name: _unicode(value) if isinstance(value, str) else value for name, value in _to_plain(record).items()}
    cleaned = _from_plain(plain | {"title": _redacted(plain["title"])})
    if cleaned is None:
        raise BugError(msg("A finished run cannot be written down as it is."))
    return cleaned


def _redacted(value: object) -> object:
    if isinstance(value, dict):
        return {name: _redacted(inner) for name, inner in value.items()}
    text = str(value)
    clean = _unicode(redact(text))
    return value if clean == text else clean


def _unicode(text: str) -> str:
    """A file's name may hold bytes that are no text; they are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
