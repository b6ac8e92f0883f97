"""One report for each period that is over, by the local calendar: none twice, none lost, whatever happens between."""

import json
from concurrent.futures import Future
from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from zkcompanion.app.report_schedule import MOST_MISSED, ReportScheduler, periods_due
from zkcompanion.app.report_shelf import ReportShelf
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs

BERLIN = ZoneInfo("Europe/Berlin")
CAIRO = ZoneInfo("Africa/Cairo")  # clocks go forward at midnight


def at(*moment, zone=BERLIN):
    return datetime(*moment, tzinfo=zone).timestamp()


def names(schedule, since, now, zone=BERLIN):
    return [period.name for period in periods_due(schedule, since, now, zone)]


def test_a_day_is_due_at_the_midnight_that_ends_it():
    since = at(2026, 11, 25, 14)
    assert names("daily", since, at(2026, 11, 25, 23, 59, 59)) == []
    assert names("daily", since, at(2026, 11, 26)) == ["daily 2026-11-25"]
    (period,) = periods_due("daily", since, at(2026, 11, 26, 8), BERLIN)
    assert (period.begin_unix_s, period.end_unix_s) == (at(2026, 11, 25), at(2026, 11, 26))


def test_weeks_begin_on_monday_and_months_on_the_first():
    assert names("weekly", at(2026, 11, 20), at(2026, 12, 1)) == ["weekly 2026-11-16", "weekly 2026-11-23"]
    assert names("monthly", at(2026, 10, 31), at(2027, 1, 1)) == [
        "monthly 2026-10-01", "monthly 2026-11-01", "monthly 2026-12-01",
    ]  # fmt: skip
    assert names("off", 0.0, at(2026, 12, 1)) == []


def test_days_on_which_clocks_change_are_whole_days():
    (spring,) = periods_due("daily", at(2026, 3, 29, 12), at(2026, 3, 30), BERLIN)
    (autumn,) = periods_due("daily", at(2026, 10, 25, 12), at(2026, 10, 26), BERLIN)
    assert spring.end_unix_s - spring.begin_unix_s == 23 * 3600
    assert autumn.end_unix_s - autumn.begin_unix_s == 25 * 3600


def test_a_day_that_begins_in_the_hour_that_is_left_out():
    since = at(2026, 4, 23, 12, zone=CAIRO)
    days = periods_due("daily", since, at(2026, 4, 26, zone=CAIRO), CAIRO)
    assert [day.name for day in days] == ["daily 2026-04-23", "daily 2026-04-24", "daily 2026-04-25"]
    assert all(day.begin_unix_s < day.end_unix_s for day in days)
    assert [day.begin_unix_s for day in days[1:]] == [day.end_unix_s for day in days[:-1]]


def test_a_day_that_a_country_left_out_is_none():
    apia = ZoneInfo("Pacific/Apia")
    found = names("daily", at(2011, 12, 28, 12, zone=apia), at(2012, 1, 1, zone=apia), apia)
    assert found == ["daily 2011-12-28", "daily 2011-12-29", "daily 2011-12-31"]


def test_after_long_the_last_ones_are_made_up_for():
    found = names("daily", at(2026, 1, 1), at(2026, 11, 26))
    assert len(found) == MOST_MISSED
    assert found[-1] == "daily 2026-11-25"


def test_a_clock_that_was_put_back_asks_for_nothing():
    assert names("daily", at(2026, 11, 25), at(2020, 1, 1)) == []


# -- with reports


class Reports:
    """Keeps what is ordered, without drawing it; fails or dies when told to."""

    def __init__(self, dirs, clock):
        self.shelf = ReportShelf(dirs)
        self.clock = clock
        self.made, self.fails, self.dies = [], False, False

    def kept(self):
        return self.shelf.reports()

    def order(self, order):
        future = Future()
        if self.fails:
            future.set_exception(ResourceError(msg("full")))
            return 1, future
        name = f"scheduled-{order.scheduled.replace(' ', '-')}-performance"
        kept = self.shelf.put(name, order, self.clock.now, "x", {"html": b"x"})
        self.made.append(order.scheduled)
        if self.dies:
            raise KeyboardInterrupt
        future.set_result(SimpleNamespace(kept=kept.id))
        return 1, future


@pytest.fixture
def clock():
    class Clock:
        now = at(2026, 11, 25, 12)

        def unix_s(self):
            return self.now

    return Clock()


@pytest.fixture
def reports(tmp_path, clock):
    return Reports(AppDirs(tmp_path / "home"), clock)


def scheduler(reports, clock, schedule="daily"):
    return ReportScheduler(reports, clock, lambda: schedule, zone=BERLIN)


def test_each_period_is_made_once_over_restarts(reports, clock):
    assert scheduler(reports, clock).make_due() == ()
    clock.now = at(2026, 11, 28, 9)
    made = scheduler(reports, clock).make_due()
    assert reports.made == ["daily 2026-11-25", "daily 2026-11-26", "daily 2026-11-27"]
    assert [one.scheduled for one in made] == reports.made
    for _ in range(3):
        assert scheduler(reports, clock).make_due() == ()
    assert len(reports.made) == 3


def test_killed_between_the_report_and_the_note_it_is_not_made_again(reports, clock):
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 26, 9)
    reports.dies = True
    with pytest.raises(KeyboardInterrupt):
        scheduler(reports, clock).make_due()
    reports.dies = False
    assert "2026-11-25" not in (reports.shelf.folder / "schedule.json").read_text()
    assert scheduler(reports, clock).make_due() == ()
    assert reports.made == ["daily 2026-11-25"]


def test_killed_before_the_report_was_whole_it_is_made(reports, clock):
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 26, 9)
    half = reports.shelf.folder / "scheduled-daily-2026-11-25-performance"
    half.mkdir()
    (half / "x.html").write_bytes(b"half")
    scheduler(reports, clock).make_due()
    assert reports.made == ["daily 2026-11-25"]
    assert len(reports.kept()) == 1


def test_one_that_was_removed_is_not_made_again(reports, clock):
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 26, 9)
    (kept,) = scheduler(reports, clock).make_due()
    reports.shelf.remove(kept.id)
    reports.shelf.settle()
    assert scheduler(reports, clock).make_due() == ()


def test_a_clock_set_forward_and_back_makes_none_twice(reports, clock):
    scheduler(reports, clock).make_due()
    for now in (at(2026, 11, 26, 9), at(2026, 11, 25, 9), at(2026, 11, 26, 9), at(2026, 11, 27, 0, 0, 1)):
        clock.now = now
        scheduler(reports, clock).make_due()
    assert reports.made == ["daily 2026-11-25", "daily 2026-11-26"]


def test_chosen_while_the_clock_was_years_ahead_it_holds_from_when_that_is_right(reports, clock):
    clock.now = at(2040, 1, 1)
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 25, 9)
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 26, 9)
    scheduler(reports, clock).make_due()
    assert reports.made == ["daily 2026-11-25"]


def test_another_choice_begins_when_it_is_made(reports, clock):
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 26, 9)
    scheduler(reports, clock, "off").make_due()
    clock.now = at(2026, 12, 10)
    assert scheduler(reports, clock, "weekly").make_due() == ()
    clock.now = at(2026, 12, 14)
    scheduler(reports, clock, "weekly").make_due()
    assert reports.made == ["weekly 2026-12-07"]


def test_what_failed_is_tried_again_and_the_reason_is_known(reports, clock):
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 26, 9)
    reports.fails = True
    with pytest.raises(ResourceError):
        scheduler(reports, clock).make_due()
    reports.fails = False
    assert len(scheduler(reports, clock).make_due()) == 1


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"schedule": 5, "since_unix_s": "x", "done": [1, None]})])
def test_a_damaged_note_begins_anew_and_knows_what_is_kept(reports, clock, text):
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 26, 9)
    scheduler(reports, clock).make_due()
    (reports.shelf.folder / "schedule.json").write_text(text)
    clock.now = at(2026, 11, 27, 9)
    assert scheduler(reports, clock).make_due() == ()  # it holds from now on
    clock.now = at(2026, 11, 28, 9)
    assert len(scheduler(reports, clock).make_due()) == 1
    assert reports.made == ["daily 2026-11-25", "daily 2026-11-27"]


def test_its_thread_looks_when_it_is_told_to_and_ends(reports, clock):
    import threading

    made = threading.Event()
    put = reports.shelf.put

    def noticed(*arguments):
        kept = put(*arguments)
        made.set()
        return kept

    reports.shelf.put = noticed
    scheduler(reports, clock).make_due()
    clock.now = at(2026, 11, 26, 9)
    running = scheduler(reports, clock)
    running.start()
    try:
        assert made.wait(20)
    finally:
        running.close()
        running.close()
    assert running.problem is None
