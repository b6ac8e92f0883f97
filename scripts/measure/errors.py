"""Errors that are provoked on the running program, and a secret that is led through all that can happen to a proof."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.proving.fields import FR
from zkcompanion.proving.reference.poseidon import poseidon

from .canary import DISTURBED, KILLING, Story

_EXAMPLE = "funds-above-threshold"
_QUIET = ("none", "never")
#: What happens, as which phase begins (or in which function), and how the process may end.
ENDINGS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("SIGINT", "check", frozenset({130})),
    ("SIGTERM", "sum-b2", frozenset({130})),
    ("SIGKILL", "assemble", frozenset({-9})),
    ("SIGSEGV", "sum-a", frozenset({-11})),
    ("ValueError", "values", frozenset({5})),
    ("SystemExit", "values", frozenset({5})),
    ("MemoryError", "values", frozenset({4})),
)
_FILES_OF_A_BATCH = 6


@dataclass(frozen=True)
class Provoked:
    """A command line and the error that it must end with. `how`: the first two words of `canary.DISTURBED`."""

    words: tuple[str, ...]
    code: str
    whose: str
    exit_code: int
    stdin: bytes = b""
    how: tuple[str, str] = _QUIET


def secret_inputs(balance: int = 184250) -> tuple[int, bytes]:
    """A new secret, and inputs of a bundled circuit with it."""
    secret = secrets.randbelow(FR.modulus >> 1) | 1 << 252
    return secret, _inputs(balance, secret)


def _inputs(balance: int, salt: int) -> bytes:
    values = {"balance": balance, "salt": salt, "commitment": poseidon([balance, salt]), "threshold": 100_000}
    return json.dumps({name: str(value) for name, value in values.items()}).encode()


def provoked(folder: Path) -> tuple[Provoked, ...]:
    """The errors; files that they need are made in `folder`."""
    (folder / "cut.r1cs").write_bytes(b"r1cs\x01\0\0\0\x03\0\0")
    (folder / "plonk.json").write_text(json.dumps({"protocol": "plonk", "curve": "bn128", "nPublic": 1}))
    poor = _inputs(7, 1 << 200)
    prove = ("prove", _EXAMPLE, "--input", "-")
    errors = [
        Provoked(("nonsense",), "usage", "request", 2),
        Provoked(("file", "info", "gone.zkey"), "missing-file", "file", 3),
        Provoked(("file", "info", str(folder / "cut.r1cs")), "bad-file", "file", 3),
        Provoked(("verify", str(folder / "plonk.json"), "p", "q"), "unsupported-file", "file", 3),
        Provoked(prove, "input", "input", 2, stdin=b'{"nope": "1"}'),
        Provoked(prove, "unsatisfied-witness", "input", 1, stdin=poor),
        Provoked((*prove, "--memory", "1M"), "resources", "machine", 4, stdin=poor),
        Provoked(prove, "bug", "us", 5, _inputs(200_000, 1 << 200), ("ValueError", "values")),
        Provoked(prove, "resources", "machine", 4, _inputs(200_000, 1 << 200), ("MemoryError", "values")),
        Provoked(prove, "cancelled", "nobody", 130, _inputs(200_000, 1 << 200), ("SIGINT", "check")),
    ]
    report = ("diagnose", "--kernels", "reference", "--out")
    if Path("/dev/full").exists():
        errors.append(Provoked((*report, "/dev/full"), "disk-full", "machine", 4))
    if sys.platform == "linux":
        # a file system in which nobody may make a file
        errors.append(Provoked((*report, "/sys/kernel/report.txt"), "not-allowed", "setting", 3))
        errors.append(
            Provoked((*prove, "--kernels", "scalar"), "kernels-unavailable", "machine", 5, poor, ("MDWE", "start"))
        )
    return tuple(errors)


def judged(error: Provoked, code: int, out: bytes, err: bytes) -> Iterator[str]:
    """What is wrong with how a command ended."""
    name = f"{error.code} ({' '.join(error.words[:3])})"
    if code != error.exit_code:
        yield f"{name}: exit code {code}"
    try:
        told = json.loads(out)
    except ValueError:
        yield f"{name}: no JSON"
        return
    if (told["code"], told["whose"], told["exit_code"]) != (error.code, error.whose, error.exit_code):
        yield f"{name}: told as {told['code']}, {told['whose']}, {told['exit_code']}"
    if not all(told[part] for part in ("title", "message", "article")):
        yield f"{name}: something is not told"
    if error.code == "cancelled":
        return
    lines = err.decode("utf-8", "replace").splitlines()
    if (
        not told["hint"]
        or f"error: {told['title']}" not in lines
        or not any(line.startswith("hint: ") for line in lines)
    ):
        yield f"{name}: people are not told what kind it is and what to do"


def errors_told(folder: Path, home: Path) -> tuple[int, list[str]]:
    """How many errors were provoked, and what was wrong with how they were told."""
    story = Story(folder, 1 << 252, home)
    wrong: list[str] = []
    count = 0
    for error in provoked(folder):
        process = story.start(*error.how, *error.words, "--json")
        out, err = process.communicate(error.stdin, timeout=120)
        if process.returncode == 77:
            continue  # this system cannot forbid it
        count += 1
        wrong += judged(error, process.returncode, out, err)
    return count, wrong


def lead_through(story: Story, inputs: bytes, given: Path) -> list[str]:
    """Proofs, two at once; cancels, crashes, kills and faults; a batch whose workers are killed; a report.

    `given`: a folder outside the story's for the files that the user keeps. What did not go as it should.
    """
    prove = ("prove", _EXAMPLE, "--input", "-", "--debug", "--json")
    wrong = []

    def see(name: str, code: int, wanted: Callable[[int], bool]) -> None:
        if not wanted(code):
            wrong.append(f"{name} ended with {code}")

    twice = [((*_QUIET, *prove, "--out", f"proof-{number}"), inputs) for number in range(2)]
    for code in story.run_all(twice):
        see("a proof", code, lambda code: code == 0)
    for what, where, codes in ENDINGS:
        see(f"{what} in {where}", story.run(what, where, *prove, stdin=inputs), lambda code, codes=codes: code in codes)  # type: ignore[misc]
    given.mkdir()
    for number in range(_FILES_OF_A_BATCH):
        (given / f"p{number}.json").write_bytes(inputs)
    see(
        "a batch",
        story.run("batch", _EXAMPLE, given, "--max-workers", 2, "--json", program=KILLING),
        lambda code: code == 0,
    )
    if json.loads(story.printed[-2])["proved"] != _FILES_OF_A_BATCH:
        wrong.append("a batch lost a proof")
    see("a report", story.run(*_QUIET, "diagnose", "--out", "report.txt"), lambda code: code == 0)
    if b"Fault error-" not in (story.folder / "work" / "report.txt").read_bytes():
        wrong.append("the report knows of no fault")
    if sys.platform == "linux" and story.processes < 2 * len(ENDINGS):
        wrong.append("processes were not watched")
    return wrong


__all__ = ["DISTURBED", "ENDINGS", "errors_told", "judged", "lead_through", "provoked", "secret_inputs"]
