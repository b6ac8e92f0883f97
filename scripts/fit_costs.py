"""Fit the constants of the memory model (`zkcompanion/costs/constants.py`) to measured proofs.

    scripts/fit_costs.py --folder DIR [--measurements FILE] [--write]

Proves every circuit of the calibration set (`scripts/measure/corpus.py`) in fresh processes, then lowers the sum of the
squares of (predicted - measured) / measured by going down one constant after another. `--measurements` keeps what was
measured, and takes it from there where it is; `--write` puts the constants in their place. The circuits that the
model is judged by (`scripts/measure_requirements.py P13`) have no part in it.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from measure.corpus import CALIBRATION, make  # noqa: E402
from measure.memory import Measured, Setting, look, measure  # noqa: E402

from zkcompanion.costs.constants import MEMORY, MemoryConstants  # noqa: E402
from zkcompanion.costs.needs import predict  # noqa: E402
from zkcompanion.proving.backend import load_backend  # noqa: E402
from zkcompanion.proving.formats.wtns import read_wtns  # noqa: E402

CONSTANTS = ROOT / "zkcompanion" / "costs" / "constants.py"
#: Fitted in this order to runs that have a key; the margins follow.
_FREE = (
    "base",
    "load_kept",
    "scratch_touched",
    "calculator",
    "wasm_byte",
    "wasm_memory",
    "wasm_kept",
)
#: Fitted afterwards, to runs that make their key.
_FREE_SETUP = ("setup_fixed", "setup_kept")
_SHARES = {"load_kept", "scratch_touched", "wasm_kept", "setup_kept"}
_WHOLE = {"calculator", "setup_fixed"}
_ROUNDS = 60
#: No narrower band, however well the constants fit: of proofs, and of those that make their key. Where the allocator
#: puts arrays differs between circuits by more than those that are fitted show.
_LEAST_MARGINS = (0.05, 0.12)


def settings() -> list[Setting]:
    """What is measured: all with one and two threads; some with scalar kernels, with integers, and making their key."""
    chosen = [Setting(sample, threads) for sample in CALIBRATION for threads in (1, 2)]
    chosen += [Setting(sample, kernels="scalar") for sample in CALIBRATION if sample.size in {254, 8190, 32766, 65534}]
    chosen += [Setting(sample, kernels="reference") for sample in CALIBRATION if sample.size in {254, 1022}]
    chosen += [
        Setting(sample, makes_key=True)
        for sample in CALIBRATION
        if sample.system and sample.size in {3000, 16382, 32766, 131070, 40000, 25, 130, 3}
    ]
    return chosen


def error(constants: MemoryConstants, measured: Sequence[Measured]) -> float:
    """Mean square of the relative errors."""
    return sum(_error(constants, one) ** 2 for one in measured) / len(measured)


def _error(constants: MemoryConstants, one: Measured) -> float:
    return predict(one.shape, one.run, constants=constants).peak.likely / one.peak_bytes - 1


def _changed(constants: MemoryConstants, name: str, family: str, factor: float) -> MemoryConstants:
    if name == "base":
        return replace(constants, base={**constants.base, family: round(constants.base[family] * factor)})
    value = getattr(constants, name) * factor
    if name in _SHARES:
        value = min(1.0, value)
    return replace(constants, **{name: round(value) if name in _WHOLE else value})


def fit(measured: Sequence[Measured], bits_per_bit: float) -> MemoryConstants:
    """The constants of proofs, then those of making keys."""
    proofs = [one for one in measured if not one.setting.makes_key]
    setups = [one for one in measured if one.setting.makes_key]
    constants = _descend(replace(MEMORY, bits_per_bit=bits_per_bit), proofs, _FREE)
    constants = rounded(_descend(constants, setups, _FREE_SETUP))
    # half as much again as the worst of the runs that were fitted
    worst = [max(abs(_error(constants, one)) for one in part) for part in (proofs, setups)]
    margin, setup_margin = (
        max(least, math.ceil(150 * found) / 100) for least, found in zip(_LEAST_MARGINS, worst, strict=True)
    )
    return replace(constants, margin=margin, setup_margin=setup_margin)


def _descend(constants: MemoryConstants, measured: Sequence[Measured], names: Sequence[str]) -> MemoryConstants:
    """Down one constant after another, in steps that get shorter."""
    step, best = 0.2, error(constants, measured)
    for _ in range(_ROUNDS):
        before = best
        for name in names:
            for family in MEMORY.base if name == "base" else ("",):
                # a base counts for a hundred times as much as the others
                stride = step / 20 if name == "base" else step
                for factor in (1 + stride, 1 / (1 + stride)):
                    trial = _changed(constants, name, family, factor)
                    if (now := error(trial, measured)) < best:
                        constants, best = trial, now
        if best > before * 0.999:
            step /= 2
    return constants


def bits_per_bit(folder: Path) -> float:
    """Wires that are 0, 1 or -1 for each wire that must be a bit, over the circuits that come with a witness."""
    small = bits = 0
    with load_backend("auto", threads=1) as backend:
        for sample in CALIBRATION:
            if sample.kind == "bits":
                files = make(sample, folder, backend)
                values = read_wtns(files / "circuit.wtns")
                small += int(((values[:, 0] < 2) & ~values[:, 1:].any(axis=1)).sum())
                bits += look(Setting(sample), files)[0].bits
    return small / bits


def rounded(constants: MemoryConstants) -> MemoryConstants:
    """With as many digits as the fit can tell."""
    values = {field.name: getattr(constants, field.name) for field in fields(constants)}
    for name, value in values.items():
        if name == "base":
            values[name] = {family: round(size, -5) for family, size in value.items()}
        elif name in _WHOLE:
            values[name] = round(value, -5)
        else:
            values[name] = float(f"{value:.2g}")
    return MemoryConstants(**values)


def as_text(constants: MemoryConstants) -> str:
    """As it stands in `constants.py`."""
    lines = ["MEMORY = MemoryConstants("]
    for field in fields(constants):
        value = getattr(constants, field.name)
        if field.name == "base":
            inner = ", ".join(f'"{family}": {size:_}' for family, size in value.items())
            lines.append(f"    base={{{inner}}},")
        else:
            lines.append(f"    {field.name}={f'{value:_}' if isinstance(value, int) else value},")
    return "\n".join([*lines, ")"])


def main() -> int:
    """Measure, fit, print."""
    parser = argparse.ArgumentParser(description="Fit the constants of the memory model.")
    parser.add_argument("--folder", type=Path, required=True, help="where circuits and keys lie or are made")
    parser.add_argument("--measurements", type=Path, help="keep what was measured here, and take it from there")
    parser.add_argument("--write", action="store_true", help="put the constants into the program")
    options = parser.parse_args()
    if options.measurements is not None and options.measurements.is_file():
        peaks = json.loads(options.measurements.read_text())
        measured = [
            Measured(one, *look(one, options.folder / one.sample.name), peaks[one.name])
            for one in settings()
            if one.name in peaks
        ]
    else:
        measured = measure(settings(), options.folder)
        if options.measurements is not None:
            options.measurements.write_text(json.dumps({one.setting.name: one.peak_bytes for one in measured}))
    constants = fit(measured, bits_per_bit(options.folder))
    text = as_text(constants)
    print(text)
    errors = sorted((abs(_error(constants, one)), one.setting.name) for one in measured)
    print(f"{len(errors)} runs: median error {errors[len(errors) // 2][0]:.2%}, worst:")
    for one_error, name in errors[-8:]:
        print(f"  {one_error:.2%} {name}")
    if options.write:
        source = CONSTANTS.read_text(encoding="utf-8")
        CONSTANTS.write_text(re.sub(r"MEMORY = MemoryConstants\(.*\n\)", text, source, flags=re.DOTALL), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
