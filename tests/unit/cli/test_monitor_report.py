"""The words of `monitor report`: what makes no report is refused before anything is started."""

from datetime import datetime

import pytest

from zkcompanion.app.application import Application
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.errors import Cancelled, UsageError
from zkcompanion.base.paths import AppDirs
from zkcompanion.cli.monitor_report import COMMANDS, _forms, _period, report
from zkcompanion.cli.parser import parse


def words(*more):
    return parse(["monitor", "report", *more], COMMANDS).arguments


@pytest.fixture
def app(tmp_path):
    with Application(Settings(threads=1, kernels="reference"), dirs=AppDirs(tmp_path / "home")) as made:
        yield made


@pytest.mark.parametrize(
    "more",
    [
        ("--format", "exe"), ("--format", "md,md"), ("--from", "yesterday"), ("--days", "0"), ("--kind", "weather"),
        ("--days", "7", "--to", "2026-11-26"), ("--from", "2026-11-26", "--to", "2026-11-25"),
        ("--from", "9999-12-31T23:59:59", "--to", "9999-12-31"),
    ],
)  # fmt: skip
def test_words_that_make_no_report_are_refused(app, tmp_path, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        report(app, words(*more), RecordingTrace())
    assert not list(tmp_path.glob("zkcompanion-*"))


def test_the_period_is_the_last_days_or_from_one_date_to_another():
    now = datetime(2026, 11, 26, 12).timestamp()  # noqa: DTZ001  # of the local clock
    assert _period(words(), now) == (now - 7 * 86400, now)
    assert _period(words("--days", "1"), now) == (now - 86400, now)
    begin, end = datetime(2026, 11, 1).timestamp(), datetime(2026, 11, 2, 14, 30).timestamp()  # noqa: DTZ001  # the same
    assert _period(words("--from", "2026-11-01"), now) == (begin, now)
    assert _period(words("--from", "2026-11-01", "--to", "2026-11-02T14:30"), now) == (begin, end)
    assert _period(words("--to", "2026-11-02T14:30"), now) == (end - 7 * 86400, end)
    assert _period(words("--from", "2026-11-01T00:00+00:00"), now)[0] == 1793491200.0


def test_forms_stand_in_one_order():
    assert _forms("json, html") == ("html", "json")


def test_ctrl_c_ends_it(app, tmp_path, monkeypatch):
    import threading

    stopped = threading.Event()
    stopped.set()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Cancelled):
        report(app, words("--format", "md"), RecordingTrace(cancel=stopped))
    assert not list(tmp_path.glob("zkcompanion-*"))
