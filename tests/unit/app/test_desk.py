import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.support.window_views import job, proving
from zkcompanion.app.desk import Desk, cache_limits_of
from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_views import JobChanged
from zkcompanion.app.monitor_views import SampleTaken
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import Limits


def test_what_the_window_works_with_is_built_once(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        assert desk.preferences is desk.preferences
        assert desk.history is desk.history
        assert desk.storage.view().history.entries == 0
        assert "  theme: system" in desk.diagnostics.report()


def test_what_the_stores_say_of_their_files_is_gathered_from_those_that_are_open(tmp_path):
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "monitor.sqlite").write_bytes(b"no store" * 1000)
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        assert desk.notices() == ()
        assert desk.monitor.series() == ()
        ((name, text),) = desk.notices()
        assert name == "monitor"
        assert "monitor.sqlite" in str(text)


def test_another_language_renews_the_catalogue_and_another_theme_does_not(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        desk.preferences.change(language="en")
        english = desk.catalogue
        assert english.say(msg("Prove")) == "Prove"
        desk.preferences.change(theme="dark")
        assert desk.catalogue is english
        desk.preferences.change(language="qps")
        assert desk.catalogue.say(msg("Prove")) == "⟦Þŕöṽé þ⟧"


def test_the_history_asks_the_user_s_preference_each_time(tmp_path):
    record = ProofRecord(0, 1.0, "c", msg("C"), "c", "00", "verified", 1)
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        desk.preferences.change(keep_history=False)
        assert desk.history.add(record).id == 0
        desk.preferences.change(keep_history=True)
        assert desk.history.add(record).id == 1


def test_closing_notes_that_the_program_ended_by_itself(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        desk.diagnostics.watch_crashes()
        assert len(list((tmp_path / "state" / "runs").iterdir())) == 1
    assert list((tmp_path / "state" / "runs").iterdir()) == []
    desk.close()


def test_the_limits_of_the_cache_hold_for_all_as_soon_as_they_are_chosen(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        assert desk.cache.view().max_bytes == 1 << 30
        desk.preferences.change(cache_entries=100, cache_bytes=1 << 28)
        view = desk.cache.view()
        assert (view.max_entries, view.max_bytes) == (100, 1 << 28)
        with pytest.raises(UsageError):
            desk.preferences.change(cache_bytes=1)
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        assert cache_limits_of(desk.preferences.current) == Limits(100, 1 << 28)


def test_limits_are_kept_as_a_choice_where_there_is_no_folder_for_a_cache(tmp_path):
    (tmp_path / "cache").write_text("a file in the folder's place")
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        assert desk.preferences.change(cache_entries=100).cache_entries == 100


def test_samples_are_taken_only_as_long_as_the_user_wants_that(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        desk.preferences.change(monitoring=False)
        desk.start_monitor()
        assert "monitor" not in desk.__dict__
        taken = threading.Event()
        desk.bus.subscribe(SampleTaken, lambda _event: taken.set())
        desk.preferences.change(monitoring=True)
        assert taken.wait(10)
        first = desk.monitor
        desk.preferences.change(monitoring=False)
        assert desk.monitor is not first
        assert "monitor" not in {thread.name for thread in threading.enumerate()}


def test_a_report_of_faults_does_not_name_the_file_of_metrics(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        desk.preferences.change(metrics_file="/srv/proofs.prom")
        assert "  metrics_file: True" in desk.diagnostics.report()
        assert "proofs.prom" not in desk.diagnostics.report()


def test_runs_are_kept_and_count_for_the_objectives_unless_no_history_is_kept(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        running = job("running", submitted_unix_s=desk.clock.unix_s())
        desk.objectives.judged()
        for number, kept in ((1, True), (2, False)):
            desk.preferences.change(keep_history=kept)
            desk.bus.publish(JobChanged(replace(running, id=number)))
            assert [run.job for run in desk.runs.live()] == [number]
            desk.bus.publish(JobChanged(replace(running, id=number, state="done", result=proving())))
            desk.runs.settled()
        assert [found.events for found in desk.objectives.judged()] == [1, 1, 0, 0]
        assert desk.storage.view().history.entries > 0


def test_services_that_threads_ask_for_first_are_made_once(tmp_path):
    with Desk(dirs=AppDirs(tmp_path)) as desk, ThreadPoolExecutor(4) as threads:
        # what asks for others first, then those
        for name in ("jobs", "monitor", "reports", "hardware", "calibration", "predictions", "preferences", "history"):
            found = list(threads.map(lambda _, name=name: getattr(desk, name), range(8)))
            assert len({id(one) for one in found}) == 1
            assert found[0] is getattr(desk, name)


def test_what_takes_long_to_make_lets_nobody_wait_for_the_rest(tmp_path, monkeypatch):
    from zkcompanion.app import hardware_service as module

    begun, go_on = threading.Event(), threading.Event()

    def slow(*_args):
        begun.set()
        assert go_on.wait(10)
        return "made"

    monkeypatch.setattr(module, "hardware_service", slow)
    with Desk(dirs=AppDirs(tmp_path)) as desk, ThreadPoolExecutor(1) as threads:
        made = threads.submit(lambda: desk.hardware)
        assert begun.wait(10)
        assert desk.examples is desk.examples
        go_on.set()
        assert made.result(10) == "made"
