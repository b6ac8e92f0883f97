"""A year of 30 series in the store of the monitor: its size, and what asking and adding cost."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from zkcompanion.monitoring.blocks import (
    HOURS_BLOCK_S,
    MINUTES_BLOCK_S,
    NO_HOURS,
    NO_MINUTES,
    SAMPLES_BLOCK_S,
    TENTHS,
    Samples,
    encode_hours,
    encode_minutes,
    encode_samples,
)
from zkcompanion.monitoring.samples import Sample
from zkcompanion.monitoring.series_rows import SCHEMA, put_series
from zkcompanion.monitoring.store import TAIL_S, MonitorStore
from zkcompanion.monitoring.tiers import BLOCK_S, KEPT_S, Tier, hours_of, joined_hours, joined_minutes, minutes_of
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.store import Store

from .kills import killed

DAY_S = 86400
END_S = 1_796_256_000 // HOURS_BLOCK_S * HOURS_BLOCK_S


def _busy(chance: random.Random) -> Iterator[float]:
    """A processor in tenths of a percent: mostly idle and restless, now and then at work for minutes."""
    left = 0
    while True:
        if left <= 0 and chance.random() < 1 / 600:
            left = chance.randrange(20, 400)
        left -= 1
        value = chance.gauss(92, 5) if left > 0 else abs(chance.gauss(4, 4))
        yield round(min(100.0, max(0.0, value)), 1)


def _held(chance: random.Random) -> Iterator[float]:
    """Memory in pages, which never rests."""
    held = 6e9
    while True:
        held += chance.gauss(0, 3e6) + (6e9 - held) * 0.001
        yield float(int(held) // 4096 * 4096)


def _warm(chance: random.Random) -> Iterator[float]:
    """Degrees."""
    warm = 50.0
    while True:
        warm += chance.gauss(0, 0.3) + (55 - warm) * 0.01
        yield float(round(warm))


def _now_and_then(chance: random.Random) -> Iterator[float]:
    """Zero, but for a second now and then."""
    while True:
        yield float(chance.randrange(1, 9)) if chance.random() < 1 / 50 else 0.0


def _noise(chance: random.Random) -> Iterator[float]:
    """What no codec makes small."""
    while True:
        yield chance.random() * 100


Make = Callable[[random.Random], Iterator[float]]

#: 30 series as a machine with eight cores and four workers has them.
KINDS: Mapping[str, Make] = {
    "machine.processor": _busy,
    **{f"machine.core/{core}": _busy for core in range(8)},
    "machine.memory": _held,
    "machine.memory_free": _held,
    "machine.temperature": _warm,
    "machine.frequency": _noise,
    "machine.disk_read": _now_and_then,
    "machine.disk_written": _noise,
    "machine.swap": _now_and_then,
    **{f"worker.memory/prover-{worker}": _held for worker in range(4)},
    **{f"worker.processor/prover-{worker}": _busy for worker in range(4)},
    "engine.waiting": _now_and_then,
    "engine.running": _now_and_then,
    "proofs.verified": _now_and_then,
    "cache.hits": _now_and_then,
    "cache.misses": _now_and_then,
    "monitor.cost": _warm,
}
#: The same with nothing in them that a codec could use.
WORST: Mapping[str, Make] = {f"machine.core/{core}": _noise for core in range(30)}

Bodies = Mapping[Tier, list[bytes]]


def _ten_days(make: Make) -> Bodies:
    """The blocks of one series over ten days, by tier; each is the same wherever it stands."""
    values = make(random.Random(1))
    begin_s = END_S - HOURS_BLOCK_S
    minutes = NO_MINUTES
    hours = NO_HOURS
    found: dict[Tier, list[bytes]] = {tier: [] for tier in Tier}
    for first_s in range(begin_s, END_S, 3600):
        times = [first_s * TENTHS + 3 + TENTHS * second for second in range(3600)]
        samples = Samples(times, list(islice(values, 3600)))
        if first_s >= END_S - DAY_S:
            for part in range(0, 3600, SAMPLES_BLOCK_S):
                some = Samples(times[part : part + SAMPLES_BLOCK_S], samples.values[part : part + SAMPLES_BLOCK_S])
                found[Tier.RAW].append(encode_samples(first_s + part, {0: some}))
        minutes = joined_minutes(minutes, minutes_of(samples))
        hours = joined_hours(hours, hours_of(samples))
        if (first_s + 3600) % MINUTES_BLOCK_S == 0:
            found[Tier.MINUTE].append(encode_minutes(first_s + 3600 - MINUTES_BLOCK_S, minutes))
            minutes = NO_MINUTES
    found[Tier.HOUR].append(encode_hours(begin_s, hours))
    return found


def year(folder: Path, kinds: Mapping[str, Make] = KINDS) -> MonitorStore:
    """A store as it is after a year: hours for all of it, minutes for 90 days, samples for one.

    Ten days of each kind of series are made, second for second, and stand there again and again. Blocks grow to their
    length in four steps, as those of the program grow, so that the file's pages are as full as they are then.
    """
    made = {make: _ten_days(make) for make in set(kinds.values())}
    file = Store(lambda: folder, SCHEMA)
    names = list(enumerate(kinds, 1))
    file.write(lambda connection: put_series(connection, names)).result()
    for tier in (Tier.HOUR, Tier.MINUTE, Tier.RAW):
        length = BLOCK_S[tier]
        first_s = (END_S - min(365 * DAY_S, KEPT_S[tier])) // length * length
        for begin_s in range(first_s, END_S, length):

            def job(connection: sqlite3.Connection, tier: Tier = tier, begin_s: int = begin_s) -> None:
                for part in range(1, 5):
                    for number, name in names:
                        bodies = made[kinds[name]][tier]
                        body = bodies[(begin_s // BLOCK_S[tier]) % len(bodies)]
                        _put(connection, tier, number, begin_s, body if part == 4 else body[: len(body) * part // 4])

            file.write(job).result()
    file.close()
    return MonitorStore(lambda: folder)


def _put(connection: sqlite3.Connection, tier: Tier, series: int, begin_s: int, body: bytes) -> None:
    connection.execute(
        "INSERT INTO blocks (tier, series, begin, body, digest) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (tier, series, begin) DO UPDATE SET body = excluded.body, digest = excluded.digest",
        (int(tier), series, begin_s, body, row_digest(int(tier), series, begin_s, body)),
    )


def asked(store: MonitorStore, days: float, points: int, series: int = 30) -> float:
    """Seconds of the quickest of three questions over the last days."""
    names = list(KINDS)[:series]
    found = []
    for _ in range(3):
        begin_s = time.perf_counter()
        answers = store.curves(names, END_S - days * DAY_S, END_S, points)
        found.append(time.perf_counter() - begin_s)
        if not all(answers):
            raise RuntimeError("a series without points")
    return min(found)


def kept(folder: Path, seconds: int = 3600) -> dict[str, float]:
    """What it costs to keep 30 series for so many seconds, as the program does it, but without waiting between them.

    `share`: processor time of all threads for a second of samples, of which a core has one.
    """
    store = MonitorStore(lambda: folder)
    series = {name: make(random.Random(number)) for number, (name, make) in enumerate(KINDS.items())}
    samples = [
        Sample(END_S + second, float(second), {name: next(values) for name, values in series.items()})
        for second in range(seconds)
    ]
    longest = 0.0
    begin_s = time.process_time()
    for sample in samples:
        before_s = time.perf_counter()
        store.add(sample)
        longest = max(longest, time.perf_counter() - before_s)
        store.wait()
    store.close()
    return {"share": (time.process_time() - begin_s) / seconds, "longest_add_s": longest}


def write_samples(folder: Path, first: int) -> None:
    """For a process that is killed: keep samples for ever, a second of theirs as quickly as it goes; say each."""
    store = MonitorStore(lambda: folder)
    number = first
    while True:
        number += 1
        store.add(Sample(float(END_S + number), float(number), {name: float(number % 1000) for name in KINDS}))
        store.wait()
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


@dataclass
class Losses:
    """What kills left. `most_lost`: samples at the end that are gone, the most of any kill."""

    kills: int = 0
    taken: int = 0
    most_lost: int = 0
    lost_before: int = 0
    wrong: int = 0
    damaged: int = 0

    @property
    def faults(self) -> int:
        """All that must be 0, and what was lost beyond the last ten seconds."""
        return self.lost_before + self.wrong + self.damaged + max(0, self.most_lost - int(TAIL_S))


def sample_kills(folder: Path, kills: int, *, seed: int = 1, most: int = 2500) -> Losses:
    """Kill a process that keeps samples so often; after each, see what is there."""
    chance = random.Random(seed)
    found = Losses()
    gone: set[int] = set()
    number = 0
    while found.kills < kills:
        said = killed("write_samples", folder, number, chance.randrange(1, most), chance.random() * 0.01, "series")
        last = int(said[-1])
        found.kills += 1
        found.taken += last - number
        with MonitorStore(lambda: folder, writes=False) as store:
            (points,) = store.curves(["machine.processor"], END_S + number + 1, END_S + last + 2, last - number + 1)
            have = {round(point.unix_s) - END_S: point for point in points}
            missing = [one for one in range(number + 1, last + 1) if one not in have]
            found.most_lost = max(found.most_lost, len(missing))
            found.wrong += sum(point.mean != float(one % 1000) or point.count != 1 for one, point in have.items())
            # what is missing is the end, and nothing between
            found.lost_before += missing != list(range(last + 1 - len(missing), last + 1))
            gone.update(missing)
            found.damaged += store.faults.damaged
            number = last + 1
    with MonitorStore(lambda: folder, writes=False) as store:
        (points,) = store.curves(["machine.core/7"], END_S, END_S + number + 1, 1)
        count = sum(point.count for point in points)
        # a sample may have been kept and not yet said
        found.lost_before += not number - kills - len(gone) <= count <= number - len(gone)
    return found
