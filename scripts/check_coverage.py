"""The gate over the critical paths: every module that tests/critical_paths.txt lists is covered whole, branches too.

Reads the JSON report of coverage.py (`coverage json`), whose file paths are relative to the checkout.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "critical_paths.txt"


def critical_paths(text: str) -> list[str]:
    """Paths of the list, without comments and blank lines."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _ranges(numbers: list[int]) -> str:
    """`3, 7-9` of [3, 7, 8, 9]."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)


def problems(report: Mapping[str, Any], listed: list[str], root: Path = ROOT) -> Iterator[str]:
    """One sentence for each listed module that is gone, listed twice, not measured or not covered whole."""
    if not report.get("meta", {}).get("branch_coverage"):
        yield "the report was made without branch coverage"
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        yield f"{name}: listed twice"
    for name in listed:
        if not (root / name).is_file():
            yield f"{name}: listed, but there is no such file"
        elif name not in report["files"]:
            yield f"{name}: no test imports it"
        else:
            measured = report["files"][name]
            lines = measured["missing_lines"]
            jumps = [(start, end) for start, end in measured.get("missing_branches", []) if start not in lines]
            branches = [f"{start}->{'exit' if end < 0 else end}" for start, end in jumps]
            if lines:
                yield f"{name}: lines {_ranges(lines)} are never run"
            if branches:
                yield f"{name}: branches {', '.join(branches)} are never taken"


def main() -> int:
    """Print what is missing; 1 where something is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="the output of `coverage json`")
    report = json.loads(parser.parse_args().report.read_text())
    listed = critical_paths(LIST.read_text())
    found = list(problems(report, listed))
    for line in found:
        print(line)
    total = report["totals"]["percent_covered"]
    print(f"{len(listed)} critical modules, {len(found)} problems; all modules: {total:.1f} %")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
