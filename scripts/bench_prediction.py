"""How right predictions are: at least 20 circuits that had no part in a calibration, predicted and then proved.

    scripts/bench_prediction.py --folder DIR [--only NAME ...] [--json]
    scripts/bench_prediction.py --write-reference "NAME OF THIS MACHINE" --hz 3.65e9

`--folder` keeps circuits and keys for the next time (some minutes to make them). A table goes to standard error as it
grows, with a verdict for each floor; `--json` prints the row as `scripts/measure_requirements.py G8` does. The exit
code is 1 where a floor is missed.

`--write-reference` calibrates this machine with each family of kernels, and writes the table from which machines that
were not calibrated are guessed (`resources/catalogue/reference_rates.json`). Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

if __name__ != "__mp_main__":
    # the process that calibrates imports this file again and needs none of it
    from measure.prediction import FLOORS, GOALS, ROUNDS, SAMPLES, compare, figure, over_rounds

    from zkcompanion.app.cache_service import open_store
    from zkcompanion.base.paths import AppDirs
    from zkcompanion.costs.rates import rates_to_plain
    from zkcompanion.hardware.calibration import calibrate
    from zkcompanion.proving.backend import load_backend

REFERENCES = ROOT / "resources" / "catalogue" / "reference_rates.json"
ABOUT = (
    "Calibrations of machines of ours: seconds by amount of work as zkcompanion/costs/rates counts it, for each family "
    "of kernels. Written by scripts/bench_prediction.py --write-reference."
)


def tell(text: str) -> None:
    """On standard error, at once."""
    print(text, file=sys.stderr, flush=True)


def write_reference(machine: str, hz: float) -> None:
    """Measure each family that this machine runs, and write the table."""
    machines = []
    store = open_store(AppDirs())
    for kind in ("ifma", "scalar", "reference"):
        tell(f"calibrating {kind}")
        with (
            load_backend(kind, threads=2, store=store) as together,
            load_backend(kind, threads=1, store=store) as alone,
        ):
            found = calibrate(alone, together, Path(tempfile.gettempdir()))
        tell(f"  {found.quiet:.0%} undisturbed")
        plain = rates_to_plain(found.rates)
        for width in ("one", "all"):
            plain[width] = {
                of: [[round(work), float(f"{seconds:.4g}")] for work, seconds in points]
                for of, points in plain[width].items()  # type: ignore[attr-defined]
            }
        date = datetime.now(tz=UTC).date().isoformat()
        machines.append({"machine": machine, "date": date, "hz": hz, "rates": plain})
    content = {"version": 1, "about": ABOUT, "machines": machines}
    REFERENCES.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(description="Predict proofs, then make them.")
    parser.add_argument("--folder", type=Path, help="where circuits and keys lie or are made")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="circuits by name, such as dense-2600")
    parser.add_argument("--rounds", type=int, choices=(1, 3, 5, 7), default=ROUNDS, help="medians of so many")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write-reference", metavar="MACHINE", help="measure this machine for the table instead")
    parser.add_argument("--hz", type=float, default=0.0, help="the clock that it was measured at")
    options = parser.parse_args(arguments)
    if options.write_reference:
        write_reference(options.write_reference, options.hz)
        return 0
    samples = [sample for sample in SAMPLES if not options.only or sample.name in options.only]
    with tempfile.TemporaryDirectory(prefix="zkc-prediction-") as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        rounds = [compare(folder, samples, tell=tell) for _ in range(options.rounds)]
        found = figure(over_rounds(rounds))
    memory = float(str(found.artefact["memory_nine_of_ten"]))
    for name, value, floor, goal in zip(("time", "memory"), (found.value, memory), FLOORS, GOALS, strict=True):
        verdict = "goal met" if value <= goal else "floor met" if value <= floor else "MISSED"
        tell(f"{name}: nine of ten within {value:.1%}; floor {floor:.0%}, goal {goal:.0%}: {verdict}")
    if options.json:
        print(json.dumps(found.as_json(), indent=1))
    return 0 if found.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
