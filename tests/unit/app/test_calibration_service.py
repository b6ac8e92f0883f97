"""The service that calibrates: its process, what it keeps, when it is out of date, and how it ends."""

import json
import threading
from dataclasses import replace

import pytest

from tests.support.clocks import HandClock
from zkcompanion.app.calibration_file import KeptCalibration, from_plain, to_plain, view_of
from zkcompanion.app.calibration_service import FILE_NAME, CalibrationService, _Run
from zkcompanion.app.calibration_worker import HowFar, Measured
from zkcompanion.app.codec import encode, failure_of
from zkcompanion.app.hardware_views import CalibrationEnded, CalibrationProgressed, MachineFacts, Processor
from zkcompanion.app.settings import Settings
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.costs.rates import Rates, rates_to_plain
from zkcompanion.costs.references import references
from zkcompanion.engine.work import Outcome
from zkcompanion.hardware.fingerprint import basis, kernels_version
from zkcompanion.hardware.speeds import Calibration, MachineSpeeds

FACTS = MachineFacts(Processor(model="A", architecture="x86_64", logical_cores=2))
FOUND = Calibration(1e9, 20.0, references()["ifma"].rates, MachineSpeeds(2e10, 3e10, None, 2e9), 0.9)


def plain_of(found=FOUND, facts=FACTS):
    return to_plain(found, basis(facts, kernels_version()), 95_000_000)


class Desk:
    """The service with what it hangs on; `heard` are its events."""

    def __init__(self, home, facts=FACTS, clock=SYSTEM_CLOCK, **more):
        self.dirs, self.bus, self.heard = AppDirs(home), EventBus(), []
        self.facts = facts
        self.over = threading.Event()
        self.bus.subscribe(CalibrationProgressed, self.heard.append)
        self.bus.subscribe(CalibrationEnded, self._ended)
        self.service = CalibrationService(
            self.dirs,
            self.bus,
            clock,
            facts=lambda: self.facts,
            settings=lambda: Settings(threads=1, kernels="reference"),
            **more,
        )

    def _ended(self, event):
        self.heard.append(event)
        self.over.set()


class Run:
    """Stands for a process and its folder."""

    def __init__(self):
        self.closed = False

    def close(self):
        self.closed = True


@pytest.mark.integration
def test_it_measures_in_a_process_of_its_own_and_keeps_what_it_found(tmp_path):
    desk = Desk(tmp_path, facts=None, budget_s=0.2)
    service = desk.service
    assert service.current() is None
    service.start()
    service.start()  # one is enough
    assert service.running
    assert desk.over.wait(120)
    ended = desk.heard[-1]
    assert (ended.failed, service.running) == (None, False)
    assert ended.found == service.current()
    assert any(isinstance(event, CalibrationProgressed) for event in desk.heard)
    assert {rate.id for rate in ended.found.rates} >= {"g1", "g2", "transforms", "memory"}
    assert all(rate.one_core > 0 and rate.all_cores > 0 for rate in ended.found.rates)
    assert list(desk.dirs.cache.glob("calibration-*")) == []
    # the next window has it
    other = Desk(tmp_path, facts=None).service
    assert other.current() == service.current()
    assert other.kept().base_bytes > 50_000_000
    # a cancel is heard before the process is up, and at any other time
    desk.over.clear()
    service.start()
    begun_s = SYSTEM_CLOCK.monotonic_s()
    service.cancel()
    assert desk.over.wait(60)
    assert desk.heard[-1] == CalibrationEnded(None)
    assert SYSTEM_CLOCK.monotonic_s() - begun_s < 5  # 0.4 s where nothing else runs
    service.close()
    service.close()
    assert list(desk.dirs.cache.glob("calibration-*")) == []


def test_what_was_found_counts_from_now_on(tmp_path):
    desk = Desk(tmp_path)
    service, run = desk.service, Run()
    service._run = run
    service._progressed(HowFar(0.5, msg("Measuring the disk"), 9.0))
    service._ended(run, Outcome("done", bytes(encode(Measured(json.dumps(plain_of()).encode())))))
    assert run.closed
    assert desk.heard[0] == CalibrationProgressed(0.5, msg("Measuring the disk"), 9.0)
    view = desk.heard[1].found
    assert view == service.current()
    assert (view.unix_s, view.seconds, view.stale) == (1e9, 20.0, None)
    assert "disk-write" not in {rate.id for rate in view.rates}
    assert (desk.dirs.state / FILE_NAME).is_file()
    assert (service.kept().name, service.kept().rates.kernels) == ("1000000000", "ifma")
    assert service.notice is None


def test_another_machine_makes_it_out_of_date(tmp_path):
    desk = Desk(tmp_path)
    (desk.dirs.state / FILE_NAME).write_text(json.dumps(plain_of()))
    assert desk.service.current().stale is None
    desk.facts = replace(FACTS, processor=replace(FACTS.processor, model="B"))
    assert desk.service.current().stale.params["after"] == "B"
    desk.facts = None
    assert desk.service.current().stale is None


def test_beside_other_programs_the_figures_are_less_sure(tmp_path):
    desk = Desk(tmp_path)
    (desk.dirs.state / FILE_NAME).write_text(json.dumps(plain_of(replace(FOUND, quiet=0.2))))
    assert "Other programs" in desk.service.current().stale.template


def test_what_fails_is_said(tmp_path):
    desk = Desk(tmp_path)
    error = ResourceError(msg("There is no room to measure the disk with."))
    desk.service._ended(Run(), Outcome("failed", bytes(encode(failure_of(error)))))
    assert desk.heard[-1] == CalibrationEnded(None, error.message)
    desk.service._ended(Run(), Outcome("died", exit_code=-9))  # its process was killed
    assert desk.heard[-1].failed is not None
    desk.service._ended(Run(), Outcome("cancelled"))
    assert desk.heard[-1] == CalibrationEnded(None)
    desk.service._ended(Run(), Outcome("done", bytes(encode(Measured(b"{}")))))
    assert desk.heard[-1].failed is not None
    desk.service._ended(Run(), Outcome("done", bytes(encode(Measured(b"[]")))))
    assert desk.heard[-1].failed is not None
    desk.service._run = run = Run()
    desk.service._ended(run, Outcome("done", bytes(encode(Measured(b"{")))))
    assert desk.heard[-1].failed is not None
    assert run.closed
    assert not desk.service.running, "another one can begin"
    assert desk.service.current() is None


def test_a_full_disk_keeps_it_until_the_program_ends(tmp_path, monkeypatch):
    from zkcompanion.app import calibration_service as module

    def full(*_args):
        raise ResourceError(msg("The disk is full."))

    monkeypatch.setattr(module, "write_document", full)
    desk = Desk(tmp_path)
    desk.service._ended(Run(), Outcome("done", bytes(encode(Measured(json.dumps(plain_of()).encode())))))
    assert desk.service.current() is not None
    assert desk.service.notice.params["why"].template == "The disk is full."


def test_a_damaged_file_is_set_aside_and_another_one_is_none(tmp_path):
    desk = Desk(tmp_path)
    (desk.dirs.state / FILE_NAME).write_text("{")
    assert desk.service.current() is None
    assert desk.service.notice is not None
    (desk.dirs.state / FILE_NAME).write_text("{}")
    assert Desk(tmp_path).service.current() is None


def test_without_a_folder_it_does_not_begin(tmp_path, monkeypatch):
    from zkcompanion.app import calibration_service as module

    def refuses(**_more):
        raise PermissionError(13, "Permission denied")

    desk = Desk(tmp_path)
    monkeypatch.setattr(module.tempfile, "mkdtemp", refuses)
    with pytest.raises(FileError):
        desk.service.start()
    assert not desk.service.running


def test_what_a_killed_window_left_is_removed(tmp_path):
    clock = HandClock(SYSTEM_CLOCK.unix_s())
    desk = Desk(tmp_path, clock=clock)
    for name in ("calibration-old", "other"):
        (desk.dirs.cache / name).mkdir()
        (desk.dirs.cache / name / "disk").write_bytes(b"x")
    desk.service._folder()
    assert (desk.dirs.cache / "calibration-old").is_dir()  # perhaps another window's
    clock.now_s += 4000
    desk.service._folder()
    assert not (desk.dirs.cache / "calibration-old").exists()
    assert (desk.dirs.cache / "other").is_dir()


def wrong_plains():
    for name in ("version", "rates", "basis", "unix_s", "seconds", "quiet", "memory", "disk", "base_bytes"):
        yield {key: value for key, value in plain_of().items() if key != name}
    for changed in (
        {"memory": [None, 1.0]},
        {"memory": [1.0]},
        {"disk": "fast"},
        {"disk": [-1.0, 2.0]},
        {"unix_s": True},
        {"seconds": 1e300},
        {"version": 2},
        {"rates": {"kernels": "ifma", "threads": 1, "one": {}, "all": {}}},
        # kernels that nobody has, and too little to tell a whole proof by
        {"rates": rates_to_plain(replace(FOUND.rates, kernels="nonsense"))},
        {"rates": rates_to_plain(replace(FOUND.rates, one={"read-key": FOUND.rates.one["read-key"]}))},
    ):
        yield plain_of() | changed


@pytest.mark.parametrize("plain", list(wrong_plains()))
def test_what_is_no_calibration_is_none(plain):
    assert from_plain(plain) is None


def test_a_calibration_comes_back_as_it_was():
    kept = from_plain(json.loads(json.dumps(plain_of())))
    again = to_plain(kept.found, kept.basis, kept.base_bytes)
    assert again == plain_of()
    assert view_of(kept, None).rates


def test_a_kind_that_was_not_measured_is_not_shown():
    few = Rates("ifma", 1, {"g1": FOUND.rates.one["g1"]}, {})
    kept = KeptCalibration(replace(FOUND, rates=few), {}, 0)
    assert [rate.id for rate in view_of(kept, None).rates] == ["g1", "memory", "disk-read"]


def test_what_cannot_be_read_of_the_progress_stops_nothing(tmp_path):
    heard = []
    run = _Run(tmp_path / "folder", heard.append, heard.append, SYSTEM_CLOCK)
    run.progressed(1, b"nonsense")
    run.progressed(1, bytes(encode(HowFar(0.5, msg("Measuring the disk"), 9.0))))
    assert heard == [HowFar(0.5, msg("Measuring the disk"), 9.0)]
    assert not run.lost(1, Outcome("died"))


def test_without_a_state_folder_there_is_no_calibration(tmp_path):
    (tmp_path / "home").write_text("no folder")
    desk = Desk(tmp_path / "home")
    assert desk.service.current() is None
    desk.service.cancel()
    desk.service.close()


def test_a_fault_while_it_is_kept_is_told_and_another_can_be_begun(tmp_path, monkeypatch):
    def wrong(_content):
        raise ValueError("a fault of ours")

    desk = Desk(tmp_path)
    run = desk.service._run = Run()
    monkeypatch.setattr(desk.service, "_keep", wrong)
    desk.service._ended(run, Outcome("done", bytes(encode(Measured(b"{}")))))
    assert desk.heard[-1].failed is not None
    assert (run.closed, desk.service.running) == (True, False)


def test_what_cannot_be_begun_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    def refuses(self, config):
        raise RuntimeError("can't start new thread")

    desk = Desk(tmp_path)
    monkeypatch.setattr(_Run, "begin", refuses)
    with pytest.raises(ResourceError, match="thread"):
        desk.service.start()
    assert not desk.service.running
    assert list(desk.dirs.cache.glob("calibration-*")) == []


def test_a_cancel_while_it_begins_is_heard(tmp_path, monkeypatch):
    began, cancelled = [], []

    def begins(self, config):
        other = threading.Thread(target=desk.service.cancel)
        other.start()
        other.join(0.05)  # it waits until there is something to cancel
        began.append(other)
        monkeypatch.setattr(self.crew, "cancel", lambda job: cancelled.append((job, other in began)))

    desk = Desk(tmp_path)
    monkeypatch.setattr(_Run, "begin", begins)
    desk.service.start()
    began[0].join(5)
    assert cancelled == [(1, True)]


def test_nothing_is_begun_after_the_window_was_closed(tmp_path):
    desk = Desk(tmp_path)
    desk.service.close()
    desk.service.start()
    assert not desk.service.running
    assert list(desk.dirs.cache.glob("calibration-*")) == []
