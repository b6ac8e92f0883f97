"""Bring the message catalogue up to date with the sources, or check that it is.

    scripts/update_catalogue.py [--check]

Writes `resources/translations/zkcompanion.pot` from every `msg` and `msg_n` of the program and every sentence of the
examples, rules and workloads; then takes the new ids into each `LC_MESSAGES/zkcompanion.po` there is, and compiles it
to the `.mo` beside it. The same sources give the same bytes: sorted by id, no dates, no line numbers. `--check` writes
nothing and returns 1 where a file is not what it should be. To begin a language, make its folder with an empty `.po`
and run this.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = "zkcompanion"
KEYWORDS = {"msg": None, "msg_n": (1, 2)}
COMMENTS = ("Translators:",)
#: Parts of an `example.json` that are sentences; `signals` holds objects with the last two.
_SENTENCES = ("title", "summary", "reveals", "hides")
_SIGNAL_SENTENCES = ("label", "note")
#: Parts of a rule that are sentences.
_RULE_SENTENCES = ("title", "meaning", "advice")
#: Parts of a workload that are sentences.
_WORKLOAD_SENTENCES = ("name", "what", "landmark", "missing", "blocked")

Id = str | tuple[str, str]


class Undated(Catalog):
    """A catalogue whose header has nothing that changes from day to day, and nobody's name."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What gettext needs."""
        headers = [("Project-Id-Version", "ZK Companion")]
        if self.locale is not None:
            headers += [("Language", str(self.locale_identifier)), ("Plural-Forms", self.plural_forms)]
        return [
            *headers,
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def sentences(root: Path) -> Iterator[tuple[str, Id, list[str]]]:
    """(file, id, comments for translators) of every sentence; an id with a plural is a pair."""
    for path in sorted((root / "zkcompanion").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        # Babel complains there of the empty text, which is an empty line of the command line
        with path.open("rb") as stream, contextlib.redirect_stderr(io.StringIO()):
            extracted = list(extract("python", stream, KEYWORDS, COMMENTS, {"encoding": "utf-8"}))
        for _, found, comments, _ in extracted:
            texts = (found,) if isinstance(found, str) else tuple(found)
            if all(texts):
                yield name, texts[0] if len(texts) == 1 else (texts[0], texts[1]), comments
    for path in sorted((root / "resources" / "circuits").glob("*/example.json")):
        name = path.relative_to(root).as_posix()
        for text in example_sentences(json.loads(path.read_text("utf-8"))):
            yield name, text, []
    for path in sorted((root / "resources" / "rules").glob("*.json")):
        name = path.relative_to(root).as_posix()
        for rule in json.loads(path.read_text("utf-8"))["rules"]:
            yield from ((name, rule[part], []) for part in _RULE_SENTENCES)
    workloads = root / "resources" / "catalogue" / "workloads.json"
    if workloads.exists():
        name = workloads.relative_to(root).as_posix()
        yield from ((name, text, []) for text in workload_sentences(json.loads(workloads.read_text("utf-8"))))


def workload_sentences(catalogue: dict[str, Any]) -> Iterator[str]:
    """What a user reads of the catalogue of workloads."""
    yield from (group["title"] for group in catalogue["groups"].values())
    yield from (machine["name"] for machine in catalogue["machines"].values())
    for workload in catalogue["workloads"]:
        yield from (workload[part] for part in _WORKLOAD_SENTENCES if part in workload)
        yield from (figure["note"] for figure in workload["figures"] if "note" in figure)


def example_sentences(example: dict[str, object]) -> Iterator[str]:
    """What a user reads of an example."""
    for part in _SENTENCES:
        value = example[part]
        yield from value if isinstance(value, list) else [str(value)]
    signals = example["signals"]
    for signal in signals if isinstance(signals, list) else []:
        yield from (signal[part] for part in _SIGNAL_SENTENCES)


def template(root: Path) -> Catalog:
    """The catalogue of all ids. Raises: SystemExit where one text is used with two plurals, or with one and without."""
    catalog = Undated(fuzzy=False)
    for name, found, comments in sentences(root):
        former = catalog.get(found)
        if former is not None and former.id != found:
            # gettext knows an entry by its singular alone
            sys.exit(f"{name}: {found!r} stands elsewhere as {former.id!r}; say one of them in another way")
        catalog.add(found, locations=[(name, 0)], auto_comments=comments, flags=flags(found))
    return catalog


def flags(found: str | Sequence[str]) -> list[str]:
    """Fields are written as Python's str.format has them; a translator's program checks them then."""
    texts = (found,) if isinstance(found, str) else found
    return ["python-brace-format"] if any("{" in text for text in texts) else []


def as_po(catalog: Catalog) -> bytes:
    """The text form, sorted by id."""
    for message in catalog:
        if message.id:
            # Babel guesses that "100 % of" is a format of the other kind
            message.flags -= {"python-format", "python-brace-format"}
            message.flags |= set(flags(message.id))
    out = io.BytesIO()
    write_po(out, catalog, width=120, sort_output=True, include_lineno=False, ignore_obsolete=False)
    return out.getvalue().rstrip(b"\n") + b"\n"


def as_mo(catalog: Catalog) -> bytes:
    """The form that the program reads."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def updated(po: bytes, tag: str, ids: Catalog) -> Catalog:
    """A language's catalogue with the ids there are now; translations of ids that are gone are kept as comments."""
    locale = str(Locale.parse(tag, sep="-"))
    former = read_po(io.BytesIO(po), locale=locale)
    catalog = Undated(locale=locale, header_comment=f"# {DOMAIN}, {tag}", fuzzy=False)
    for message in former:
        if message.id:
            catalog[message.id] = message
    catalog.obsolete = former.obsolete
    catalog.update(ids, no_fuzzy_matching=True, update_header_comment=False)
    return catalog


def targets(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file of the catalogue, and what it should hold."""
    folder = root / "resources" / "translations"
    ids = template(root)
    ids.header_comment = f"# {DOMAIN}: written by scripts/update_catalogue.py"
    yield folder / f"{DOMAIN}.pot", as_po(ids)
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        catalog = updated(path.read_bytes(), path.parent.parent.name, ids)
        yield path, as_po(catalog)
        yield path.with_suffix(".mo"), as_mo(catalog)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Update or check; 1 where a check found something."""
    parser = argparse.ArgumentParser(description="Update the message catalogue from the sources.")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where a file is out of date")
    options = parser.parse_args(arguments)
    behind = 0
    for path, content in targets(root):
        name = path.relative_to(root).as_posix()
        if path.is_file() and path.read_bytes() == content:
            print(f"{name}: unchanged")
        elif options.check:
            print(f"{name}: out of date; run scripts/update_catalogue.py")
            behind += 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(f"{name}: written")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main())
