"""Writers that are killed at any moment: what they acknowledged is there, whole, once, and nothing is left over."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from zkcompanion.app.preferences import PreferenceStore
from zkcompanion.base.atomicfile import TEMPORARY_SUFFIX
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import SealedStore
from zkcompanion.storage.schema import Schema
from zkcompanion.storage.spool import Event, spool_event, waiting
from zkcompanion.storage.store import Store

ROOT = Path(__file__).resolve().parent.parent.parent
_LIMIT_S = 60.0

PAIRS = Schema(
    "pairs",
    (
        (
            "CREATE TABLE heads (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
            "CREATE TABLE tails (head INTEGER PRIMARY KEY REFERENCES heads (id), text TEXT NOT NULL) STRICT",
            "CREATE TABLE events (id TEXT NOT NULL, kind TEXT NOT NULL) STRICT",
        ),
    ),
)


@dataclass
class Tally:
    """What many kills left."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    torn: int = 0
    corrupt: int = 0
    twice: int = 0
    orphaned: int = 0

    @property
    def faults(self) -> int:
        """All that must be 0."""
        return self.lost + self.torn + self.corrupt + self.twice + self.orphaned

    def as_json(self) -> dict[str, int]:
        """As it stands in a report."""
        return asdict(self)


# -- what is killed ----------------------------------------------------------------------------------------------------


def _say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def change_preferences(home: Path, first: int) -> None:
    """Change two preferences together for ever; say each number that was kept."""
    store = PreferenceStore(AppDirs(home), EventBus())
    number = first
    while True:
        number += 1
        store.change(threads=number % 4096, text_percent=80 + number % 121)
        _say(number)


def write_pairs(folder: Path, first: int) -> None:
    """Write two rows that belong together, now and then take the spool in and empty the log; say what was kept."""
    store = Store(lambda: folder, PAIRS)
    number = first
    while True:
        number += 1

        def job(connection: object, number: int = number) -> None:
            _put_pair(connection, number)

        store.write(job).result()
        _say(f"pair {number}")
        if number % 5 == 0:
            store.take_spool(_put_event, lambda event: _say(f"event {event.id}"), kinds={"pair"})
        if number % 7 == 0:
            store.write(lambda connection: connection.execute("PRAGMA wal_checkpoint(PASSIVE)"), alone=True).result()


def _put_pair(connection: object, number: int) -> None:
    execute = connection.execute  # type: ignore[attr-defined]
    execute("INSERT INTO heads VALUES (?, ?)", (number, f"{number} " * 200))
    execute("INSERT INTO tails VALUES (?, ?)", (number, f"{number} " * 200))


def _put_event(connection: object, event: Event) -> None:
    connection.execute("INSERT INTO events VALUES (?, ?)", (event.id, event.kind))  # type: ignore[attr-defined]


def leave_events(folder: Path, _first: int) -> None:
    """Leave events for the writer of pairs; say each that was left."""
    place = folder / "pairs.spool"
    for _ in range(200):
        _say(f"left {spool_event(place, 'pair', {'text': 'x' * 500})}")


def fill_cache(folder: Path, first: int) -> None:
    """Put entries into a sealed cache for ever; say each that was kept."""
    cache = SealedStore(folder / "cache", folder / "seal.key", max_entries=1 << 20)
    number = first
    while True:
        number += 1
        if cache.put("entry", str(number).encode(), _entry(number)):
            _say(f"entry {number}")


def _entry(number: int) -> bytes:
    return f"{number} ".encode() * 4000


def fill_small_cache(folder: Path, first: int) -> None:
    """Put entries into a cache that is full, so that each puts another out; say each that was kept."""
    from .cache_uses import made_entry

    cache = SealedStore(folder / "cache", folder / "seal.key")
    number = first
    while True:
        number += 1
        if cache.put("entry", b"%d" % number, made_entry(number % 40, number)):
            _say(number)


# -- who kills ---------------------------------------------------------------------------------------------------------


@contextmanager
def _victim(what: str, folder: Path, first: int, module: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(ROOT / "scripts")))
    code = (
        f"import sys; from pathlib import Path; from measure.{module} import {what} as run;"
        " run(Path(sys.argv[1]), int(sys.argv[2]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(first)], stdout=subprocess.PIPE, env=environment, bufsize=0
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(_LIMIT_S)
        if process.stdout is not None:
            process.stdout.close()


def killed(what: str, folder: Path, first: int, words: int, delay_s: float, module: str = "kills") -> list[str]:
    """Start a function of a module here, wait for so many words and a moment, kill; all words that were said.

    An end before is an error.
    """
    with _victim(what, folder, first, module) as process:
        assert process.stdout is not None
        heard = b""
        until_s = time.monotonic() + _LIMIT_S
        while heard.count(b"\n") < words and time.monotonic() < until_s:
            part = os.read(process.stdout.fileno(), 1 << 16)
            if not part:
                break
            heard += part
        select.select([], [], [], delay_s)
        ended = process.poll()
        process.send_signal(signal.SIGKILL)
        while part := os.read(process.stdout.fileno(), 1 << 16):
            heard += part
        if ended not in {None, 0}:
            raise RuntimeError(f"{what} ended by itself ({ended})")
        return heard[: heard.rfind(b"\n") + 1].decode().split("\n")[:-1]


def preference_kills(home: Path, kills: int, least: int, *, seed: int = 1) -> Tally:
    """Kill a process that changes preferences so often, until at least so many changes were acknowledged."""
    chance = random.Random(seed)
    tally = Tally()
    number = 0
    while tally.kills < kills or tally.acknowledged < least:
        words = chance.randrange(1, max(3, 2 * least // kills))
        said = killed("change_preferences", home, number, words, chance.random() * 0.01)
        tally.kills += 1
        tally.acknowledged += len(said)
        last = int(said[-1])
        store = PreferenceStore(AppDirs(home), EventBus())
        found, percent, notice = store.current.threads, store.current.text_percent, store.notice
        store.close()
        tally.corrupt += notice is not None
        # it was killed at the next change, before or after this was on the disk
        after = last + 1 if found == (last + 1) % 4096 else last
        tally.lost += found != after % 4096
        tally.torn += percent != 80 + after % 121
        number = after
    tally.orphaned = _strangers(home / "config", {"settings.sqlite", "settings.lock"})
    return tally


def store_kills(folder: Path, kills: int, *, seed: int = 1) -> Tally:
    """Kill writers of a store, of its spool and of a cache in turn, so often together."""
    chance = random.Random(seed)
    tally = Tally()
    left: set[str] = set()
    taken: set[str] = set()
    number = entry = 0
    entries: list[int] = []
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    while tally.kills < kills:
        what = ("write_pairs", "leave_events", "fill_cache", "write_pairs")[tally.kills % 4]
        first = entry if what == "fill_cache" else number
        said = killed(what, folder, first, chance.randrange(1, 25), chance.random() * 0.01)
        tally.kills += 1
        tally.acknowledged += len(said)
        told: dict[str, list[str]] = {"pair": [], "event": [], "left": [], "entry": []}
        for line in said:
            word, _, rest = line.partition(" ")
            told[word].append(rest)
        left |= set(told["left"])
        taken |= set(told["event"])
        entries += map(int, told["entry"])
        entry = max([entry, *entries]) + 1
        number = _look(folder, tally, max([number, *map(int, told["pair"])]), taken)
    _end(folder, tally, left)
    cache = SealedStore(folder / "cache", folder / "seal.key", max_entries=1 << 20)
    tally.lost += sum(cache.get("entry", str(one).encode()) != _entry(one) for one in entries)
    # temporary files of killed writers go when they are an hour old, or at the cache's own sweep
    tally.orphaned += _strangers(folder, {"pairs.sqlite", "pairs.lock", "pairs.spool", "cache", "seal.key"})
    return tally


def _look(folder: Path, tally: Tally, acknowledged: int, taken: set[str]) -> int:
    """See what is there; the last number."""
    store = Store(lambda: folder, PAIRS)
    store.open()
    with store:
        heads, tails, events, check = store.read(
            lambda connection: tuple(
                connection.execute(sql).fetchall()
                for sql in (
                    "SELECT id, text FROM heads",
                    "SELECT head, text FROM tails",
                    "SELECT id FROM events",
                    "PRAGMA integrity_check",
                )
            )
        )
    last = max((row[0] for row in heads), default=0)
    tally.corrupt += check != [("ok",)] or store.notice is not None
    tally.torn += len(set(heads) ^ set(tails))
    tally.lost += max(0, acknowledged - len(heads)) + (last not in {acknowledged, acknowledged + 1})
    found = [row[0] for row in events]
    tally.lost += len(taken - set(found))
    tally.twice += len(found) - len(set(found))
    return last


def _end(folder: Path, tally: Tally, left: set[str]) -> None:
    """Take the rest of the spool in: each event that was left is there once, and nothing waits."""
    with Store(lambda: folder, PAIRS) as store:
        store.open()
        store.take_spool(_put_event, lambda _event: None, kinds={"pair"})
        found = [
            row[0] for row in store.read(lambda connection: connection.execute("SELECT id FROM events").fetchall())
        ]
        tally.lost += len(left - set(found))
        tally.twice += len(found) - len(set(found))
        tally.orphaned += len(waiting(store.spool_folder))


def _strangers(folder: Path, known: set[str]) -> int:
    names = (path.name for path in folder.iterdir())
    return sum(name not in known and not name.endswith(TEMPORARY_SUFFIX) for name in names)
