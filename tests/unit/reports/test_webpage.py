"""One page without scripts, for eyes, paper and screen readers; strangers' texts are text."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from tests.support.documents import HOSTILE, document
from zkcompanion.reports.forms import render
from zkcompanion.reports.palette import COLOURS
from zkcompanion.reports.webpage import POLICY
from zkcompanion.reports.words import Words
from zkcompanion.ui.theme.tokens import DARK, LIGHT

VOID = {"meta", "path", "use", "rect", "br"}


class Page(HTMLParser):
    """Elements, attributes and texts as a browser reads them."""

    def __init__(self, data):
        super().__init__()
        self.elements, self.open, self.texts, self.rows = [], [], [], []
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    def skeleton(self):
        return [(tag, sorted(attrs)) for tag, attrs in self.elements if tag not in {"use", "path", "g", "defs", "text"}]


@pytest.fixture(scope="module")
def plain():
    return Page(render(document(), "html", Words()))


@pytest.fixture(scope="module")
def hostile():
    return Page(render(document(" ".join(HOSTILE[:20])), "html", Words()))


def test_it_fetches_and_runs_nothing(plain):
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in plain.all("meta")
    assert "default-src 'none'" in POLICY
    assert not {"script", "link", "iframe", "object", "img", "form", "a-"} & {tag for tag, _ in plain.elements}
    for _, attrs in plain.elements:
        assert not any(name.startswith("on") for name in attrs)
        for name in ("href", "xlink:href", "src"):
            assert attrs.get(name, "#").startswith("#")


def test_it_is_balanced_and_every_id_stands_once(plain):
    assert plain.open == []
    ids = [attrs["id"] for _, attrs in plain.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    used = {attrs["xlink:href"][1:] for _, attrs in plain.elements if "xlink:href" in attrs}
    assert used <= set(ids)


def test_headings_tables_and_pictures_can_be_read_aloud(plain):
    levels = [int(tag[1]) for tag, _ in plain.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(plain.all("caption")) == len(plain.all("table"))
    assert all(attrs.get("scope") in {"col", "row"} for attrs in plain.all("th"))
    pictures = plain.all("svg")
    ids = {attrs["id"]: tag for tag, attrs in plain.elements if "id" in attrs}
    assert len(pictures) == 4
    for attrs in pictures:
        title, alt = attrs["aria-labelledby"].split()
        assert (attrs["role"], ids[title], ids[alt]) == ("img", "title", "desc")
    assert any(re.match("Processor: .* % to .* % on average", text) for tag, text in plain.texts if tag == "desc")
    assert plain.all("html")[0]["lang"] == "en"


def test_strangers_texts_add_no_element_and_no_attribute(plain, hostile):
    assert hostile.open == []
    assert hostile.skeleton() == plain.skeleton()


@pytest.mark.parametrize("text", HOSTILE[4:6])
def test_nothing_moves_a_cursor_or_turns_the_text_around(text):
    data = render(document(text), "html", Words()).decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", data)


def test_pictures_follow_the_theme_and_their_letters_are_letters(plain):
    data = render(document(), "html", Words()).decode()
    styles = "".join(re.findall(r'style="([^"]*)"', data))
    assert not [colour for colour, _ in COLOURS.values() if colour in styles]
    assert "var(--series-0)" in styles
    assert "prefers-color-scheme:dark" in data
    assert any(tag == "text" and text == "Processor" for tag, text in plain.texts)


def test_the_same_document_gives_the_same_page():
    assert render(document(), "html", Words()) == render(document(), "html", Words())


def test_the_colours_are_those_of_the_window():
    for at, tokens in ((0, LIGHT), (1, DARK)):
        for name, pair in COLOURS.items():
            kind, _, number = name.partition("-")
            wanted = tokens.series[int(number)] if number else getattr(tokens, kind)
            assert pair[at] == wanted.lower()
    light = [pair[0] for pair in COLOURS.values()]
    assert len(light) == len(set(light))
