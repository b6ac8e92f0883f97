"""The style sheet and the palette of a theme. Widgets say what they are by the property `kind`, never how they look."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QPalette

from zkcompanion.base.paths import resource_path
from zkcompanion.ui.theme.tokens import HIGH_CONTRAST, RADIUS, Space, Tokens, Type


def style_sheet(tokens: Tokens, text_percent: int) -> str:
    """The whole window's style sheet for a theme and a text size."""

    def scaled(pixels: int) -> int:
        return round(pixels * text_percent / 100)

    colours = {name: value for name in tokens.__slots__ if isinstance(value := getattr(tokens, name), str)}
    sheet = Template(resource_path("themes", "window.qss").read_text(encoding="utf-8"))
    return sheet.substitute(
        colours,
        # borders of fields are marks that must be seen: 3:1 on the surface
        field=tokens.faint,
        # where soft grounds are hardly seen, a line says what is chosen
        chosen=tokens.accent if tokens is HIGH_CONTRAST else tokens.accent_soft,
        line=tokens.line,
        ring=tokens.ring,
        radius=RADIUS,
        tick=_drawing("tick", tokens),
        arrow=_drawing("arrow", tokens),
        box_px=scaled(16),
        round_px=scaled(16) // 2,
        # how far a slider's handle stands out of its groove
        knob_px=(scaled(16) - 4) // 2,
        icon_px=scaled(24),
        text_px=scaled(Type.TEXT),
        hero_px=scaled(Type.HERO),
        answer_px=scaled(Type.ANSWER),
        section_px=scaled(Type.SECTION),
        caption_px=scaled(Type.CAPTION),
        pad_v=scaled(Space.S) - 2,
        pad_s=scaled(Space.S),
        pad_m=scaled(Space.M),
        pad_h=scaled(Space.L),
        link_v=scaled(Space.XS),
        link_h=scaled(Space.XS),
    )


def _drawing(name: str, tokens: Tokens) -> str:
    """A picture that the style sheet itself draws, so that it cannot be tinted: one for light themes, one for dark."""
    return resource_path("themes", f"{name}-{'dark' if tokens.dark else 'light'}.svg").as_posix()


def palette(tokens: Tokens) -> QPalette:
    """For what Qt draws without the sheet: selections, placeholders, links, disabled text."""
    made = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, tokens.window),
        (QPalette.ColorRole.Base, tokens.surface),
        (QPalette.ColorRole.AlternateBase, tokens.window),
        (QPalette.ColorRole.Text, tokens.text),
        (QPalette.ColorRole.WindowText, tokens.text),
        (QPalette.ColorRole.Button, tokens.surface),
        (QPalette.ColorRole.ButtonText, tokens.text),
        (QPalette.ColorRole.Highlight, tokens.accent),
        (QPalette.ColorRole.HighlightedText, tokens.accent_text),
        (QPalette.ColorRole.PlaceholderText, tokens.faint),
        (QPalette.ColorRole.Link, tokens.accent),
        (QPalette.ColorRole.ToolTipBase, tokens.raised),
        (QPalette.ColorRole.ToolTipText, tokens.text),
    ):
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.faint))
    return made
