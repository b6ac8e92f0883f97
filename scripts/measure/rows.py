"""The rows that `scripts/measure_requirements.py` can measure, by the numbers of `docs/requirements.md`."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import budget, kills, pool, recovery
from .cache_rows import CACHE_ROWS
from .error_rows import ERROR_ROWS
from .figures import Figure, Row
from .held_rows import HELD_ROWS
from .memory import key_settings, measure, median_error, test_settings
from .monitor_rows import MONITOR_ROWS
from .monitor_window_rows import MONITOR_WINDOW_ROWS
from .objective_rows import OBJECTIVE_ROWS
from .outcomes import OUTCOMES
from .prediction import g8
from .report_rows import REPORT_ROWS
from .series_rows import SERIES_ROWS


def p13(folder: Path) -> Figure:
    """Predicted peak memory on circuits that the model was not fitted to."""
    measured = measure(test_settings(), folder)
    large = [one for one in measured if one.shape.power >= 15]
    with_key = measure(key_settings(), folder)
    return Figure(
        round(median_error(measured), 4),
        "median of |predicted - measured| / measured",
        floor=0.05,
        goal=0.03,
        test="tests/unit/scripts/test_measure_requirements.py::test_the_error_of_memory_predictions_is_the_median",
        artefact={
            "circuits": len(measured),
            "worst": round(max(abs(one.error) for one in measured), 4),
            "inside_the_band": sum(1 for one in measured if one.inside),
            "median_from_2^15_on_beyond_the_interpreter": round(
                statistics.median(one.error_beyond for one in large), 4
            ),
            "making_a_key": {
                "circuits": len(with_key),
                "median": round(median_error(with_key), 4),
                "worst": round(max(abs(one.error) for one in with_key), 4),
            },
            "runs": [one.row() for one in (*measured, *with_key)],
        },
    )


_POOL = "tests/unit/engine/test_pool_processes.py::"


def p6(_folder: Path) -> Figure:
    """How soon the pool answers more load."""
    spare, grown = pool.growth()
    spare_s = statistics.median(spare)
    return Figure(
        round(statistics.median(grown), 4),
        "seconds from the arrival of six jobs at two workers until six have begun theirs (goal: of the spare alone)",
        floor=0.5,
        goal=0.15,
        test=_POOL + "test_the_pool_answers_more_load_at_once",
        artefact={
            "six_at_work": grown,
            "spare_has_begun": spare,
            "spare_median": round(spare_s, 4),
            "spare_reaches_the_goal": spare_s <= 0.15,
        },
    )


def p7(_folder: Path) -> Figure:
    """Latency of workers' messages while all of them are busy."""
    delays = pool.message_delays()
    return Figure(
        round(pool.at(delays, 0.99), 5),
        "seconds from a worker's word to the host's ear, 99th percentile",
        floor=0.01,
        goal=0.006,
        test="tests/unit/engine/test_crew.py::test_progress_is_told_until_the_end_and_not_after_it",
        artefact={"messages": len(delays), "median": statistics.median(delays), "most": delays[-1]},
    )


def p9(folder: Path) -> Figure:
    """A killed worker: how soon its job runs again; and jobs of which some are killed at random."""
    noticed, again = pool.deaths()
    return Figure(
        round(statistics.median(again), 4),
        "seconds from SIGKILL until the job runs in another worker",
        floor=1.0,
        goal=0.3,
        test=_POOL + "test_a_killed_worker_costs_its_job_less_than_a_second_and_no_other_anything",
        artefact={
            "most": again[-1],
            "noticed_median": statistics.median(noticed),
            "noticed_most": noticed[-1],
            "random_kills": pool.random_kills(),
            "real_proofs_by_phase": recovery.kills(folder / "recovery-home"),
        },
    )


def p10(_folder: Path) -> Figure:
    """How busy the workers are while interactive work comes; a band, above which there is no room for the next job."""
    found = pool.utilisation()
    share = found["with_interactive"]
    outside = max(0.7 - share, share - 0.9, 0.0)
    return Figure(
        round(outside, 4),
        "how far the busy share is outside 70 to 90 % while interactive work comes",
        floor=0.0,
        goal=0.0,
        test="tests/unit/engine/schedule/test_simulated.py"
        "::test_the_cores_are_busy_for_70_to_90_percent_while_interactive_work_comes",
        artefact={name: round(value, 4) for name, value in found.items()},
    )


def p12(_folder: Path) -> Figure:
    """Load balancing with real processes of unequal speeds."""
    efficiency = pool.balance()
    return Figure(
        round(efficiency, 4),
        "least possible time of 200 mixed jobs by the time that they took",
        floor=0.9,
        goal=0.95,
        test="tests/unit/engine/schedule/test_simulated.py"
        "::test_200_mixed_jobs_on_unequal_workers_reach_95_percent_of_the_ideal",
        least=False,
    )


def p14(_folder: Path) -> Figure:
    """How soon the next family of kernels is at work."""
    times = pool.fallbacks()
    return Figure(
        round(statistics.median(times), 4),
        "seconds from the notice of the second crash until the job runs with the next kernels",
        floor=0.1,
        goal=0.05,
        test=_POOL + "test_a_job_that_only_crashes_as_usual_is_done_in_another_way",
        artefact={"most": times[-1]},
    )


def p15(_folder: Path) -> Figure:
    """How far the view of the load is behind."""
    delays = pool.load_delay()
    return Figure(
        round(pool.at(delays, 0.99), 5),
        "seconds from a sample to who hears of it, 99th percentile",
        floor=0.05,
        goal=0.02,
        test="tests/unit/app/test_jobs.py::test_the_load_is_told_while_a_job_runs",
        artefact={"samples": len(delays), "median": statistics.median(delays)},
    )


def p16(_folder: Path) -> Figure:
    """Forecasts of real queues."""
    error = pool.forecasts()
    return Figure(
        round(error, 4),
        "median error of the ends, as a part of the time until then",
        floor=0.15,
        goal=0.08,
        test="tests/unit/engine/schedule/test_simulated.py::test_forecasts_of_20_queues_are_right_to_92_percent",
    )


def _fresh(folder: Path, name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))


def p4(folder: Path) -> Figure:
    """What 250 kills during writes of a store, of its spool and of the sealed cache leave."""
    tally = kills.store_kills(_fresh(folder, "p4"), 250)
    return Figure(
        tally.faults,
        "lost, torn, corrupt, doubled or orphaned after 250 kills during cache and store writes",
        floor=0,
        goal=0,
        test="tests/unit/storage/test_spool.py::test_writers_that_are_killed_lose_tear_and_double_nothing",
        artefact=tally.as_json(),
    )


def g18(folder: Path) -> Figure:
    """What 500 kills leave of 30,000 acknowledged changes of preferences."""
    tally = kills.preference_kills(_fresh(folder, "g18"), 500, 30_000)
    return Figure(
        tally.faults,
        "preference changes lost, torn or corrupt of 30,000 acknowledged over 500 kills",
        floor=0,
        goal=0,
        test="tests/unit/app/test_preferences.py::test_an_acknowledged_change_survives_a_kill",
        artefact=tally.as_json(),
    )


#: What a proof within a budget may hold, and how much longer it may take.
_BUDGET, _TIMES = 700_000_000, 1.8


def p27(folder: Path) -> Figure:
    """Peak memory against the straightforward mode, the least that is saved of three circuits."""
    found = [budget.compare(folder, kind, 260_000) for kind in ("dense", "bits", "mix")]
    return Figure(
        round(min(float(str(one["saved"])) for one in found), 4),
        "less peak memory than the straightforward mode, a process for each proof",
        floor=0.3,
        goal=0.5,
        test="tests/unit/proving/groth16/test_straightforward.py::test_it_makes_the_same_proof_and_holds_more",
        least=False,
        artefact={"circuits": found},
    )


def m700(folder: Path) -> Figure:
    """2^20 constraints with 700 MB: the time against no budget; missed as well where the process held more."""
    found = budget.with_budget(folder, 1 << 20, str(_BUDGET))
    held = int(str(found["peak_rss_bytes"]))
    times = float(str(found["times"]))
    return Figure(
        round(times if held <= _BUDGET else max(times, _TIMES + 1), 3),
        "times as long as without a budget: 2^20 constraints (domain 2^21) with --memory 700 MB",
        floor=_TIMES,
        goal=1.4,
        test="tests/integration/test_cli_memory.py"
        "::test_a_tight_budget_is_kept_to_and_the_machine_with_two_cores_is_told",
        artefact=found,
    )


ROWS: Mapping[str, Row] = {
    **CACHE_ROWS,
    **HELD_ROWS,
    **MONITOR_WINDOW_ROWS,
    **REPORT_ROWS,
    **MONITOR_ROWS,
    **OBJECTIVE_ROWS,
    "P4": p4,
    "P6": p6,
    "P7": p7,
    "P9": p9,
    "P10": p10,
    "P12": p12,
    "P13": p13,
    "P14": p14,
    "P15": p15,
    "P16": p16,
    "P27": p27,
    "M700": m700,
    "G8": g8,
    "G18": g18,
    **OUTCOMES,
    **ERROR_ROWS,
    **SERIES_ROWS,
}
