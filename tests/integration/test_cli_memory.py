"""`--memory` on the running program: the peak that the system counts, the same verdict, and the least that is asked."""

import re
import subprocess
import sys

import pytest

from tests.support.cli import BARE, ROOT, environment, run
from tests.support.groups import control_group
from zkcompanion.base.units import parse_size
from zkcompanion.benchmarks.generated import generate_circuit
from zkcompanion.proving.formats.mapped import GIVES_BACK
from zkcompanion.proving.formats.r1cs import write_r1cs
from zkcompanion.proving.formats.wtns import write_wtns

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kernels,
    pytest.mark.skipif(not GIVES_BACK, reason="pages are given back on Linux"),
]
PROVE = ("groth16", "prove", "c.zkey", "c.wtns", "proof.json", "public.json", "--json", "--threads", "2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("memory")
    system, witness = generate_circuit("dense", 15)
    write_r1cs(path / "c.r1cs", system)
    write_wtns(path / "c.wtns", witness)
    assert run("groth16", "setup", "--development", "c.r1cs", "c.zkey", cwd=path).code == 0
    # kernels are compiled, which is not counted
    assert run(*PROVE, cwd=path).code == 0
    return path


def test_a_tight_budget_is_kept_to_and_the_machine_with_two_cores_is_told(folder):
    whole = run(*PROVE, cwd=folder).data
    refused = run(*PROVE, "--memory", "50M", cwd=folder)
    assert refused.code == 4
    least = refused.err.split("--memory ")[1].split(",")[0]
    done = run(*PROVE, "--memory", least, cwd=folder)
    assert done.code == 0, done.err
    data, proof = done.data, done.data["proofs"][0]
    assert (data["verified"], data["threads"], data["memory"]["mode"]) == (True, 2, "streamed")
    assert data["memory"]["budget_bytes"] == parse_size(least)
    assert proof["peak_rss_bytes"] <= data["memory"]["budget_bytes"]
    assert proof["peak_rss_bytes"] < whole["proofs"][0]["peak_rss_bytes"]
    assert "takes longer" in done.err
    assert run(*PROVE, "--memory", "2G", cwd=folder).data["memory"]["mode"] == "whole"


def test_a_key_is_made_within_a_budget_which_is_kept_to(folder):
    make = ("groth16", "setup", "--development", "c.r1cs", "made.zkey", "--json", "--threads", "2")
    refused = run(*make, "--memory", "50M", cwd=folder)
    assert refused.code == 4
    assert not (folder / "made.zkey").exists()
    least = refused.err.split("--memory ")[1].split(",")[0]
    made = run(*make, "--memory", least, cwd=folder)
    assert made.code == 0, made.err
    assert made.data["memory"]["budget_bytes"] == parse_size(least)
    assert made.data["peak_rss_bytes"] <= parse_size(least)
    assert (folder / "made.zkey").stat().st_size == (folder / "c.zkey").stat().st_size
    from_powers = ("groth16", "setup", "c.r1cs", "p.ptau", "made.zkey", "--memory", "1G")
    assert run(*from_powers, cwd=folder).code == 2


def test_wrong_sizes_and_the_mask_are_wrong_use(folder):
    assert run(*PROVE, "--memory", "much", cwd=folder).code == 2
    assert run(*PROVE, "--memory", "1G", "--constant-work", cwd=folder).code == 2


def test_freed_arrays_leave_the_process(tmp_path):
    """In a process of its own, since the C library is told for good."""
    program = (
        "import numpy as np\n"
        "from zkcompanion.base.process import return_freed_memory\n"
        "def resident():\n"
        "    return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "for _ in range(2):\n"
        "    np.ones(3 << 20, dtype=np.uint8).sum()\n"
        "return_freed_memory()\n"
        "before = resident()\n"
        "keep = [np.ones(3 << 20, dtype=np.uint8) for _ in range(20)]\n"
        "del keep[:-1]\n"
        "assert resident() - before < 8 << 20, resident() - before\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)


FITTED = re.compile(r"needs about (\S+ \S+) of memory at the least, and (\S+ \S+) can be had now")


def test_in_a_group_with_a_limit_what_cannot_fit_is_refused_what_can_is_made_and_the_rest_is_tried(folder):
    """A real control group: a limit that is too small, one that slices keep to, and one that nothing misses."""
    with control_group("memory") as group:

        def prove(limit_bytes, *more):
            group.limit_memory(limit_bytes)
            return run(*PROVE, *more, cwd=folder, inside=group.inside, **BARE)

        least = 40 << 20
        refused = prove(least)
        assert refused.code == 4, refused.err
        assert not refused.out or "schema:error" in refused.out
        found = FITTED.search(refused.err)
        assert found is not None, refused.err
        assert "--run-anyway" in refused.err
        needed, room = (parse_size(text.replace(" ", "")) for text in found.groups())
        assert room < needed
        streamed = prove(least + needed - room + (4 << 20))
        assert streamed.code == 0, streamed.err
        assert streamed.data["memory"]["mode"] == "streamed"
        assert "takes longer" in streamed.err
        # the process that waits for it takes its part
        tried = prove(least + needed - room + (15 << 20), "--run-anyway")
        assert tried.code == 0, tried.err
        said = tried.data["run_anyway"]
        assert said["room_bytes"] < said["needed_bytes"]
        assert "memory" not in tried.data
        assert "tried all the same" in tried.err
        ended = prove(least, "--run-anyway")
        assert ended.code == 4
        assert "The system ended the process that worked on this" in ended.err
        plain = prove(1 << 30)
        assert plain.code == 0
        assert {"memory", "run_anyway"}.isdisjoint(plain.data)


POOL = """
import queue, sys
from pathlib import Path
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.history import History, HistoryChanged
from zkcompanion.app.job_views import JobChanged, ProofOrder, WorkersChanged
from zkcompanion.app.jobs import JobService
from zkcompanion.app.settings import Settings
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs

group, limit, kept, home = Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])
dirs, bus, told = AppDirs(home), EventBus(), queue.Queue()
for kind in (JobChanged, WorkersChanged, HistoryChanged):
    bus.subscribe(kind, told.put)
history = History(dirs, bus)
service = JobService(Settings(threads=2, min_workers=1, max_workers=1), bus, history, dirs=dirs)
service.start()

def until(holds):
    while not holds():
        told.get(timeout=60)

def leave(size_bytes):
    stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    (group / limit).write_text(str(int(stat[kept]) + size_bytes))

def prove(**more):
    files = CircuitFiles("c", zkey=Path("c.zkey"), witness=Path("c.wtns"))
    number = service.submit(ProofOrder(files, msg("C"), "f", **more))
    until(lambda: service.job(number).ended)
    job = service.job(number)
    print(job.state, "" if job.error is None else job.error.code + ": " + str(job.error.message), flush=True)

until(lambda: {"prover", "clerk"} <= {one.name for one in service.workers() if one.state == "ready"})
leave(22 << 20)
prove()
print(sum(one.deaths for one in service.workers()))
prove(run_anyway=True)
until(lambda: history.records() and history.records()[0].run_anyway)
record = history.records()[0]
print(record.outcome, record.error_code, record.predicted_bytes > record.room_bytes)
leave(1 << 30)
prove()
service.close()
"""


@pytest.mark.nightly
def test_a_pool_refuses_tries_what_a_person_insists_on_and_outlives_it(folder, tmp_path):
    """In a real control group whose limit is put just above what the processes hold; reclaiming its pages takes a
    minute.
    """
    with control_group("memory") as group:
        group.limit_memory(2 << 30)
        names = {1: ("memory.limit_in_bytes", "total_rss"), 2: ("memory.max", "anon")}[group.version]
        command = [sys.executable, "-c", POOL, group.folder, *names, tmp_path]
        done = subprocess.run(
            group.inside(command),
            cwd=folder,
            env=environment(**BARE),
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        refused, deaths, tried, kept, after = done.stdout.splitlines()
        assert refused.startswith("failed no-room: This proof needs about ")
        assert deaths == "0"
        assert tried.startswith("failed resources: The system ended the process that worked on this")
        assert kept == "failed resources True"
        assert after.strip() == "done"
