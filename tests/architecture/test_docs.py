"""Pages point at things that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").glob("*/README.md")])
# requirements.md speaks of what is still to come; test_requirements_table.py holds it
PAGES.remove(ROOT / "docs" / "requirements.md")
OWN_FOLDERS = ("zkcompanion", "scripts", "tests", "docs", "resources", "content", "packaging")


def missing(page, text, root=ROOT):
    """Links and paths in backticks that lead nowhere."""
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in link and not (page.parent / link).exists():
            yield link
    for path in re.findall(rf"`(?:\./)?((?:{'|'.join(OWN_FOLDERS)})/[\w./-]+)", text):
        if not (root / path.rstrip(".")).exists():
            yield path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_paths_of_a_page_exist(page):
    assert list(missing(page, page.read_text())) == []


def test_the_check_can_fail():
    text = "[a](gone.md), [b](README.md#x), `docs/gone.md`, `./scripts/gone.sh --x`, `docs/`"
    assert list(missing(ROOT / "README.md", text)) == ["gone.md", "docs/gone.md", "scripts/gone.sh"]


def test_every_command_that_a_page_shows_is_one():
    from zkcompanion.cli.main import COMMANDS

    shown = []
    for page in PAGES:
        shown += re.findall(r"^ {4}\./scripts/zkcompanion ([a-z0-9].*)$", page.read_text(), re.MULTILINE)
    paths = {tuple(command.path) for command in COMMANDS}
    assert shown
    assert [line for line in shown if not any(tuple(line.split()[: len(path)]) == path for path in paths)] == []
