"""Each run that is told of on the bus is kept once, with what became of each of its proofs."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from tests.support.clocks import HandClock
from tests.support.stores import bend, rows
from tests.support.window_views import job
from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.job_views import JobChanged, PhaseView
from zkcompanion.app.monitor_views import Sample, SampleTaken
from zkcompanion.app.run_recorder import RunKept, RunRecorder, RunsForgotten, leave_runs
from zkcompanion.app.views import ProofView
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.runs import ProofEvent, RunRecord
from zkcompanion.storage.errors import DamagedError
from zkcompanion.storage.spool import spool_event

T = 1_780_000_000.0


class Told:
    """A recorder, the bus it hears, and a clock that is set by hand."""

    def __init__(self, home, **options):
        self.dirs = AppDirs(home)
        self.bus = EventBus()
        self.clock = HandClock(T)
        self.kept = []
        self.bus.subscribe(RunKept, lambda event: self.kept.append(event.record))
        self.recorder = RunRecorder(self.dirs, self.bus, self.clock, **options)
        self.recorder.watch()

    def tell(self, at_s, view):
        self.clock.set(T + at_s)
        self.bus.publish(JobChanged(replace(view, submitted_unix_s=T)))

    def run(self, *, at_s=0.0, number=1, **end):
        """Waits, runs, ends 10 s later; the record of it."""
        self.tell(at_s, job("waiting", id=number, worker=None))
        self.tell(at_s + 1, job("running", id=number, worker="prover"))
        self.tell(at_s + 10, job(**({"state": "done", "id": number, "result": made(2.0)} | end)))
        self.recorder.settled()
        return self.kept[-1] if self.kept else None

    def between(self, begin_s, end_s, **options):
        return self.recorder.between(T + begin_s, T + end_s, **options)


def made(*seconds, **more):
    from tests.support.job_records import result

    view = result()
    return replace(view, proofs=tuple(ProofView(one, {}, 100, verified=True, **more) for one in seconds))


@pytest.fixture
def told(tmp_path):
    opened = []

    def start(home=None, **options):
        opened.append(Told(home or tmp_path, **options))
        return opened[-1]

    yield start
    for one in opened:
        one.recorder.close()


def verdicts(record):
    return [(one.verdict, one.seconds, one.lost) for one in record.proofs]


def test_a_run_is_live_until_it_is_over_and_then_kept(told):
    one = told()
    one.tell(0, job("waiting", id=7, worker=None))
    (waiting,) = one.recorder.live()
    assert (waiting.job, waiting.begin_unix_s, waiting.end_unix_s, waiting.outcome) == (7, None, None, "running")
    one.tell(3, job("running", id=7, worker="prover", number=2))
    (running,) = one.recorder.live()
    assert (running.worker, running.begin_unix_s, running.proofs) == ("prover", T + 3, 1)
    assert one.between(0, 1) == one.between(100, 200) == (running,)
    one.tell(10, job("done", id=7, result=made(2.0, 3.0)))
    one.recorder.settled()
    (over,) = one.between(9, 20)
    assert (over.job, over.begin_unix_s, over.end_unix_s, over.outcome, over.proofs) == (7, T + 3, T + 10, "done", 2)
    assert one.recorder.live() == one.between(11, 20) == ()


def test_each_proof_ended_when_the_one_after_it_began(told):
    record = told().run(result=made(2.0, 3.0))
    assert [(one.end_unix_s, one.seconds) for one in record.proofs] == [(T + 7, 2.0), (T + 10, 3.0)]


def test_phases_are_kept_with_their_workers(told):
    one = told()
    one.tell(0, job("running", id=1, worker="prover", phases=(PhaseView("load", "running", 0.0),)))
    later = (PhaseView("load", "done", 1.0), PhaseView("witness", "done", 0.5), PhaseView("sum-a", "running", 0.5))
    one.tell(2, job("running", id=1, worker="prover", phases=later))
    (live,) = one.recorder.live()
    spans = [(span.phase, span.begin_unix_s - T, span.end_unix_s - T, span.worker) for span in live.phases]
    assert spans == [("load", 0, 1, "prover"), ("witness", 1, 1.5, "prover"), ("sum-a", 1.5, 2, "prover")]
    assert [span.phase for span in one.recorder.live(finest_s=0.75)[0].phases] == ["load"]
    one.tell(3, job("running", id=1, deaths=1, phases=(), worker=None))
    resumed = (PhaseView("load", "done", 1.0, resumed=True), PhaseView("sum-a", "running", 0.5))
    one.tell(4, job("running", id=1, deaths=1, worker="prover-2", phases=resumed))
    one.tell(5, job("done", id=1, deaths=1, result=made(9.0)))
    one.recorder.settled()
    (over,) = one.between(0, 9)
    (coarse,) = one.between(0, 9, finest_s=0.75)
    assert coarse.phases == tuple(span for span in over.phases if span.end_unix_s - span.begin_unix_s >= 0.75)
    assert 0 < len(coarse.phases) < len(over.phases)
    assert [(span.phase, span.begin_unix_s - T, span.worker) for span in over.phases][-2:] == [
        ("sum-a", 1.5, "prover"),
        ("sum-a", 3.5, "prover-2"),
    ]


def test_a_proof_that_lost_a_worker_took_as_long_as_its_run(told):
    one = told()
    one.tell(0, job("running", id=1))
    one.tell(2, job("waiting", id=1, deaths=1))
    one.tell(3, job("running", id=1, deaths=1))
    one.tell(10, job("done", id=1, deaths=1, result=made(2.0, resumed=("witness",))))
    one.recorder.settled()
    assert verdicts(one.kept[0]) == [("verified", 10.0, 1)]
    assert one.kept[0].deaths == 1


def test_of_several_proofs_only_the_one_that_lost_a_worker_has_no_time(told):
    one = told()
    one.tell(0, job("running", id=1, number=1))
    one.tell(2, job("running", id=1, number=2))
    one.tell(3, job("waiting", id=1, number=2, deaths=1))
    one.tell(10, job("done", id=1, number=3, deaths=1, result=made(1.0, 2.0, 3.0)))
    one.recorder.settled()
    assert verdicts(one.kept[0]) == [("verified", 1.0, 0), ("verified", None, 1), ("verified", 3.0, 0)]


@pytest.mark.parametrize(
    ("state", "code", "verdict", "outcome"),
    [
        ("failed", "bug", "failed", "failed"),
        ("failed", "resources", "failed", "failed"),
        ("failed", "input", "refused", "failed"),
        ("cancelled", None, "cancelled", "cancelled"),
    ],
)
def test_proofs_before_the_one_that_was_not_made_were_made(told, state, code, verdict, outcome):
    one = told()
    error = None if code is None else ErrorView(code, msg("no"))
    one.tell(0, job("running", id=1, number=1))
    one.tell(4, job("running", id=1, number=2))
    one.tell(6, job("running", id=1, number=3))
    one.tell(9, job(state, id=1, number=3, error=error))
    one.recorder.settled()
    (record,) = one.kept
    assert verdicts(record) == [("verified", None, 0), ("verified", None, 0), (verdict, None, 0)]
    assert [event.end_unix_s - T for event in record.proofs] == [4, 6, 9]
    assert (record.outcome, record.error_code) == (outcome, code)


def test_what_never_began_is_no_run(told):
    one = told()
    one.tell(0, job("waiting", id=1))
    one.tell(1, job("cancelled", id=1))
    one.tell(2, job("failed", id=2))
    one.recorder.settled()
    assert one.kept == [] == list(one.between(0, 9))


def test_dates_of_a_run_do_not_go_back_with_the_clock(told):
    one = told()
    one.tell(5, job("running", id=1))
    one.tell(-3000, job("done", id=1, result=made(1.0)))
    one.recorder.settled()
    assert (one.kept[0].begin_unix_s, one.kept[0].end_unix_s) == (T + 5, T + 5)


def test_a_run_knows_whether_the_machine_slept_or_ran_from_its_battery(told):
    one = told()
    one.tell(0, job("running", id=1))
    one.bus.publish(SampleTaken(Sample(T, 0.0, {})))
    one.bus.publish(SampleTaken(Sample(T + 100, 1.0, {"machine.on_battery": 1.0})))
    one.bus.publish(SampleTaken(Sample(T + 101, 2.0, {"machine.on_battery": 0.0})))
    one.tell(102, job("waiting", id=2))
    one.bus.publish(SampleTaken(Sample(T + 200, 3.0, {})))
    one.tell(300, job("running", id=2))
    for number in (1, 2):
        one.tell(301, job("done", id=number, result=made(1.0)))
    one.recorder.settled()
    assert [(record.battery, record.asleep_s) for record in one.kept] == [(True, 199.0), (False, 0.0)]


def test_the_next_start_finds_the_runs_and_their_usual_times(told, tmp_path):
    first = told()
    first.run(result=made(*[2.0] * 5))
    first.recorder.close()
    second = told()
    (over,) = second.between(0, 20)
    assert over.job < 0  # of another session
    assert second.run(number=1, at_s=30).proofs[0].usual_s == 2.0
    assert [record.id for record in second.recorder.records()] == [1, 2]
    assert second.recorder.count() == 2
    assert second.recorder.size_bytes() > 0


def test_where_the_user_keeps_no_history_nothing_is_kept(told, tmp_path):
    one = told(wanted=lambda: False)
    leave_runs(one.dirs, [command()])
    assert one.run() is None
    one.recorder.take_in()
    assert one.recorder.records() == one.recorder.live() == ()
    assert not list((tmp_path / "state" / "runs.spool").glob("*.json"))


def command(**more):
    proofs = (ProofEvent(T + 5, 1.0, "verified"),)
    values = {"title": msg("{name}", name="c 123456789012345678901234567890"), "fingerprint": "c", "worker": ""}
    return RunRecord(0, source="command", submitted_unix_s=T, begin_unix_s=T, end_unix_s=T + 5, outcome="done",
                     proofs=proofs, **(values | more))  # fmt: skip


def test_a_run_of_a_command_is_counted_once_before_and_after_a_window_takes_it_in(told, tmp_path):
    dirs = AppDirs(tmp_path)
    leave_runs(dirs, [command(), command()])
    reader = RunRecorder(dirs, EventBus(), HandClock(T), writes=False)
    assert len(reader.records()) == 2
    one = told()
    one.recorder.take_in()
    one.recorder.take_in()
    assert [record.id for record in one.kept] == [1, 2]
    assert "123456789012" not in str(one.kept[0].title)
    assert len(reader.records()) == len(one.recorder.records()) == 2
    reader.close()


def test_what_is_in_the_store_is_not_counted_again_where_its_event_still_waits(told, tmp_path):
    dirs = AppDirs(tmp_path)
    leave_runs(dirs, [command()])
    (event,) = (tmp_path / "state" / "runs.spool").glob("*.json")
    content = event.read_bytes()
    one = told()
    one.recorder.take_in()
    event.write_bytes(content)  # as after a kill between the commit and the removal
    one.recorder.close()
    reader = RunRecorder(dirs, EventBus(), HandClock(T), writes=False)
    assert len(reader.records()) == 1
    reader.close()


def test_an_event_that_is_no_run_is_set_aside(told, tmp_path):
    spool_event(tmp_path / "state" / "runs.spool", "runs.run", {"odd": 1})
    one = told()
    one.recorder.take_in()
    assert one.kept == []
    assert len(list((tmp_path / "state" / "runs.spool" / "damaged").iterdir())) == 1


def test_clearing_forgets_what_was_and_what_waits(told, tmp_path):
    one = told()
    forgotten = []
    one.bus.subscribe(RunsForgotten, forgotten.append)
    one.run()
    leave_runs(one.dirs, [command()])
    one.recorder.clear()
    assert one.recorder.records() == one.between(0, 99) == ()
    assert len(forgotten) == 1
    assert one.run(number=2).id == 1


def test_a_damaged_file_costs_the_runs_in_it_and_says_so(told, tmp_path):
    first = told()
    first.run()
    first.recorder.close()
    path = tmp_path / "state" / "runs.sqlite"
    path.write_bytes(b"no database" * 1000)
    second = told()
    assert second.run(number=2).id == 1
    assert "damaged" in str(second.recorder.notice)


def test_a_damaged_row_is_left_out(told, tmp_path):
    first = told()
    first.run()
    first.run(number=2)
    first.recorder.close()
    bend(tmp_path / "state" / "runs.sqlite", ("UPDATE runs SET body = '{}' WHERE id = 1", ()))
    assert [record.id for record in told().recorder.records()] == [2]


def test_what_cannot_be_written_is_known_until_the_program_ends(told, tmp_path):
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "runs.sqlite").mkdir()
    one = told()
    record = one.run()
    assert record.id == 0
    assert "cannot be saved" in str(one.recorder.notice)
    assert [found.proofs for found in one.recorder.records()] == [record.proofs]
    (over,) = one.between(0, 99)
    assert over.outcome == "done"
    one.recorder.clear()


def test_nothing_of_inputs_or_files_is_in_the_file(told, tmp_path):
    one = told()
    one.run()
    one.recorder.close()
    (row,) = rows(tmp_path / "state" / "runs.sqlite", "SELECT body, phases FROM runs")
    assert "secret" not in row[0]
    assert ".r1cs" not in row[0]
    assert ".zkey" not in row[0]


def test_a_file_that_is_damaged_while_the_program_runs_is_begun_anew(told, tmp_path):
    one = told()
    failures = [DamagedError(msg("x"), file="x")]
    write = one.recorder._store.write

    def failing(job):
        if failures:
            failed = Future()
            failed.set_exception(failures.pop())
            return failed
        return write(job)

    one.recorder._store.write = failing
    assert one.run().id == 1


def test_a_spool_that_cannot_be_taken_in_waits(told, tmp_path):
    leave_runs(AppDirs(tmp_path), [command()])
    (tmp_path / "state" / "runs.sqlite").mkdir()
    one = told()
    assert one.recorder.take_in() == 0
    assert "cannot be saved" in str(one.recorder.notice)
    assert one.recorder.count() == 0
    assert len(list((tmp_path / "state" / "runs.spool").glob("*.json"))) == 1


def test_other_events_and_what_is_damaged_are_not_counted_by_a_reader(tmp_path):
    folder = tmp_path / "state" / "runs.spool"
    spool_event(folder, "runs.later", {})
    spool_event(folder, "runs.run", {"odd": 1})
    (folder / f"{'0' * 32}.json").write_bytes(b"{")
    reader = RunRecorder(AppDirs(tmp_path), EventBus(), HandClock(T), writes=False)
    assert reader.records() == ()
    reader.close()


def test_a_run_that_no_store_takes_is_left_out(told):
    one = told()
    one.clock.set(1e15)
    one.bus.publish(JobChanged(job("running", id=1)))
    one.bus.publish(JobChanged(job("done", id=1, result=made(1.0))))
    one.recorder.settled()
    assert one.kept == [] == list(one.recorder.records())


def test_nothing_is_heard_after_the_end(told):
    one = told()
    one.tell(0, job("running", id=1))
    tracker_heard = one.recorder._job_changed
    one.recorder.close()
    tracker_heard(JobChanged(job("done", id=1)))  # one that was on its way
    assert one.kept == []


def test_a_run_that_cannot_be_kept_does_not_go_on_for_ever(told):
    one = told(wanted=lambda: 1 / 0)
    one.run()
    assert (one.kept, one.recorder.live()) == ([], ())
