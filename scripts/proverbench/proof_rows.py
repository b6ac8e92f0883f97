"""Rows 1 to 6 and 11: whole proofs, ours against others and against ourselves."""

from __future__ import annotations

from collections.abc import Sequence

from proverbench.bench import Bench, NotThere
from proverbench.provers import Prover, Warm, our_command
from proverbench.rounds import Measured
from proverbench.table import Part, Row
from zkcompanion.proving.kernels.jit import cpu_has_ifma

_SIZES = (14, 15, 16, 17, 18)


def _least(bench: Bench, kind: str, powers: Sequence[int], provers: Sequence[Prover]) -> tuple[float, list[Measured]]:
    """The least ratio over the sizes, and all of them."""
    all_sizes = [bench.measure(bench.case(kind, power), provers) for power in powers]
    return min(m.ratio(1) for m in all_sizes), all_sizes


def _require_ifma(bench: Bench) -> None:
    if bench.options.kernels in ("auto", "ifma") and not cpu_has_ifma():
        raise NotThere("this processor has no AVX-512 IFMA")


def _against_rapidsnark(bench: Bench, number: int, kind: str, floor: float, goal: float, witness: str) -> Row:
    _require_ifma(bench)
    peer = bench.rapidsnark()
    value, sizes = _least(bench, kind, bench.powers(_SIZES), [Warm(bench.backend()), peer])
    return Row(
        number,
        f"warm proof against rapidsnark's whole process, {witness} witness",
        "the least over the sizes of the median ratio of wall seconds in interleaved rounds",
        [Part(kind, value, floor, goal, "times")],
        [m.data() for m in sizes],
    )


def row_1(bench: Bench) -> Row:
    """Dense witness against rapidsnark."""
    return _against_rapidsnark(bench, 1, "dense", 5, 8, "dense")


def row_2(bench: Bench) -> Row:
    """Witness of bits against rapidsnark."""
    return _against_rapidsnark(bench, 2, "bits", 3, 5, "bit-heavy")


def row_3(bench: Bench) -> Row:
    """Rows 1 and 2 with the scalar kernels."""
    ours, peer = Warm(bench.backend("scalar")), bench.rapidsnark()
    parts, detail = [], []
    for kind in ("dense", "bits"):
        value, sizes = _least(bench, kind, bench.powers(_SIZES), [ours, peer])
        parts.append(Part(kind, value, 1, 1.3, "times"))
        detail += [m.data() for m in sizes]
    how = "as rows 1 and 2, with --kernels scalar"
    return Row(3, "warm proof with scalar kernels against rapidsnark's whole process", how, parts, detail)


def row_4(bench: Bench) -> Row:
    """One thread each against groth16py."""
    _require_ifma(bench)
    provers: list[Prover] = [Warm(bench.backend(threads=1)), bench.groth16py(1)]
    value, sizes = _least(bench, "dense", bench.powers((14, 15, 16, 17)), provers)
    how = "the least over the sizes of the median ratio of wall seconds in interleaved rounds; both have read their key"
    title = "warm proof against groth16py, one thread each, dense witness"
    return Row(4, title, how, [Part("dense", value, 5, 8, "times")], [m.data() for m in sizes])


def row_5(bench: Bench) -> Row:
    """Against snarkjs."""
    provers: list[Prover] = [Warm(bench.backend()), bench.snarkjs()]
    parts, detail = [], []
    for kind, floor, goal in (("dense", 25, 40), ("bits", 15, 25)):
        value, sizes = _least(bench, kind, bench.powers((14, 15, 16, 17)), provers)
        parts.append(Part(kind, value, floor, goal, "times"))
        detail += [m.data() for m in sizes]
    how = "the least over the sizes of the median ratio of wall seconds in interleaved rounds"
    return Row(5, "warm proof against snarkjs's whole process", how, parts, detail)


def row_6(bench: Bench) -> Row:
    """Cold command line against rapidsnark."""
    options = bench.options
    provers = [our_command(options.threads, options.kernels), bench.rapidsnark()]
    parts, detail = [], []
    for kind in ("dense", "bits"):
        value, sizes = _least(bench, kind, bench.powers((17,)), provers)
        parts.append(Part(kind, value, 1, 3, "times"))
        detail += [m.data() for m in sizes]
    how = "both from the start of the process to its end, ours with its kernels compiled before and the proof verified"
    return Row(6, "cold command line against rapidsnark's whole process, 2^17", how, parts, detail)


def row_11(bench: Bench) -> Row:
    """Two threads against one."""
    if bench.cores(2) is None and bench.cores(1) is None:
        raise NotThere("this machine has one core")
    provers = [Warm(bench.backend(threads=2), "two-threads"), Warm(bench.backend(threads=1), "one-thread")]
    value, sizes = _least(bench, "dense", bench.powers((17,)), provers)
    how = "median ratio of wall seconds of one thread over two, in turns in one process; needs an idle machine"
    title = "two threads against one, dense 2^17"
    return Row(11, title, how, [Part("dense", value, 1.8, 1.9, "times")], [m.data() for m in sizes])
