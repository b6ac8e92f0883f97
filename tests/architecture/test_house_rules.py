import pytest

from tests.support.scripts import load_script

rules = load_script("check_house_rules")


def tree_with(root, line, folder):
    path = root / folder / "sample.py"
    path.parent.mkdir(parents=True)
    path.write_text(f"x = 0\n{line}\n")
    return path


def test_the_project_keeps_its_rules():
    assert list(rules.problems()) == []


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.name)
def test_each_rule_refuses_its_bad_line(tmp_path, rule):
    tree_with(tmp_path, rule.bad, rule.inside[0])
    found = list(rules.problems(tmp_path))
    assert f"{rule.inside[0]}sample.py:2: {rule.name}: {rule.reason}" in found


@pytest.mark.parametrize("rule", [rule for rule in rules.RULES if rule.outside], ids=lambda rule: rule.name)
def test_each_exception_is_kept(tmp_path, rule):
    place = rule.outside[0]
    path = tmp_path / (place if place.endswith(".py") else place + "sample.py")
    path.parent.mkdir(parents=True)
    path.write_text(rule.bad + "\n")
    assert not [line for line in rules.problems(tmp_path) if f": {rule.name}: " in line]


@pytest.mark.parametrize(
    "line",
    [
        '"""We never print(x) or time.sleep(1) here."""',
        "# print(x) and import pickle",
        "x = 'import random'; y = \"print(1)\"",
        "blueprint(1)",
        "x = 1  # noqa: E501",
        "x = 1  # type: ignore[arg-type]",
        "x = 1  # pragma: no cover (only on Windows)",
        'path.open("rb"); open("x"); open(path, "r")',
        'msg("one " "two {x}", x=f"{y}")',
        'msg_n("{n} file", "{n} files", n=2)',
        'msg_n("one file in {place}", "{n} files in {place}", n=2, place=x)',
        'msg_n("this file", "these files", n=2)',
        'msg("a {x:<8} {{literal}}", **values)',
        "runtime.monotonic()",
        'x = "https://example.org/work/done"',
        "x = f'print(1) {y} print(2)'",
    ],
)
def test_what_is_allowed_passes(tmp_path, line):
    tree_with(tmp_path, line, "zkcompanion/base")
    assert list(rules.problems(tmp_path)) == []


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('path.open("ab")', "one-writer"),
        ('io.open("x", mode="x")', "one-writer"),
        ('path.write_bytes(b"")', "one-writer"),
        ('os.fdopen(fd, "r+b")', "one-writer"),
        ("from time import monotonic", "one-clock"),
        ("datetime.now(UTC)", "one-clock"),
        ('msg("a {}".format(b))', "literal-message"),
        ('msg("a" + b)', "literal-message"),
        ("msg(template)", "literal-message"),
        ('msg_n("{n} file", many, n=2)', "literal-message"),
        ('msg_n("{n} file", n=2)', "literal-message"),
        ('msg_n("one file", "{n} files!", n=2)', "calm-message"),
        ('msg_n("{n} file", "{n} files in {place}", n=2)', "fitting-message"),
        ('msg("a {x")', "fitting-message"),
        ('msg("a", x=1)', "fitting-message"),
        ("from numpy import x; np.random.default_rng()", "no-random"),
        ("def f():\n    import pickle", "no-pickle"),
        ("x = 1  # noqa:E501 # type: ignore", "named-ignore"),
    ],
)
def test_other_ways_to_break_a_rule_are_seen(tmp_path, line, rule):
    tree_with(tmp_path, line, "zkcompanion/base")
    assert any(f": {rule}: " in problem for problem in rules.problems(tmp_path))
