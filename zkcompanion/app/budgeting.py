"""Whether a proof fits what it may use of memory, and how: whole, in slices, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from zkcompanion.app.views import BudgetView
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.costs.budget import VARIES_BYTES, bounding_shape, bounding_system, least_bytes, stream_within
from zkcompanion.costs.making import making_peak
from zkcompanion.costs.memory import Family, Run
from zkcompanion.costs.needs import predict
from zkcompanion.costs.shape import (
    DEVELOPMENT_RECORD_BYTES,
    CircuitShape,
    System,
    calculator_of,
    domain_of,
    key_bytes_of,
    names_of,
    shape_of_r1cs,
)
from zkcompanion.proving.formats.mapped import GIVES_BACK, size_of
from zkcompanion.proving.formats.r1cs import R1CS, read_r1cs, read_r1cs_outline
from zkcompanion.proving.groth16.slices import StreamPlan


@dataclass(frozen=True, slots=True)
class CircuitNeeds:
    """The files that a proof reads beside its key; None for those that it does not."""

    r1cs: Path | None = None
    sym: Path | None = None
    wasm: Path | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """What to do. `checked`: whether there is room for the constraints, to check the witness against."""

    view: BudgetView
    plan: StreamPlan | None
    checked: bool
    notices: tuple[Message, ...]

    @property
    def kept_bytes(self) -> int:
        """Memory of large arrays that may be kept from one proof to the next: what the prediction leaves."""
        return self.view.budget_bytes - self.view.predicted_bytes if self.plan is None else 0


def fit_into(
    budget_bytes: int,
    zkey: Path,
    files: CircuitNeeds,
    *,
    threads: int,
    kernels: str,
    base_bytes: int | None = None,
    refuse: Callable[[int, int], ResourceError] | None = None,
) -> Fit:
    """How to prove within a budget; reads no more than headers of the key.

    `base_bytes`: what this process holds, its kernels loaded; None: what one held where the model was made.
    `refuse`: the error for a budget and for the least that would do; None: `over_budget`.
    Raises: ResourceError where the least is more, saying how much that is; FileError.
    """
    refuse = refuse or over_budget
    shape = bounding_shape(zkey)
    run = _run_of(shape, files, threads, family_of(kernels))
    whole = round(predict(shape, run, full_size=shape.wires, base_bytes=base_bytes).peak.high)
    if whole <= budget_bytes:
        return Fit(BudgetView(budget_bytes, whole, "whole"), None, files.r1cs is not None, ())
    if not GIVES_BACK:
        raise refuse(budget_bytes, whole)
    slower = msg(
        "Memory is short, so the key is read in slices: the proof is the same, and takes longer. All at once would "
        "take {size}.",
        size=format_size(whole),
    )
    checked = files.r1cs is not None
    streamed = stream_within(shape, run, budget_bytes, base_bytes=base_bytes)
    notices = [slower]
    if streamed is None and checked:
        # the proof is verified at the end whatever happens; only the name of a broken constraint is lost
        run, checked = replace(run, system=None, names=None), False
        streamed = stream_within(shape, run, budget_bytes, base_bytes=base_bytes)
        notices.append(msg("There is no room to check the witness against the constraints before the proof."))
    if streamed is None:
        # so that the same command with that budget is done, although its process is another one
        varies = None if base_bytes is None else base_bytes + VARIES_BYTES
        raise refuse(budget_bytes, least_bytes(shape, run, base_bytes=varies))
    return Fit(BudgetView(budget_bytes, streamed.peak_bytes, "streamed"), streamed.plan, checked, tuple(notices))


def whole_bytes(zkey: Path, files: CircuitNeeds, *, threads: int, kernels: str) -> int:
    """What a process for this proof holds at the most where nothing keeps it from that. Raises: FileError."""
    shape = bounding_shape(zkey)
    run = _run_of(shape, files, threads, family_of(kernels))
    return round(predict(shape, run, full_size=shape.wires).peak.high)


def largest_key_bytes(r1cs: Path) -> int:
    """What a development key for these constraints takes at the most; reads their header. Raises: FileError."""
    outline = read_r1cs_outline(r1cs)
    domain = domain_of(outline.n_constraints, outline.n_public)
    # a row for each public wire beside the terms, of which one matrix has no part in the key
    terms = outline.n_terms + outline.n_public + 1
    return key_bytes_of(outline.n_wires, domain, terms) + DEVELOPMENT_RECORD_BYTES


def exact_key_bytes(r1cs: Path) -> int:
    """What it takes; reads them. Raises: FileError."""
    return shape_of_r1cs(read_r1cs(r1cs)).key_bytes


def making_bytes(r1cs: Path, *, threads: int, base_bytes: int) -> int:
    """What a process that holds `base_bytes` holds at the most while it makes a development key; reads no more than the
    header of the constraints. Raises: FileError.
    """
    outline = read_r1cs_outline(r1cs)
    # one matrix may hold nearly all terms
    system = System(outline.n_constraints, outline.n_terms, outline.n_terms, outline.size_bytes)
    domain = domain_of(outline.n_constraints, outline.n_public)
    return making_peak(outline.n_wires, domain, system, threads=threads, base_bytes=base_bytes)


def fit_key(budget_bytes: int, r1cs: Path, *, threads: int, base_bytes: int) -> BudgetView:
    """What making a development key takes; reads no more than the header of the constraints.

    Raises: ResourceError where that is more than the budget, saying how much it is; FileError.
    """
    peak = making_bytes(r1cs, threads=threads, base_bytes=base_bytes)
    if peak > budget_bytes:
        least = making_bytes(r1cs, threads=threads, base_bytes=base_bytes + VARIES_BYTES)
        raise ResourceError(
            msg(
                "Making a key for this circuit needs {least} of memory at the least; it may use {budget}.",
                least=format_size(least),
                budget=format_size(budget_bytes),
            ),
            hint=_allow(least),
        )
    return BudgetView(budget_bytes, peak, "streamed")


def exceeded(view: BudgetView, peak_bytes: int, before_bytes: int = 0) -> tuple[Message, ...]:
    """A warning where a run held more than its budget after all: the most that the process held, after and before it.

    Where it had held more before, in another run, nothing is known of this one.
    """
    if peak_bytes <= view.budget_bytes or before_bytes > view.budget_bytes:
        return ()
    return (
        msg(
            "The process held {size}, more than its budget: compiling kernels, at the first use, is not counted.",
            size=format_size(peak_bytes),
        ),
    )


def family_of(kernels: str | None) -> Family:
    """The family that the cost model knows for kernels by their name; the quickest where that is not said."""
    return "scalar" if kernels == "scalar" else "reference" if kernels == "reference" else "ifma"


def _run_of(shape: CircuitShape, files: CircuitNeeds, threads: int, family: Family) -> Run:
    r1cs, sym, wasm = files.r1cs, files.sym, files.wasm
    return Run(
        threads=threads,
        kernels=family,
        system=None if r1cs is None else bounding_system(shape, size_of(r1cs, max_bytes=R1CS.max_bytes)),
        names=None if sym is None or r1cs is None else names_of(sym),
        calculator=None if wasm is None else calculator_of(wasm),
    )


def over_budget(budget_bytes: int, least: int) -> ResourceError:
    """Not even the shortest slices keep to what a person allowed."""
    return ResourceError(
        msg(
            "A proof of this circuit needs {least} of memory at the least; it may use {budget}.",
            least=format_size(least),
            budget=format_size(budget_bytes),
        ),
        hint=_allow(least),
    )


def _allow(least: int) -> Message:
    return msg(
        "Allow that much with --memory {least}, use fewer threads, or prove on a computer with more memory.",
        least=f"{-(-least >> 20)}M",
    )
