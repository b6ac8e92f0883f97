"""Real proofs in a real pool whose workers are killed: the objectives say what was counted by hand."""

import pytest

from tests.support.scripts import load_script

load_script("measure_requirements")
from measure import objective_rows  # noqa: E402  # a package of scripts/, found once a script is loaded


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_objectives_on_real_proofs_are_those_that_are_counted_by_hand(tmp_path):
    log, live, again = objective_rows.measured(tmp_path, 300, doomed=1, cancels=2, refusals=2, kill_each=20)
    assert log.events >= 300
    assert (log.failed, log.cancelled, log.refused) >= (1, 2, 2)
    assert log.recovered > 0
    assert objective_rows.differences(log, live) == []
    assert objective_rows.differences(log, again) == []
    assert objective_rows.counts(live) == objective_rows.counts(again)


def test_a_count_that_differs_is_said():
    log = objective_rows.Log(made=40, verified=40, failed=1, cancelled=1, lost=2, recovered=1)
    assert objective_rows.by_hand(log)["made"] == {"events": 41, "bad": 1, "excluded": {"cancelled": 1}}
    judged = ledgers(verified=40, failed=1, cancelled=1, lost_verified=1, lost_failed=1)
    assert objective_rows.differences(log, judged) == []
    log.failed = 2
    assert objective_rows.differences(log, judged) == ["made events: 41 and by hand 42", "made bad: 1 and by hand 2"]


def ledgers(*, verified, failed, cancelled, lost_verified, lost_failed):
    from zkcompanion.base.messages import msg
    from zkcompanion.monitoring.objectives import SHIPPED, Ledger
    from zkcompanion.monitoring.runs import ProofEvent, RunRecord

    proofs = [
        ProofEvent(9.0, 1.0, what, lost=int(number < lost))
        for what, many, lost in (
            ("verified", verified, lost_verified),
            ("failed", failed, lost_failed),
            ("cancelled", cancelled, 0),
        )
        for number in range(many)
    ]
    run = RunRecord(1, msg("C"), "f", "window", "", 0.0, 0.0, 9.0, "done", proofs=tuple(proofs))
    return tuple(Ledger(one, [run]).judge(10.0) for one in SHIPPED)
