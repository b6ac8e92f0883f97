"""Objectives count each run once, whenever they are asked for; what a person changed holds."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clocks import HandClock
from zkcompanion.app.objective_service import FILE_NAME, ObjectivesChanged, ObjectiveService
from zkcompanion.app.run_recorder import RunKept, RunRecorder, RunsForgotten, leave_runs
from zkcompanion.base.errors import UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.objectives import SHIPPED
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

T = 1_780_000_000.0


def run(*verdicts, seconds=1.0, number=0):
    proofs = tuple(ProofEvent(T - 10, seconds, one) for one in verdicts)
    return RunRecord(
        number, msg("C"), "f", "command", "", T - 20, T - 20, T - 10, "done", proofs=proofs
    )  # fmt: skip


class Opened:
    def __init__(self, home):
        self.dirs = AppDirs(home)
        self.bus = EventBus()
        self.told = []
        self.bus.subscribe(ObjectivesChanged, self.told.append)
        self.runs = RunRecorder(self.dirs, self.bus, HandClock(T))
        self.service = ObjectiveService(self.dirs, self.bus, HandClock(T), self.runs)
        self.runs.watch()

    def leave(self, *records):
        leave_runs(self.dirs, records)
        self.runs.take_in()

    def close(self):
        self.service.close()
        self.runs.close()

    def counted(self, name="made"):
        found = {one.objective.id: one for one in self.service.judged()}[name]
        return found.events, found.bad


@pytest.fixture
def opened(tmp_path):
    made = []

    def start():
        for one in made:
            one.close()
        made.append(Opened(tmp_path))
        return made[-1]

    yield start
    for one in made:
        one.close()


def test_runs_count_once_whether_they_ended_before_or_after_somebody_asked(opened):
    one = opened()
    one.leave(run("verified", "failed"))
    assert one.counted() == (2, 1)
    one.leave(run("verified"), run("verified"))
    assert one.counted() == (4, 1)
    assert len(one.told) == 3
    again = opened()
    assert again.counted() == (4, 1)


def test_what_was_read_before_its_event_came_is_not_counted_again(opened):
    one = opened()
    one.leave(run("failed"))
    assert one.counted() == (1, 1)
    one.bus.publish(RunKept(run("failed", number=1)))  # told late
    assert one.counted() == (1, 1)
    one.bus.publish(RunKept(run("failed", number=2)))
    assert one.counted() == (2, 2)


def test_a_run_that_no_store_keeps_counts_once(opened):
    one = opened()
    loose = run("failed")
    one.runs._loose.append(loose)
    assert one.counted() == (1, 1)
    one.bus.publish(RunKept(loose))
    assert one.counted() == (1, 1)
    one.bus.publish(RunKept(run("failed")))
    assert one.counted() == (2, 2)


def test_after_the_history_was_cleared_nothing_counts(opened):
    one = opened()
    one.leave(run("failed"))
    one.counted()
    one.runs.clear()
    assert one.counted() == (0, 0)
    one.leave(run("verified"))
    assert one.counted() == (1, 0)


def test_only_objectives_that_are_on_are_judged(opened):
    one = opened()
    assert [found.objective.id for found in one.service.judged()] == ["made", "verified", "usual", "recovered"]
    one.service.change("in-time", on=True)
    one.service.change("made", on=False)
    assert [found.objective.id for found in one.service.judged()] == ["verified", "usual", "in-time", "recovered"]


def test_what_was_changed_holds_after_the_next_start_and_can_be_taken_back(opened, tmp_path):
    one = opened()
    changed = one.service.change("usual", target=0.9, days=7, bound_times=3.0)
    assert (changed.target, changed.days, changed.bound_times) == (0.9, 7, 3.0)
    assert one.service.notice is None
    kept = json.loads((tmp_path / "config" / FILE_NAME).read_bytes())
    assert kept["objectives"] == {"usual": {"target": 0.9, "days": 7, "bound_times": 3.0}}
    again = opened()
    assert again.service.objectives()[2] == changed
    assert again.service.reset("usual") == SHIPPED[2] == again.service.objectives()[2]
    assert opened().service.objectives() == SHIPPED


def test_another_bound_counts_anew_and_another_target_does_not(opened):
    one = opened()
    one.service.change("in-time", on=True, bound_s=2.0)
    one.leave(run("verified", seconds=3.0))
    assert one.counted("in-time") == (1, 1)
    one.service.change("in-time", target=0.6)
    assert one.counted("in-time") == (1, 1)
    one.service.change("in-time", bound_s=4.0)
    assert one.counted("in-time") == (1, 0)
    one.service.change("in-time", bound_s=None, bound_times=2)
    assert one.counted("in-time") == (0, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"target": 1.0},
        {"target": "0.9"},
        {"target": True},
        {"days": 1.5},
        {"days": None},
        {"on": 1},
        {"indicator": "fast"},
        {"bound_times": None},
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_changed(opened, changes):
    one = opened()
    with pytest.raises(UsageError):
        one.service.change("usual", **changes)
    assert one.service.objectives() == SHIPPED
    assert one.told == []


def test_an_objective_that_there_is_not_is_refused(opened):
    with pytest.raises(UsageError, match="no objective other"):
        opened().service.change("other", target=0.9)


@pytest.mark.parametrize(
    "content",
    [
        {"version": 1, "objectives": {"made": {"target": 2.0}, "verified": {"target": "x"}, "usual": []}},
        {"version": 1, "objectives": []},
        {},
    ],
)
def test_a_file_with_odd_values_changes_nothing(opened, tmp_path, content):
    AppDirs(tmp_path).config.joinpath(FILE_NAME).write_text(json.dumps(content))
    assert opened().service.objectives() == SHIPPED


def test_values_that_another_version_knows_are_left_out(opened, tmp_path):
    content = {"version": 2, "objectives": {"made": {"target": 0.9, "later": 1}}}
    AppDirs(tmp_path).config.joinpath(FILE_NAME).write_text(json.dumps(content))
    assert opened().service.objectives()[0] == replace(SHIPPED[0], target=0.9)


def test_a_damaged_file_is_said(opened, tmp_path):
    AppDirs(tmp_path).config.joinpath(FILE_NAME).write_bytes(b"{")
    assert "damaged" in str(opened().service.notice)


def test_where_nothing_can_be_written_the_change_holds_until_the_end(opened, tmp_path):
    one = opened()
    one.dirs.config.joinpath(FILE_NAME).mkdir()
    one.service.change("made", target=0.9)
    assert one.service.objectives()[0].target == 0.9
    assert "until the program ends" in str(one.service.notice)


def test_without_a_folder_the_shipped_ones_hold(tmp_path):
    (tmp_path / "config").write_bytes(b"")
    bus, dirs = EventBus(), AppDirs(Path(tmp_path))
    runs = RunRecorder(dirs, bus, HandClock(T))
    service = ObjectiveService(dirs, bus, HandClock(T), runs)
    assert service.objectives() == SHIPPED
    assert service.notice is not None
    service.close()
    bus.publish(RunsForgotten())
    runs.close()


def test_runs_count_from_the_beginning_where_a_new_file_takes_the_place_of_a_damaged_one(opened):
    one = opened()
    one.leave(run("verified"), run("verified"))
    assert one.counted() == (2, 0)
    one.runs._store._doubted = True
    one.leave(run("failed"))
    assert one.counted() == (1, 1)
    one.leave(run("verified"))
    assert one.counted() == (2, 1)
