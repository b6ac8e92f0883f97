"""What a package exports exists, is exported once, and every module can be the first one imported."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "zkcompanion"


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if parts[1:2] != ["ui"]:
            yield ".".join(parts), path


def exported(source):
    """Names in `__all__` and names bound at the module's top level."""
    tree = ast.parse(source)
    listed, bound = [], set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets):
            listed = list(ast.literal_eval(node.value))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Assign):
            bound |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign):
            bound.add(node.target.id)
    return listed, bound


def export_problems(sources):
    """One sentence for each export of `sources` (module name -> text) that is missing or made twice."""
    owners = {}
    for name, source in sources.items():
        listed, bound = exported(source)
        for export, count in Counter(listed).items():
            if count > 1:
                yield f"{name} lists {export} {count} times"
            if export not in bound and "def __getattr__" not in source:
                yield f"{name} lists {export} but does not define it"
            owners.setdefault(export, []).append(name)
    for export, names in owners.items():
        doors = [name for name in names if "." not in name.removeprefix("zkcompanion.")]
        if len(doors) > 1:
            yield f"{export} is exported by {' and '.join(doors)}"


def test_every_export_exists_and_has_one_door():
    assert list(export_problems({name: path.read_text() for name, path in modules()})) == []


def test_the_export_rule_can_fail():
    bad = {
        "zkcompanion.base": "from x import a\n__all__ = ['a', 'a', 'b']\n",
        "zkcompanion.app": "def a(): pass\n__all__ = ['a']\n",
    }
    assert list(export_problems(bad)) == [
        "zkcompanion.base lists a 2 times",
        "zkcompanion.base lists b but does not define it",
        "a is exported by zkcompanion.base and zkcompanion.app",
    ]


def test_every_module_can_be_imported_first():
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    for loaded in [m for m in sys.modules if m.partition('.')[0] == 'zkcompanion']:\n"
        "        del sys.modules[loaded]\n"
        "    try:\n        importlib.import_module(name)\n"
        "    except ImportError as error:\n        sys.exit(f'{name}: {error}')\n"
    )
    names = [name for name, _ in modules()]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
