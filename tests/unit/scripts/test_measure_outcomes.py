"""Rows without a figure: three features are broken on purpose, and just what they promise turns false."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.scripts import load_script
from zkcompanion.engine.post import Post
from zkcompanion.engine.work import Limits

load_script("measure_requirements")
from measure import outcomes, program  # noqa: E402  # a package of scripts/, found once a script is loaded

pytestmark = [pytest.mark.kernels, pytest.mark.slow]


def failing(claims):
    return [claim for claim, holds in claims.items() if not holds]


def broken(tmp_path, fault):
    return program.Program(tmp_path, fault, home=Path(os.environ["ZKCOMPANION_HOME"]))


def test_a_program_that_calls_home_is_seen(tmp_path):
    there = broken(tmp_path, "import socket\nsocket.socket(socket.AF_INET).close()\n")
    assert failing(outcomes.no_connections(there)) == ["no process opens a socket of the internet's"]


def test_a_program_that_cannot_do_with_little_memory_is_seen(tmp_path):
    fault = "import zkcompanion.costs.budget as budget\nbudget.stream_within = lambda *_what, **_how: None\n"
    assert failing(outcomes.little_memory(broken(tmp_path, fault))) == [
        "with that much it proves, in slices",
        "the proof is verified",
        "it holds no more than it may",
        "and less than otherwise",
        "it says that it takes longer",
    ]


def test_a_pool_that_does_not_tell_what_its_workers_do_is_seen(monkeypatch):
    told = Post.status.fget
    monkeypatch.setattr(Post, "status", property(lambda self: replace(told(self), state="idle")))
    found = failing(outcomes.lifecycle(Limits(silent_s=2.5, deaths=10)))
    assert found == ["a worker that works is busy", "a new one is starting first"]


def test_a_row_without_a_figure_counts_the_claims_that_do_not_hold():
    assert outcomes.outcome({"a": True, "b": True}, "t").ok
    row = outcomes.outcome({"a": True, "b": False}, "t", more=1)
    assert (row.ok, row.value, row.artefact) == (False, 1, {"claims": {"a": True, "b": False}, "more": 1})
