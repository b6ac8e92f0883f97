"""Markdown, CSV and JSON: every number has its unit, and a stranger's text is a text."""

import csv
import io
import json
import re
import zipfile

import jsonschema
import pytest

from tests.conftest import ROOT
from tests.support.documents import BEGIN, DAY, HOSTILE, document
from zkcompanion.base.messages import msg
from zkcompanion.reports.forms import FORMS, render
from zkcompanion.reports.markdown import as_text
from zkcompanion.reports.tabular import as_csv, harmless
from zkcompanion.reports.words import Words

CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SCHEMA = json.loads((ROOT / "resources" / "schemas" / "report.json").read_text())


def sheets(name):
    with zipfile.ZipFile(io.BytesIO(render(document(name), "csv", Words()))) as archive:
        assert archive.testzip() is None
        return {one: archive.read(one).decode() for one in archive.namelist()}


# -- Markdown


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_reads_nothing_into_a_text(text):
    lines = render(document(text), "md", Words()).decode().splitlines()
    plain = render(document("circuit"), "md", Words()).decode().splitlines()
    assert not any(CONTROL.search(line) for line in lines)
    # as many headings, rows and cells as with a harmless name
    unescaped = re.compile(r"(?<!\\)(?:\\\\)*\|")
    assert [len(unescaped.findall(line)) for line in lines] == [len(unescaped.findall(line)) for line in plain]
    assert [line[:2] == "# " or line[:3] == "## " for line in lines] == [
        line[:2] == "# " or line[:3] == "## " for line in plain
    ]
    assert not re.search(r"(?<!\\)[<`\[]", "".join(lines))


def test_markdown_of_special_characters():
    assert as_text("a*b_c") == r"a\*b\_c"
    assert as_text("# x") == r"\# x"
    assert as_text("- x") == r"\- x"
    assert as_text("12. x") == r"12\. x"
    assert as_text("1) x") == r"1\) x"
    assert as_text("2026-11-26 10:00") == "2026-11-26 10:00"
    assert as_text("http://www.x") == r"http\://www\.x"


def test_markdown_tells_pictures_in_words():
    text = render(document(), "md", Words()).decode()
    assert re.search(r"^- Processor: [\d.]+ % to [\d.]+ %, [\d.]+ % on average\.$", text, re.MULTILINE)
    assert "- circuit: 2.79 GiB; expected 1.86 GiB to 3.73 GiB." in text
    assert "- Nothing of this was measured in the period." in text


# -- CSV


def test_csv_is_rfc_4180_with_units_in_the_headings():
    found = sheets("circuit")
    assert set(found) == {
        f"{one}.csv"
        for one in ("about", "figures", "gaps", "slow", "none", "processor", "stack", "nothing", "peaks", "parts")
    }
    rows = list(csv.reader(io.StringIO(found["slow.csv"], newline="")))
    assert rows[0] == ["end", "circuit", "seconds [seconds]", "times [share]", "why"]
    assert rows[2] == ["2026-09-21T14:14:20.000Z", "circuit", "0.5", "3", ""]
    assert rows[-1] == ["3 more rows are not shown."]
    assert all(text.count("\n") == text.count("\r\n") and text.endswith("\r\n") for text in found.values())
    curves = list(csv.reader(io.StringIO(found["processor.csv"], newline="")))
    assert curves[0] == [
        "series",
        "title",
        "time",
        "step [seconds]",
        "mean [percent]",
        "low [percent]",
        "high [percent]",
    ]
    assert len(curves) == 1 + 2 * 44


@pytest.mark.parametrize("text", HOSTILE)
def test_no_spreadsheet_computes_a_text(text):
    for sheet in sheets(text).values():
        assert not CONTROL.search(sheet)
        for row in csv.reader(io.StringIO(sheet, newline="")):
            for cell in row:
                if cell.lstrip(" ")[:1] in set("=+-@\t\r\uff1d\uff0b\uff0d\uff20") and cell:
                    float(cell)  # only numbers begin so


def test_what_looks_like_a_formula_gets_an_apostrophe():
    assert [harmless(text) for text in ("=1", " +1", "@x", "x=1", "")] == ["'=1", "' +1", "'@x", "x=1", ""]
    assert as_csv([["a,b", 'c"d', "e"]]) == b'"a,b","c""d",e\r\n'


# -- JSON


@pytest.mark.parametrize("text", HOSTILE)
def test_json_follows_its_schema_whatever_the_texts_are(text):
    data = render(document(text), "json", Words())
    assert not CONTROL.search(data.decode("ascii"))
    jsonschema.validate(json.loads(data), SCHEMA)


def test_json_has_numbers_beside_units_and_null_for_what_is_not_known():
    plain = json.loads(render(document(), "json", Words()))
    assert (plain["begin_unix_s"], plain["end_unix_s"]) == (BEGIN, BEGIN + DAY)
    (section,) = plain["sections"]
    assert [(one["value"], one["unit"]) for one in section["figures"]] == [(1.25, "seconds"), (None, "bytes")]
    assert section["tables"][0]["rows"][1] == [BEGIN + 60, "circuit", 0.5, 3.0, None]
    assert [one["type"] for one in section["charts"]] == ["curves", "curves", "curves", "bars", "shares"]


def test_json_is_english_whoever_reads_it():
    loud = Words(lambda message: str(message).upper(), "xx")
    assert render(document(), "json", loud) == render(document(), "json", Words())


@pytest.mark.parametrize("form", FORMS)
def test_a_document_that_does_not_fit_together_is_refused(form):
    from dataclasses import replace

    from zkcompanion.base.errors import BugError
    from zkcompanion.reports.document import Column, Section, Table

    bad = Section("Proofs", msg("x"), tables=(Table("proofs", "x", (Column("a", "a"),), (("1", "2"),), "x"),))
    for broken in (replace(document(), sections=(bad, bad)), replace(document(), end_unix_s=BEGIN)):
        with pytest.raises(BugError):
            render(broken, form, Words())
