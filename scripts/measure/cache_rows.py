"""The rows of the cache."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import cache, cache_uses
from .figures import Figure, Row


def _fresh(folder: Path, name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))


def p1(folder: Path) -> Figure:
    """How much sooner a second proof has loaded its circuit after a restart; one cache under many and under kills."""
    cases = cache.load_phases(folder)
    many = cache_uses.hammered(_fresh(folder, "p1"))
    kept = cache_uses.cache_kills(_fresh(folder, "p1-kills"), 250)
    harm = many["errors"] + many["wrong"] + many["drafts"] + kept.faults
    return Figure(
        0.0 if harm else min(float(str(case["ratio"])) for case in cases),
        "load phase of a first proof by that of a second one after a restart, the least of the circuits;"
        " 0 where one cache failed under 4 processes for 60 s or under 250 kills",
        floor=5.0,
        goal=10.0,
        test="tests/unit/storage/test_prepared.py::test_a_key_is_prepared_once_and_is_the_same_the_second_time",
        least=False,
        artefact={"circuits": cases, "four_processes_60_s": many, "kills": kept.as_json()},
    )


def p2(folder: Path) -> Figure:
    """Whether what was kept before a change is used after it."""
    found = cache.stale_uses(folder)
    unchanged = found.pop("unchanged")
    return Figure(
        sum(found.values()) + (not unchanged),
        "changes (program version, file, CPU features, kernel source) after which an entry from before was used",
        floor=0,
        goal=0,
        test="tests/unit/storage/test_prepared.py::test_entries_of_another_version_of_the_program_are_not_found",
        artefact={"unchanged_is_used": unchanged, "used_after": found},
    )


def p3(folder: Path) -> Figure:
    """What a first proof after warming still has to prepare."""
    times = cache.warmed(folder)
    return Figure(
        round(times["warmed"] / times["second"], 3),
        "start-up and loading of a first proof after `cache warm` by those of a second proof",
        floor=1.5,
        goal=1.2,
        test="tests/unit/app/test_warming.py::test_a_circuit_is_prepared_once_and_found_from_then_on",
        artefact=times,
    )


def p5(folder: Path) -> Figure:
    """Whether what is counted is what was done."""
    figures = cache_uses.counted(_fresh(folder, "p5"))
    many = cache_uses.hammered(_fresh(folder, "p5-many"), 5.0)
    wrong = sum(told != real for told, real in figures.values()) + (many["uncounted"] != 0)
    return Figure(
        wrong,
        "figures of the cache's statistics that differ from what was done",
        floor=0,
        goal=0,
        test="tests/unit/scripts/test_measure_cache.py::test_what_is_counted_is_what_was_done",
        artefact={"told_and_done": {name: list(pair) for name, pair in figures.items()}, "four_processes_5_s": many},
    )


CACHE_ROWS: Mapping[str, Row] = {"P1": p1, "P2": p2, "P3": p3, "P5": p5}
