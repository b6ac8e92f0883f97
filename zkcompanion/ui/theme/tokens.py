"""Colours, spaces and type sizes: nothing else in the window names one.

Contrast: text at least 4.5:1 on window and surface, marks at least 3:1; `tests/unit/ui/test_tokens.py` computes it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme. Colours are `#RRGGBB`; `series` are for charts, in order, told apart by the colour-blind too."""

    name: str
    dark: bool
    window: str
    surface: str
    raised: str
    hairline: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_text: str
    accent_soft: str
    good: str
    caution: str
    bad: str
    info: str
    good_soft: str
    caution_soft: str
    bad_soft: str
    info_soft: str
    hover: str
    pressed: str
    series: tuple[str, ...]
    #: thickness of hairlines and of the focus ring, in pixels
    line: int = 1
    ring: int = 2


LIGHT = Tokens(
    name="light",
    dark=False,
    window="#F6F7F9",
    surface="#FFFFFF",
    raised="#FFFFFF",
    hairline="#E3E6EB",
    text="#16191D",
    muted="#565E6C",
    faint="#68717F",
    accent="#3B5BDB",
    accent_text="#FFFFFF",
    accent_soft="#EDF1FD",
    good="#267F39",
    caution="#AD5800",
    bad="#C92A2A",
    info="#1971C2",
    good_soft="#ECF7EF",
    caution_soft="#FDF3E7",
    bad_soft="#FCEDED",
    info_soft="#EBF4FC",
    hover="#EEF0F4",
    pressed="#E3E6EB",
    series=("#3B5BDB", "#E8590C", "#0B7285", "#9C36B5", "#5C940D", "#A61E4D"),
)

DARK = Tokens(
    name="dark",
    dark=True,
    window="#14161A",
    surface="#1B1E24",
    raised="#22262E",
    hairline="#2E333D",
    text="#ECEFF4",
    muted="#A9B2C0",
    faint="#858E9E",
    accent="#748FFC",
    accent_text="#10131A",
    accent_soft="#232A44",
    good="#69DB7C",
    caution="#FFC078",
    bad="#FF8787",
    info="#74C0FC",
    good_soft="#1B2E21",
    caution_soft="#33291B",
    bad_soft="#372224",
    info_soft="#1B2B39",
    hover="#262A33",
    pressed="#2E333D",
    series=("#748FFC", "#FF922B", "#3BC9DB", "#DA77F2", "#A9E34B", "#F783AC"),
)

HIGH_CONTRAST = Tokens(
    name="high-contrast",
    dark=True,
    window="#000000",
    surface="#000000",
    raised="#0B0B0B",
    hairline="#FFFFFF",
    text="#FFFFFF",
    muted="#F1F3F5",
    faint="#DEE2E6",
    accent="#FFE066",
    accent_text="#000000",
    accent_soft="#1F1C00",
    good="#8CE99A",
    caution="#FFD43B",
    bad="#FFA8A8",
    info="#A5D8FF",
    good_soft="#001A06",
    caution_soft="#1F1900",
    bad_soft="#260707",
    info_soft="#04182B",
    hover="#262626",
    pressed="#404040",
    series=("#A5D8FF", "#FFC078", "#66D9E8", "#E599F7", "#C0EB75", "#FCC2D7"),
    line=2,
    ring=3,
)

THEMES = {tokens.name: tokens for tokens in (LIGHT, DARK, HIGH_CONTRAST)}


class Space:
    """Distances in pixels at 100 % text size; nothing lies between the steps."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 32
    HUGE = 48


class Type:
    """Sizes of the system font in pixels at 100 % text size."""

    HERO = 30
    ANSWER = 24
    SECTION = 16
    TEXT = 13
    CAPTION = 12


#: Corners, in pixels.
RADIUS = 8
#: Widest column of a page that is read, in pixels at 100 % text size.
READING_WIDTH = 1120
#: Longest motion, in milliseconds; none where the system asks for less.
MOTION_MS = 150
