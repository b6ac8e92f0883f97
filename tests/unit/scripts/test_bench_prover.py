import json
import mmap
import os
import sys
from types import SimpleNamespace

import pytest

from tests.support.scripts import load_script

bench_prover = load_script("bench_prover")
from proverbench import bench, circuits, machine, memory_row, provers, rounds, table  # noqa: E402

Part, Row, Timing = table.Part, table.Row, provers.Timing


def part(value, *, least=False):
    floor, goal = (60, 45) if least else (5, 8)
    return Part("", value, floor, goal, "times", least=least)


@pytest.mark.parametrize(
    ("least", "value", "ok", "goal_met"),
    [(False, 4.9, False, False), (False, 5, True, False), (False, 8, True, True),
     (True, 61, False, False), (True, 60, True, False), (True, 45, True, True)],
)  # fmt: skip
def test_a_figure_meets_its_floor_and_its_goal(least, value, ok, goal_met):
    assert (part(value, least=least).ok, part(value, least=least).goal_met) == (ok, goal_met)


def test_the_value_of_a_row_is_that_of_the_part_nearest_its_floor():
    data = Row(5, "figure", "how", [Part("dense", 40, 25, 40, "times"), Part("bits", 14, 15, 25, "times")]).data()
    assert (data["row"], data["measured"], data["value"], data["floor"]) == (5, True, 14, 15)
    assert (data["ok"], data["goal_met"]) == (False, False)
    assert [(p["name"], p["ok"]) for p in data["parts"]] == [("dense", True), ("bits", False)]


class Steady:
    """A prover that takes as long as it is told."""

    def __init__(self, name, seconds):
        self.name = name
        self.seconds = list(seconds)
        self.log = []

    def open(self, case):
        self.log.append("open")

    def prove(self, case):
        wall = self.seconds.pop(0)
        return Timing(wall, 2 * wall, {"load": wall / 2})

    def close(self):
        self.log.append("close")


def test_ratios_are_taken_round_by_round():
    ours, theirs = Steady("ours", [1, 2, 10]), Steady("theirs", [5, 12, 20])
    measured = rounds.measure(SimpleNamespace(), [ours, theirs], 3, rounds.Patience())
    assert measured.names == ("ours", "theirs")
    assert (measured.seconds(0), measured.seconds(1), measured.seconds(1, cpu=True)) == (2, 12, 24)
    assert measured.ratio(1) == 5, "of 5, 6 and 2"
    assert measured.phases() == {"load": 1}
    assert ours.log == theirs.log == ["open", "close"]


def test_disturbed_rounds_are_made_again_and_the_quietest_count(monkeypatch):
    shares = iter([0.5, 0.05, 0.4, 0.3, 0.9, 0.6])
    monkeypatch.setattr(rounds, "Disturbance", lambda: SimpleNamespace(share=lambda: next(shares)))
    monkeypatch.setattr(rounds, "wait_until_quiet", lambda *_: True)
    patience = rounds.Patience(quiet_share=0.1)
    measured = rounds.measure(SimpleNamespace(), [Steady("ours", range(1, 7))], 2, patience)
    assert [r.others for r in measured.rounds] == [0.05, 0.3]
    shares = iter([0.01, 0.02, 0.9])
    measured = rounds.measure(SimpleNamespace(), [Steady("ours", range(1, 7))], 2, patience)
    assert [r.others for r in measured.rounds] == [0.01, 0.02], "and no more rounds than needed"


def test_a_proof_that_fails_stops_the_rounds_and_closes_everything():
    class Failing(Steady):
        def prove(self, case):
            raise SystemExit("no")

    ours, theirs = Steady("ours", [1]), Failing("theirs", [])
    with pytest.raises(SystemExit):
        rounds.measure(SimpleNamespace(), [ours, theirs], 1, rounds.Patience())
    assert ours.log[-1] == theirs.log[-1] == "close"


def test_a_process_that_fails_stops_the_run():
    assert provers.run_process([sys.executable, "-c", "pass"]).wall_s > 0
    with pytest.raises(SystemExit, match="failed: no such witness"):
        provers.run_process([sys.executable, "-c", "print('no such witness'); raise SystemExit(3)"])


def test_a_peer_that_is_not_there_leaves_its_row_unmeasured(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    options = bench.Options(1, 1, "reference", None, rounds.Patience())
    with bench.Bench(options, tmp_path) as nothing:
        data = bench_prover.measure_row(nothing, 1).data()
    assert (data["row"], data["measured"]) == (1, False)
    assert "rapidsnark is not there" in data["reason"]
    assert bench_prover.ROWS.keys() == set(range(1, 12))


def test_a_proof_of_another_library_is_read_in_its_order():
    data = b"".join(i.to_bytes(32, "big") for i in range(1, 9))
    proof = provers.proof_from_words(data)
    assert (proof.pi_a, proof.pi_b, proof.pi_c) == ((1, 2), ((4, 3), (6, 5)), (7, 8))


def test_the_pages_of_the_key_are_told_from_all_others(tmp_path):
    key = tmp_path / "k.zkey"
    key.write_bytes(bytes(1 << 20))
    with key.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert mapped[:] == bytes(1 << 20)
        total, of_key = memory_row._resident(os.getpid(), str(key))
    assert of_key == 1 << 20
    assert total > of_key
    assert memory_row._peak(os.getpid()) >= total - (1 << 22)
    assert memory_row._resident(1 << 22, str(key)) is None


def test_what_others_do_is_a_share_of_the_machine():
    assert 0 <= machine.Disturbance().share() <= 1
    assert machine.wait_until_quiet(1.0, 0.0)
    described = machine.describe()
    assert {"cpu", "features", "ifma", "cores", "commit"} <= described.keys()
    assert json.dumps(described)


def test_a_circuit_is_made_once_and_its_proofs_are_checked(tmp_path):
    options = bench.Options(1, 1, "reference", None, rounds.Patience())
    with bench.Bench(options, tmp_path) as small:
        case = small.case("bits", 4)
        assert small.case("bits", 4) is case
        measured = small.measure(case, [provers.Warm(small.backend())])
        case.verify_files(case.folder / "ours-proof.json", case.folder / "ours-public.json")
        stamp = case.zkey.stat().st_mtime_ns
        again = circuits.make_case("bits", 4, small.backend(), tmp_path)
    assert again.zkey.stat().st_mtime_ns == stamp
    assert again.setup_seconds == 0 < case.setup_seconds
    data = measured.data()
    assert data["circuit_blake2b"] == case.circuit_blake2b
    assert data["provers"]["ours"]["seconds"] > sum(data["provers"]["ours"]["phases"].values()) > 0
    assert data["ratios"] == {}
