"""docs/requirements.md names every requirement once, and nothing that is gone."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "requirements.md"
COLUMNS = ("id", "capability", "floor", "module", "test", "where", "measured", "S", "I", "D", "N")
BOXES = COLUMNS[-4:]
IDS = [
    f"{group}{number}" for group, last in (("P", 27), ("G", 28), ("B", 20), ("X", 8)) for number in range(1, last + 1)
]


def rows_of(page):
    rows = []
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"[PGBX]\d+", cells[0]):
            assert len(cells) == len(COLUMNS), line
            rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return rows


def named(cell):
    """What stands in backticks, in a cell that is nothing but that or `-`."""
    assert cell == "-" or re.fullmatch(r"`[^`]+`(, `[^`]+`)*", cell), cell
    return re.findall(r"`([^`]+)`", cell)


def has_test(name, root=ROOT):
    path, _, function = name.partition("::")
    if not (root / path).exists():
        return False
    tree = ast.parse((root / path).read_text()) if function else ast.Module([], [])
    return not function or any(getattr(node, "name", "") == function for node in ast.walk(tree))


def problems(rows, root=ROOT):
    """One sentence for each fault of the table."""
    for row in rows:
        modules, tests = named(row["module"]), named(row["test"])
        ticks = [box for box in BOXES if row[box] == "[x]"]
        yield from (f"{row['id']}: no {name}" for name in modules if not (root / name).exists())
        yield from (f"{row['id']}: no {name}" for name in tests if not has_test(name, root))
        if not all(row[box] in {"[ ]", "[x]"} for box in BOXES):
            yield f"{row['id']}: a box is neither [ ] nor [x]"
        if {"I", "N"} & set(ticks) and not (modules and tests):
            yield f"{row['id']}: ticked without module and test"
        if "N" in ticks and row["where"] == "-":
            yield f"{row['id']}: integrated, but no place where a user meets it"
        if "I" in ticks and "**" in row["floor"] and row["measured"] == "-":
            yield f"{row['id']}: implemented against a figure, but none measured"


def test_every_requirement_stands_once_and_in_order():
    assert [row["id"] for row in rows_of(PAGE.read_text())] == IDS


def test_the_table_names_nothing_that_is_gone_and_ticks_nothing_without_proof():
    assert list(problems(rows_of(PAGE.read_text()))) == []


GOOD = dict.fromkeys(COLUMNS, "-") | dict.fromkeys(BOXES, "[ ]") | {"id": "P1", "floor": "**90 %**"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"module": "`gone.py`"}, "P1: no gone.py"),
        ({"test": "`a.py::test_gone`"}, "P1: no a.py::test_gone"),
        ({"S": ""}, "P1: a box is neither [ ] nor [x]"),
        ({"I": "[x]", "measured": "91 %"}, "P1: ticked without module and test"),
        (
            {"module": "`a.py`", "test": "`a.py::test_a`", "N": "[x]"},
            "P1: integrated, but no place where a user meets it",
        ),
        ({"module": "`a.py`", "test": "`a.py`", "I": "[x]"}, "P1: implemented against a figure, but none measured"),
    ],
)
def test_each_rule_of_the_table_can_fail(tmp_path, change, problem):
    (tmp_path / "a.py").write_text("def test_a(): pass\n")
    assert list(problems([GOOD], tmp_path)) == []
    assert list(problems([GOOD | change], tmp_path)) == [problem]
