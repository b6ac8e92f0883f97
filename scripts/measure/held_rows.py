"""Rows on memory that is kept, collected, accounted for and given back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from . import held
from .figures import Figure, Row


def p22(folder: Path) -> Figure:
    """Sizes of the memory that is kept, as they are set."""
    beyond = held.sizes_kept_to(folder / "held-home")
    return Figure(
        max(beyond.values()),
        "bytes kept beyond the size that was set (0, 4 MiB, 1 GiB), at the most",
        floor=0,
        goal=0,
        test="tests/unit/proving/test_buffers.py::test_no_more_is_kept_than_the_limit",
        artefact=dict(beyond),
    )


def p23(folder: Path) -> Figure:
    """Reuse of memory over 100 proofs of circuits of different sizes."""
    found = held.by_turns(folder / "held-home")
    return Figure(
        found["reuse"],
        "bytes asked for that were there already, by all bytes asked for, over 100 proofs of four circuits by turns",
        floor=0.8,
        goal=0.95,
        test="tests/unit/proving/groth16/test_kept_memory.py"
        "::test_proofs_of_several_circuits_share_memory_and_are_what_they_were",
        least=False,
        artefact=found,
    )


def p24(folder: Path) -> Figure:
    """What the garbage collector takes of the time of proofs."""
    command = held.by_turns(folder / "held-home")
    workers = held.worker_shares(folder / "held-home")
    return Figure(
        round(max(command["garbage_share"], *workers), 6),
        "collections' share of the run time, the largest of a process with 100 proofs and of the workers of a batch",
        floor=0.01,
        goal=0.003,
        test="tests/unit/base/test_garbage.py::test_collections_are_counted_by_generation_with_their_time",
        artefact={"command": command, "workers": workers},
    )


def p25(folder: Path) -> Figure:
    """Classes that own something: covered by a cycle that leaves nothing."""
    grown = held.leaks(folder / "held-home")
    owners = held.classes()
    leaking = {name: held.leaking(found) for name, found in grown.items() if held.leaking(found)}
    profile = held.profiled(folder / "held-home")
    return Figure(
        len((owners & grown.keys()) - leaking.keys()) / len(owners),
        "classes that own something and whose cycle leaves nothing (at most 1 KiB), by all such classes",
        floor=1.0,
        goal=1.0,
        test="tests/leaks/test_leaks.py::test_every_class_that_owns_something_has_a_cycle",
        least=False,
        artefact={
            "classes": len(owners),
            "leaking": leaking,
            "most_bytes": max(found["bytes"] for found in grown.values()),
            "components": profile["accounts"]["components"],
            "phases": {
                name: part["peak_rss_bytes"] for name, part in profile["proofs"][0]["profile"]["phases"].items()
            },
        },
    )


HELD_ROWS: Mapping[str, Row] = {"P22": p22, "P23": p23, "P24": p24, "P25": p25}
