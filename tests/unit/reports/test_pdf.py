"""PDF: letters inside, title and language told, the same bytes for the same document, whatever the texts are."""

import re
import zlib
from dataclasses import replace

import pytest

from tests.support.documents import HOSTILE, document
from zkcompanion.reports.document import Column, Table
from zkcompanion.reports.forms import render
from zkcompanion.reports.pdf import MOST_ROWS
from zkcompanion.reports.words import Words


def streams(data):
    """The page contents, unpacked."""
    import base64

    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        body = match[1].strip()
        try:
            if body.endswith(b"~>"):
                body = (
                    base64.a85decode(body, adobe=False)
                    if not body.startswith(b"<~")
                    else base64.a85decode(body, adobe=True)
                )
        except ValueError:
            body = base64.a85decode(b"<~" + body, adobe=True)
        try:
            found.append(zlib.decompress(body))
        except zlib.error:
            found.append(body)
    return found


def test_it_says_title_and_language_and_has_its_letters_inside():
    data = render(document(), "pdf", Words(language="es"))
    assert data.startswith(b"%PDF-")
    assert b"/Lang" in data
    assert re.search(rb"/Lang \(?.{0,4}es", data)
    assert b"/DisplayDocTitle true" in data
    assert b"/FontFile2" in data
    assert b"/Outlines" in data
    assert b"/JavaScript" not in data
    assert b"/URI" not in data


def test_the_same_document_gives_the_same_bytes():
    assert render(document(), "pdf", Words()) == render(document(), "pdf", Words())


def test_strangers_texts_are_no_markup():
    data = render(document(" ".join(HOSTILE[:20])), "pdf", Words())
    assert data.startswith(b"%PDF-")
    assert b"/URI" not in data


@pytest.mark.parametrize("text", [HOSTILE[17], HOSTILE[20], HOSTILE[21]])
def test_odd_texts_make_a_file_too(text):
    assert render(document(text), "pdf", Words()).startswith(b"%PDF-")


def test_pictures_are_lines_and_no_dots():
    data = render(document(), "pdf", Words())
    assert b"/Subtype /Image" not in data
    assert any(one.count(b" l ") > 30 for one in streams(data))


def test_a_long_table_is_cut_and_says_so():
    whole = document()
    rows = tuple((f"row {number}",) for number in range(MOST_ROWS + 5))
    table = Table("long", "Long", (Column("what", "What"),), rows, "none", left_out=2)
    (section,) = whole.sections
    long = replace(whole, sections=(replace(section, tables=(table,)),))
    seen = []

    def say(message):
        seen.append(str(message))
        return str(message)

    render(long, "pdf", Words(say))
    assert "7 more rows are not shown." in seen
