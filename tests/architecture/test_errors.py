"""Every class of errors of ours has a row of its own in the taxonomy, and nobody else sorts errors."""

import ast
from pathlib import Path

from zkcompanion.base.taxonomy import TAXONOMY, Whose, whose_words

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "zkcompanion"

#: Classes that a module raises for itself and catches again; none of them leaves it.
INTERNAL = {"NotRegularError", "OverMemoryError", "OverTimeError", "_RefusedError"}


def classes_of(sources):
    """Name -> (file, names of bases, its own `code`) of every class in `sources` (file -> text)."""
    found = {}
    for file, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
                codes = [
                    ast.literal_eval(part.value)
                    for part in node.body
                    if isinstance(part, ast.Assign) and getattr(part.targets[0], "id", "") == "code"
                ]
                found[node.name] = (file, bases, codes[0] if codes else None)
    return found


def is_exception(name, classes):
    """Whether a class, ours or Python's, is one that can be raised."""
    if name in classes:
        return any(is_exception(base, classes) for base in classes[name][1])
    kind = getattr(__import__("builtins"), name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def problems(sources, codes):
    """One sentence for each class of errors that the table `codes` does not explain, and each row that nobody uses."""
    classes = classes_of(sources)
    used = {}
    for name, (file, _bases, code) in classes.items():
        if not is_exception(name, classes) or name in INTERNAL:
            continue
        if code is None:
            yield f"{file}: {name} names no code"
        elif code not in codes:
            yield f"{file}: the code {code} of {name} is not in the taxonomy"
        elif code in used:
            yield f"{file}: {name} has the code of {used[code]}"
        else:
            used[code] = name
    yield from (f"no class has the code {code}" for code in codes if code not in used)


def test_every_class_of_errors_stands_in_the_taxonomy_once_and_every_row_has_a_class():
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}
    assert list(problems(sources, TAXONOMY)) == []
    assert set(classes_of(sources)) >= INTERNAL, "what is excepted is there"


def test_each_fault_of_the_table_is_found():
    def found(source, codes=("a",)):
        return list(problems({"x.py": source}, codes))

    assert found("class A(Exception):\n    code = 'a'\nclass NoError: ...") == []
    assert found("class A(Exception):\n    code = 'a'\nclass B(A): ...") == ["x.py: B names no code"]
    assert found("class A(Exception):\n    code = 'a'\nclass B(base.A):\n    code = 'a'") == [
        "x.py: B has the code of A"
    ]
    assert found("class A(OSError):\n    code = 'b'") == [
        "x.py: the code b of A is not in the taxonomy",
        "no class has the code a",
    ]


def test_the_documentation_has_the_table_of_the_program():
    page = (ROOT / "docs" / "errors.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{kind.code}` | {kind.whose} | {kind.title} | {kind.meaning} | {kind.advice or '-'} "
        f"| {int(kind.exit_code)} | `{kind.article}` |"
        for kind in TAXONOMY.values()
    ]
    words = [line for line in page.partition("## Whose")[2].partition("##")[0].splitlines() if line.startswith("| ")]
    assert words[1:] == [f"| {whose} | {whose_words(whose)} |" for whose in Whose]


def sorters(sources):
    """Places that sort exceptions for a face, which one module alone may: file and line."""
    for file, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            made = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "ErrorView"
            kinds = ast.walk(node.type) if isinstance(node, ast.ExceptHandler) and node.type is not None else ()
            if made or any(getattr(kind, "id", "") == "MemoryError" for kind in kinds):
                yield f"{file}:{node.lineno}"


def test_nobody_else_makes_views_of_errors_or_sorts_what_is_not_ours():
    sources = {str(path.relative_to(PACKAGE)): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}
    assert {place.partition(":")[0] for place in sorters(sources)} == {"app/error_views.py"}
    assert list(sorters({"x.py": "try: f()\nexcept (OSError, MemoryError): ...\nviews.ErrorView('bug')"})) == [
        "x.py:2",
        "x.py:3",
    ]
