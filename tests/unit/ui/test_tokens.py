"""Every text and mark of every theme can be read: contrast by WCAG 2's formula."""

import dataclasses
import re

import pytest

from zkcompanion.ui.theme.tokens import HIGH_CONTRAST, THEMES, Tokens

TEXT, MARK = 4.5, 3.0
BACKGROUNDS = ("window", "surface", "raised", "hover", "pressed")
SOFT = ("accent_soft", "good_soft", "caution_soft", "bad_soft", "info_soft")
TONES = ("good", "caution", "bad", "info")

themes = pytest.mark.parametrize("tokens", THEMES.values(), ids=THEMES.keys())


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def too_weak(tokens, pairs, least):
    return {
        f"{ink} on {paper}": round(found, 2)
        for ink, paper in pairs
        if (found := contrast(getattr(tokens, ink), getattr(tokens, paper))) < least
    }


def test_the_formula_is_the_published_one():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@themes
def test_text_can_be_read_wherever_it_stands(tokens):
    papers = (*BACKGROUNDS, *SOFT)
    pairs = [(ink, paper) for ink in ("text", "muted") for paper in papers]
    pairs += [("faint", paper) for paper in ("window", "surface", "raised")]
    pairs += [("accent", paper) for paper in ("window", "surface", "raised", "accent_soft", "info_soft")]
    assert too_weak(tokens, pairs, TEXT) == {}


@themes
def test_words_in_a_tone_can_be_read_on_the_page_and_on_their_own_soft_ground(tokens):
    pairs = [(tone, paper) for tone in TONES for paper in ("window", "surface", "raised", f"{tone}_soft")]
    assert too_weak(tokens, pairs, TEXT) == {}


@themes
def test_words_on_the_accent_can_be_read(tokens):
    assert too_weak(tokens, [("accent_text", "accent")], TEXT) == {}


@themes
def test_marks_can_be_seen(tokens):
    """Borders of fields, icons, the ring of the focus, lines of charts."""
    pairs = [(mark, paper) for mark in ("faint", "accent", *TONES) for paper in (*BACKGROUNDS, *SOFT)]
    assert too_weak(tokens, pairs, MARK) == {}
    series = {
        f"{colour} on {paper}": round(found, 2)
        for colour in tokens.series
        for paper in ("window", "surface", "raised")
        if (found := contrast(colour, getattr(tokens, paper))) < MARK
    }
    assert series == {}


def test_high_contrast_is_higher():
    pairs = [("text", paper) for paper in BACKGROUNDS] + [("muted", "surface"), ("hairline", "surface")]
    assert too_weak(HIGH_CONTRAST, pairs, 7.0) == {}


def test_every_colour_is_written_the_same_way():
    for tokens in THEMES.values():
        for field in dataclasses.fields(Tokens):
            value = getattr(tokens, field.name)
            for colour in value if isinstance(value, tuple) else (value,):
                if isinstance(colour, str) and field.name != "name":
                    assert re.fullmatch(r"#[0-9A-F]{6}", colour), field.name
        assert len(set(tokens.series)) == len(tokens.series) == 6


def test_the_check_can_fail():
    pale = dataclasses.replace(THEMES["light"], muted="#AAAAAA")
    assert too_weak(pale, [("muted", "surface")], TEXT) == {"muted on surface": 2.32}
