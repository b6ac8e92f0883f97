"""The service keeps what it takes, unless the user wants nothing kept."""

import pytest

from zkcompanion.app.monitor_service import MonitorService
from zkcompanion.app.monitor_views import MarkView, Sample, SampleTaken
from zkcompanion.app.storage_use import StorageUse
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs

BEGIN = 1_795_694_400.0


@pytest.fixture
def dirs(tmp_path):
    return AppDirs(tmp_path)


def service(dirs, *, wanted=True, bus=None):
    return MonitorService(bus or EventBus(), dirs, SYSTEM_CLOCK, wanted=lambda: wanted)


def take(made, *seconds):
    """As its thread does at each tick."""
    for second in seconds:
        made._take(Sample(BEGIN + second, 1000.0 + second, {"machine.load": float(second), "strange.metric": 1.0}))


def test_what_was_taken_is_there_at_the_next_start(dirs):
    bus, heard = EventBus(), []
    bus.subscribe(SampleTaken, heard.append)
    made = service(dirs, bus=bus)
    take(made, *range(5))
    (curve,) = made.curves(["machine.load"], BEGIN, BEGIN + 5, 10)
    assert ([point.mean for point in curve.points], curve.unit) == ([0.0, 1.0, 2.0, 3.0, 4.0], "count")
    assert len(heard) == len(made.recent()) == 5
    made.close()
    again = service(dirs)
    take(again, 60)
    assert again.series() == ("machine.load",)
    (curve,) = again.curves(["machine.load"], BEGIN, BEGIN + 100, 1000)
    assert sum(point.count for point in curve.points) == 6
    assert [name for name, _ in again.export(["machine.load"], 0, 1e11)] == ["machine.load"] * 6
    assert [mark.kind for mark in again.marks(0, 1e11)] == ["start", "start"]
    with pytest.raises(KeyError):
        again.curves(["strange.metric"], BEGIN, BEGIN + 5, 10)
    assert again.size() > 0
    again.clear()
    assert (again.size(), again.notice) == (0, None)
    again.close()


def test_where_nothing_is_to_be_kept_only_memory_has_it(dirs):
    made = service(dirs, wanted=False)
    take(made, *range(5))
    made.add_mark(MarkView("worker", BEGIN, BEGIN, msg("x")))
    (curve,) = made.curves(["machine.load"], BEGIN, BEGIN + 5, 10)
    assert [point.mean for point in curve.points] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert made.series() == ("machine.load",)
    made.close()
    assert StorageUse(dirs).view().monitor.size_bytes == 0
    assert service(dirs, wanted=False).marks(0, 1e11) == ()


def test_what_was_not_kept_for_a_while_is_joined_with_what_was(dirs):
    wanted = [True]
    made = MonitorService(EventBus(), dirs, SYSTEM_CLOCK, wanted=lambda: wanted[0])
    take(made, 0, 1)
    wanted[0] = False
    take(made, 2, 3)
    wanted[0] = True
    take(made, 4)
    (curve,) = made.curves(["machine.load"], BEGIN, BEGIN + 5, 10)
    assert [point.mean for point in curve.points] == [0.0, 1.0, 2.0, 3.0, 4.0]
    made.close()
    reader = service(dirs)
    (curve,) = reader.curves(["machine.load"], BEGIN, BEGIN + 5, 10)
    assert [point.mean for point in curve.points] == [0.0, 1.0, 4.0]
    reader.close()


def test_a_gap_is_marked(dirs):
    made = service(dirs)
    take(made, 0)
    made._take(Sample(BEGIN + 500.0, 1001.0, {"machine.load": 1.0}))
    assert [mark.kind for mark in made.marks(0, 1e11)] == ["start", "sleep"]
    made.close()


def test_two_services_on_one_home_do_not_disturb_each_other(dirs):
    first, second = service(dirs), service(dirs)
    take(first, *range(5))
    take(second, *range(5))
    for made in (first, second):
        (curve,) = made.curves(["machine.load"], BEGIN, BEGIN + 5, 10)
        assert [point.count for point in curve.points] == [1] * 5
    second.close()
    first.close()
