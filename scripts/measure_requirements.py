"""Measure the figures of `docs/requirements.md` on this machine.

    scripts/measure_requirements.py [ID ...] [--json] [--folder DIR]

Without an ID every row that there is a measurement for. `--json` prints one object: for each row `value`, `unit`,
`floor`, `goal`, `ok`, `test` and `artefact`. `--folder` keeps circuits and keys for the next time. The exit code is 1
where a floor is not met.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

if __name__ != "__mp_main__":
    # workers that are measured import this file again, as those of the program import its own, and need none of it
    from measure.figures import Figure
    from measure.rows import ROWS


def main(arguments: list[str]) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(description="Measure the figures of docs/requirements.md.")
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"rows to measure: {', '.join(ROWS)} (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--folder", type=Path, help="keep what is made for the measurements here")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.ids) - set(ROWS))
    if unknown:
        parser.error(f"no measurement for {', '.join(unknown)}; there is one for {', '.join(ROWS)}")
    figures: dict[str, Figure] = {}
    with tempfile.TemporaryDirectory(prefix="zkc-measure-") as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for row in options.ids or ROWS:
            figures[row] = ROWS[row](folder)
            if not options.json:
                print(line(row, figures[row]))
    if options.json:
        print(json.dumps({row: figure.as_json() for row, figure in figures.items()}, indent=1))
    return 0 if all(figure.ok for figure in figures.values()) else 1


def line(row: str, figure: Figure) -> str:
    """One row for people."""
    verdict = "ok" if figure.ok else "MISSED"
    return f"{row}: {figure.value:g} ({figure.unit}); floor {figure.floor:g}, goal {figure.goal:g}: {verdict}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
