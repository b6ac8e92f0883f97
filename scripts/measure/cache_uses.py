"""One cache used by several processes and killed ones, beside a model or a content that tells what is right."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter, OrderedDict
from pathlib import Path

from zkcompanion.base.sealed import Limits, SealedStore

from .kills import ROOT, Tally, killed

_LIMIT_S = 600.0

# -- P5: what is counted is what was done ------------------------------------------------------------------------------

_COUNTS = ("hits", "misses", "kept", "evicted", "read_bytes", "written_bytes")
_HEADER_BYTES = 64


def _content(key: int) -> bytes:
    return f"{key} ".encode() * (200 + 37 * (key % 50))


def counted(folder: Path, steps: int = 600, *, seed: int = 5) -> dict[str, tuple[float, float]]:
    """Random uses of a small cache beside a model of it: for each figure what was counted, and what was done."""
    chance = random.Random(seed)
    store = SealedStore(folder / "cache", folder / "seal.key", max_entries=12)
    model: OrderedDict[int, int] = OrderedDict()  # sizes by key, longest unused first
    done: Counter[str] = Counter()

    def put(key: int) -> None:
        store.put("used", b"%d" % key, _content(key), cost_s=100.0)
        model[key] = _HEADER_BYTES + len(_content(key))
        done.update(kept=1, written_bytes=model[key])
        if len(model) > 12:
            model.popitem(last=False)
            done.update(evicted=1)

    put(0)
    for _ in range(steps):
        key = chance.randrange(20)
        data = store.get("used", b"%d" % key)
        if data is None:
            done.update(misses=1, wrong=key in model)
            put(key)
        else:
            done.update(hits=1, wrong=key not in model or data != _content(key), read_bytes=model[key])
            model.move_to_end(key)
    usage, (entries, size_bytes) = store.usage()["used"], store.size()
    return {
        **{name: (float(getattr(usage, name)), float(done[name])) for name in _COUNTS},
        "entries": (float(entries), float(len(model))),
        "bytes": (float(size_bytes), float(sum(model.values()))),
        # a hit saves 100 s less the reading, which is far below a second
        "hundreds of seconds saved": (float(round(usage.saved_s / 100)), float(done["hits"])),
        "wrong entries": (float(done["wrong"]), 0.0),
    }


# -- P1, P5: many processes at one cache, and kills --------------------------------------------------------------------


def made_entry(key: int, number: int) -> bytes:
    """Content that tells whose it is and whether it is whole."""
    return (
        key.to_bytes(4, "little")
        + number.to_bytes(4, "little")
        + bytes([(31 * key + number) % 256]) * (1000 + 977 * key)
    )


def is_made_entry(key: int, data: bytes | memoryview) -> bool:
    """Whether this is one of `key`, whole."""
    return bytes(data) == made_entry(key, int.from_bytes(data[4:8], "little"))


def hammer(folder: Path, seed: int, seconds: float) -> Counter[str]:
    """Use one cache in every way for so long; what was done and found."""
    chance = random.Random(seed)
    store = SealedStore(folder / "cache", folder / "seal.key")
    done: Counter[str] = Counter()
    until_s = time.monotonic() + seconds
    number = seed << 20
    while time.monotonic() < until_s:
        key, what = chance.randrange(40), chance.random()
        name = b"%d" % key
        if what < 0.65:
            data = store.get("used", name) if what < 0.5 else store.get_mapped("used", name)
            done.update(["misses" if data is None else "hits"])
            done.update(wrong=data is not None and not is_made_entry(key, data))
        elif what < 0.9:
            number += 1
            done.update(kept=store.put("used", name, made_entry(key, number)))
        elif what < 0.94:
            store.remove("used", name)
        elif what < 0.97:
            store.usage()
            store.size()
        elif what < 0.98:
            done.update(damaged=store.verify(lambda _name, _data: True)[1])
        elif what < 0.998:
            store.set_limits(Limits(chance.randrange(10, 50), chance.randrange(200_000, 2_000_000)))
        else:
            store.clear()
    return done


def hammer_and_say(folder: Path, seed: int, seconds: float) -> None:
    """What a process of `hammered` does."""
    sys.stdout.write(json.dumps(hammer(folder, seed, seconds)))


def hammered(folder: Path, seconds: float = 60.0, processes: int = 4) -> dict[str, int]:
    """So many processes at one cache for so long: errors, wrong (or damaged) entries, and what was done."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "scripts")))}
    code = (
        "import sys; from pathlib import Path; from measure.cache_uses import hammer_and_say as run;"
        " run(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder), str(seed), str(seconds)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for seed in range(processes)
    ]
    total: Counter[str] = Counter()
    errors = 0
    for process in running:
        out, err = process.communicate(timeout=_LIMIT_S)
        errors += process.returncode != 0 or bool(err)
        total.update(json.loads(out) if process.returncode == 0 else {})
    store = SealedStore(folder / "cache", folder / "seal.key")
    usage = store.usage()["used"]
    drafts = sum(path.name.endswith(".zkc-tmp") for path in (folder / "cache").iterdir())
    return {
        "errors": errors,
        "wrong": total["wrong"] + total["damaged"] + usage.damaged,
        "drafts": drafts,
        **{name: total[name] for name in ("hits", "misses", "kept")},
        # where the lock was not to be had in time, a use is not counted
        "uncounted": sum(total[name] - getattr(usage, name) for name in ("hits", "misses", "kept")),
    }


def cache_kills(folder: Path, kills: int, *, seed: int = 3) -> Tally:
    """Kill writers of a full cache at any moment: the limit holds, what is there is whole, and nothing is left over."""
    chance = random.Random(seed)
    tally = Tally()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = SealedStore(folder / "cache", folder / "seal.key")
    store.set_limits(Limits(30, 1 << 24))
    number, kept = 0, list[int]()
    for _ in range(kills):
        said = killed("fill_small_cache", folder, number, chance.randrange(1, 60), chance.random() * 0.01)
        tally.kills += 1
        tally.acknowledged += len(said)
        number = max(map(int, said))
        # of the last ones none has been evicted; the one that was cut off is there whole, or not at all
        kept = [*kept, *map(int, said)][-20:]
        for one in kept:
            data = store.get("entry", b"%d" % one)
            tally.lost += data is None
            tally.torn += data is not None and not is_made_entry(one % 40, data)
        last = store.get("entry", b"%d" % (number + 1))
        tally.torn += last is not None and not is_made_entry((number + 1) % 40, last)
        tally.corrupt += sum(usage.damaged for usage in store.usage().values())
        tally.orphaned += max(0, store.size()[0] - 31)
        number += 1
    store.verify()
    known = {".lock", ".usage", ".limits"}
    names = {path.name for path in (folder / "cache").iterdir()}
    left = {name for name in names - known if not name.endswith(".sealed")}
    tally.orphaned += sum(not _is_young(folder / "cache" / name) for name in left)
    return tally


def _is_young(path: Path) -> bool:
    """A draft that the sweep leaves alone, because its writer might just have begun."""
    return time.time() - path.stat().st_mtime < 3.0
