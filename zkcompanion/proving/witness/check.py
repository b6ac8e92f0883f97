"""Does a witness satisfy a circuit? Names the first constraint that it breaks, with its signals, and never a value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.fields import FR, LimbArray, from_limbs, to_limbs
from zkcompanion.proving.formats.elements import first_not_below
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.formats.sym import SignalNames
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.reference.rows import sparse_rows
from zkcompanion.proving.witness.inputs import shown_name

#: Rows times witness: plain uint64[n_wires, 4] in, plain uint64[n_rows, 4] below r out.
RowsEvaluator = Callable[[SparseRows, LimbArray], LimbArray]
#: Element-wise product of two plain uint64[n, 4], plain and below r.
Multiplier = Callable[[LimbArray, LimbArray], LimbArray]

#: Rows between two looks at the trace on the reference path; a few tens of milliseconds.
_BLOCK_ROWS = 4096
_MAX_LISTED = 8
#: What wire 0 is called.
_ONE = "one"


def check_witness(
    r1cs: R1cs,
    witness: LimbArray,
    names: SignalNames | None = None,
    trace: Trace = NULL_TRACE,
    *,
    evaluate_rows: RowsEvaluator | None = None,
    multiply: Multiplier | None = None,
    evenly: bool = False,
) -> None:
    """See that (A*w) * (B*w) = C*w holds in every constraint.

    Arguments:
        r1cs: the circuit.
        witness: plain uint64[n_wires, 4].
        names: of the circuit's `.sym`, to name the signals of a broken constraint.
        trace: phase `check`, with the three matrices and their product as steps.
        evaluate_rows: kernel for rows times witness; None for Python integers, about 0.4 us for each term.
        multiply: kernel for products of field elements; None for Python integers.
        evenly: with kernels, in a time that tells nothing of a witness that is right; a little longer.

    Raises: UnsatisfiedWitnessError (wrong length, wire 0 not 1, a value not below r, a constraint that does not hold),
        whatever `trace.check` raises.
    """
    with trace.phase(Phase.CHECK, 4):
        _require_witness(r1cs, witness, evenly=evenly)
        evaluate = evaluate_rows or _reference_evaluator(trace)
        sums: list[LimbArray] = []
        for rows in (r1cs.a, r1cs.b, r1cs.c):
            sums.append(evaluate(rows, witness))
            trace.advance(Phase.CHECK)
            trace.check()
        a, b, c = sums
        row = _first_unequal(a, b, c, multiply or _reference_multiply, trace, evenly=evenly)
        trace.advance(Phase.CHECK)
        if row is not None:
            raise _broken(r1cs, row, names)


def _require_witness(r1cs: R1cs, witness: LimbArray, *, evenly: bool) -> None:
    if len(witness) != r1cs.n_wires:
        raise UnsatisfiedWitnessError(
            msg(
                "The witness has {found} values, but the circuit has {expected} wires; they do not belong together.",
                found=len(witness),
                expected=r1cs.n_wires,
            )
        )
    bad = first_not_below(witness, FR.modulus, whole=evenly)
    if bad is not None:
        raise UnsatisfiedWitnessError(msg("The value of wire {wire} is not below the field's prime.", wire=bad))
    if witness[0].tolist() != [1, 0, 0, 0]:
        raise UnsatisfiedWitnessError(msg("Wire 0 should carry the constant one, but has another value."))


def _reference_evaluator(trace: Trace) -> RowsEvaluator:
    values: list[int] = []

    def evaluate(rows: SparseRows, witness: LimbArray) -> LimbArray:
        if not values:
            values.extend(from_limbs(witness))
        results: list[int] = []
        for first in range(0, rows.n_rows, _BLOCK_ROWS):
            trace.check()
            bounds = rows.row_ptr[first : first + _BLOCK_ROWS + 1]
            terms = slice(bounds[0], bounds[-1])
            results += sparse_rows(bounds - bounds[0], rows.wire[terms], rows.value[terms], values)
        return to_limbs(results)

    return evaluate


def _reference_multiply(a: LimbArray, b: LimbArray) -> LimbArray:
    return to_limbs(x * y % FR.modulus for x, y in zip(from_limbs(a), from_limbs(b), strict=True))


def _first_unequal(
    a: LimbArray, b: LimbArray, c: LimbArray, multiply: Multiplier, trace: Trace, *, evenly: bool
) -> int | None:
    """First row with a * b other than c."""
    done = wrong = np.zeros(len(a), dtype=np.bool_)
    if not evenly:
        done, wrong = _plain_rows(a, b, c)
    rest = np.flatnonzero(~done)
    first = np.flatnonzero(wrong)
    end = int(first[0]) if len(first) else len(a)
    rest = rest[rest < end]
    for start in range(0, len(rest), _BLOCK_ROWS):
        trace.check()
        rows = rest[start : start + _BLOCK_ROWS]
        unequal = np.flatnonzero((multiply(a[rows], b[rows]) != c[rows]).any(axis=1))
        if len(unequal):
            return int(rows[unequal[0]])
    return end if len(first) else None


def _plain_rows(a: LimbArray, b: LimbArray, c: LimbArray) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Rows that need no multiplication, and those of them with a * b other than c.

    They are most rows of most circuits: linear ones (a or b is zero or one) and products with a bit.
    """
    done = _equals(a, 0) | _equals(b, 0)
    wrong = done & ~_equals(c, 0)
    for one, other in ((a, b), (b, a)):
        trivial = _equals(one, 1) & ~done
        wrong |= trivial & (other != c).any(axis=1)
        done |= trivial
    return done, wrong


def _equals(values: LimbArray, number: int) -> npt.NDArray[np.bool_]:
    """bool[n]: which of uint64[n, 4] are this small number."""
    result: npt.NDArray[np.bool_] = (values == np.array([number, 0, 0, 0], dtype=np.uint64)).all(axis=1)
    return result


def _broken(r1cs: R1cs, row: int, names: SignalNames | None) -> UnsatisfiedWitnessError:
    a, b, c = (_signals(rows, row, names) for rows in (r1cs.a, r1cs.b, r1cs.c))
    if a is None or b is None:
        form = msg("the weighted sum of ({c}) is not 0", c=c or "0")
    else:
        form = msg("({a}) * ({b}) is not ({c})", a=a, b=b, c=c or "0")
    if names is None:
        hint = msg("The circuit's .sym file would name these wires.")
    else:
        hint = msg("Each bracket is a weighted sum of these signals; {one} is the constant.", one=_ONE)
    return UnsatisfiedWitnessError(
        msg(
            "Constraint {row} of {count} (counted from 0) does not hold: {form}.",
            row=row,
            count=r1cs.n_constraints,
            form=form,
        ),
        hint=hint,
    )


def _signals(rows: SparseRows, row: int, names: SignalNames | None) -> Message | None:
    """The signals of one linear combination in the order of the file, each once; None where there are none."""
    start, end = rows.row_ptr[row : row + 2]
    wires = list(dict.fromkeys(rows.wire[start:end].tolist()))
    if not wires:
        return None
    listed = ", ".join(_shown(wire, names) for wire in wires[:_MAX_LISTED])
    if len(wires) <= _MAX_LISTED:
        return msg("{signals}", signals=listed)
    return msg("{signals} and {count} more", signals=listed, count=len(wires) - _MAX_LISTED)


def _shown(wire: int, names: SignalNames | None) -> str:
    if wire == 0:
        return _ONE
    return shown_name(names.shown_name(wire)) if names is not None else f"wire {wire}"
