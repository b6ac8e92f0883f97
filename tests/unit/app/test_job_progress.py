from zkcompanion.app.job_progress import PhaseProgress, ProgressMeter
from zkcompanion.app.timing import PhaseAdvanced, PhaseFinished, PhaseResumed, PhaseStarted, ProofStarted
from zkcompanion.proving.phases import Phase


class Clock:
    now_s = 0.0

    def monotonic_s(self):
        return self.now_s

    unix_s = thread_cpu_s = monotonic_s


def meter():
    clock = Clock()
    made = ProgressMeter(clock)

    def at(time_s, event):
        clock.now_s = time_s
        return made.hear(event)

    return made, at, clock


def test_phases_have_their_own_seconds_and_shares():
    made, at, clock = meter()
    assert at(0.0, PhaseStarted(Phase.LOAD, 0))
    assert at(1.0, PhaseStarted(Phase.COMPILE, 4))
    assert not at(1.5, PhaseAdvanced(Phase.COMPILE, 1, 4))
    clock.now_s = 2.0
    found = made.snapshot()
    assert found.number == 0
    assert found.phases == (
        PhaseProgress("load", running=True, seconds=1.0),
        PhaseProgress("compile", running=True, seconds=1.0, done=1, steps=4),
    )
    assert at(4.0, PhaseFinished(Phase.COMPILE, 3.0))
    clock.now_s = 5.0
    assert made.snapshot().phases == (
        PhaseProgress("load", running=True, seconds=2.0),
        PhaseProgress("compile", running=False, seconds=3.0, done=1, steps=4),
    )


def test_a_phase_that_comes_again_goes_on_with_its_seconds():
    made, at, _ = meter()
    at(0.0, PhaseStarted(Phase.LOAD, 3))
    at(1.0, PhaseAdvanced(Phase.LOAD, 3, 3))
    at(1.0, PhaseFinished(Phase.LOAD, 1.0))
    at(5.0, PhaseStarted(Phase.LOAD, 2))
    at(7.0, PhaseFinished(Phase.LOAD, 2.0))
    assert made.snapshot().phases == (PhaseProgress("load", running=False, seconds=3.0, done=0, steps=2),)


def test_each_proof_begins_anew_and_those_before_it_are_remembered():
    made, at, clock = meter()
    at(0.0, PhaseStarted(Phase.LOAD, 0))
    at(1.0, PhaseFinished(Phase.LOAD, 1.0))
    for number, seconds in ((1, 3.0), (2, 2.0), (3, 5.0)):
        at(10.0 * number, ProofStarted(number, 9))
        at(10.0 * number, PhaseStarted(Phase.WITNESS, 0))
        at(10.0 * number + seconds, PhaseFinished(Phase.WITNESS, seconds))
    clock.now_s = 36.0
    found = made.snapshot()
    assert (found.number, found.spent_s) == (3, 6.0)
    assert (found.shortest_s, found.longest_s) == (10.0, 10.0)
    assert found.former == (("witness", 2.0),)
    assert [(entry.phase, entry.seconds) for entry in found.phases] == [("load", 1.0), ("witness", 5.0)]


def test_only_the_last_ten_proofs_count():
    made, at, _ = meter()
    times = [100.0, *[1.0] * 11]
    now = 0.0
    for number, seconds in enumerate(times, start=1):
        at(now, ProofStarted(number, 20))
        now += seconds
    assert made.snapshot().longest_s == 1.0


def test_an_end_closes_what_was_left_open_inside_and_strange_events_are_ignored():
    made, at, _ = meter()
    assert not at(0.0, PhaseAdvanced(Phase.SUM_A, 1, 2))
    assert at(0.0, PhaseFinished(Phase.SUM_A, 1.0))
    at(0.0, PhaseStarted(Phase.SETUP, 0))
    at(1.0, PhaseStarted(Phase.COMPILE, 0))
    at(3.0, PhaseFinished(Phase.SETUP, 1.0))
    assert [(entry.phase, entry.running, entry.seconds) for entry in made.snapshot().phases] == [
        ("setup", False, 1.0),
        ("compile", False, 2.0),
    ]
    at(4.0, PhaseFinished(Phase.COMPILE, 1.0))
    assert made.snapshot().phases[1].seconds == 2.0


def test_a_phase_of_another_worker_takes_no_time_until_it_is_gone_through_again():
    made, at, _ = meter()
    at(0.0, ProofStarted(2, 3))
    assert at(1.0, PhaseResumed(Phase.SUM_A))
    kept = PhaseProgress("sum-a", running=False, seconds=0.0, resumed=True)
    assert made.snapshot().phases == (kept,)
    at(2.0, PhaseStarted(Phase.SUM_A, 4))
    at(5.0, PhaseFinished(Phase.SUM_A, 3.0))
    assert made.snapshot().phases == (PhaseProgress("sum-a", running=False, seconds=3.0, steps=4),)
