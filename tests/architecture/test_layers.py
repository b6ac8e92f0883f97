"""Import arrows point one way. The rules are the table in docs/architecture.md, read from there."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "zkcompanion"
NAME = PACKAGE.name


def rules_of(page):
    """Package -> (packages of ours that it may import, modules of others), from the page's table."""
    rules = {}
    table = re.search(r"^\| package \|.*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    for row in table[1].splitlines():
        packages, ours, others = (cell.strip() for cell in row.strip("|").split("|"))
        allowed = [set() if cell == "-" else {name.strip() for name in cell.split(",")} for cell in (ours, others)]
        for package in re.findall(r"`(\w+)`", packages):
            assert package not in rules, f"{package} stands in two rows"
            rules[package] = tuple(allowed)
    return rules


RULES = rules_of((ROOT / "docs" / "architecture.md").read_text())


def imported_modules(tree, module):
    """Absolute dotted names that a module imports, inside functions and TYPE_CHECKING blocks too."""
    package = module.rsplit(".", 1)[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                anchor = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*anchor, base]).rstrip(".")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if base == NAME)


def violations(root=PACKAGE, rules=RULES):
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if len(parts) < 2:  # __init__.py and __main__.py only start things
            continue
        layer = parts[0]
        ours, others = rules[layer]
        module = ".".join([NAME, *parts])
        for name in imported_modules(ast.parse(path.read_text()), module):
            top, _, rest = name.partition(".")
            if top == NAME:
                target = rest.partition(".")[0]
                if target and target != layer and target not in ours and (root / target).exists():
                    yield f"{module} imports {name}"
            elif top not in sys.stdlib_module_names and top not in others:
                yield f"{module} imports {name}"


def test_import_arrows_point_one_way():
    assert list(violations()) == []


def test_every_package_has_a_rule():
    packages = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    assert packages <= set(RULES)


def test_the_table_itself_has_no_cycle():
    reached = {}
    for package in RULES:
        below, todo = set(), [package]
        while todo:
            for other in RULES[todo.pop()][0] - below:
                below.add(other)
                todo.append(other)
        reached[package] = below
    assert [package for package, below in reached.items() if package in below] == []
    assert all(below <= set(RULES) for below in reached.values())


def test_the_rule_can_fail(tmp_path):
    root = tmp_path / NAME
    for package in ("engine", "ui", "app"):
        (root / package).mkdir(parents=True)
    (root / "engine" / "pool.py").write_text(
        "from PySide6.QtCore import QThread\nfrom ..ui import mainwindow\n\n\n"
        "def late():\n    from zkcompanion import app\n    import numpy, zkcompanion.base.errors\n"
    )
    assert list(violations(root)) == [
        "zkcompanion.engine.pool imports PySide6.QtCore",
        "zkcompanion.engine.pool imports zkcompanion.ui",
        "zkcompanion.engine.pool imports zkcompanion.app",
    ]


def test_the_table_is_read_as_it_stands():
    page = "| package | a | b |\n|---|---|---|\n| `x`, `y` | - | numpy, psutil |\n| `z` | x | - |\n\nafter\n"
    assert rules_of(page) == {"x": (set(), {"numpy", "psutil"}), "y": (set(), {"numpy", "psutil"}), "z": ({"x"}, set())}
