"""matplotlib's pictures on a page of reportlab's, as lines and letters: small, and sharp at any size."""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.figure import Figure
from matplotlib.path import Path
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

#: Of a letter's size: how far letters go below the line and, with that, how high they are.
_BELOW, _HEIGHT = 0.24, 0.98


def draw(figure: Figure, canvas: Canvas, font: str) -> None:
    """Draw `figure` with its lower left corner at the canvas's origin, in points."""
    figure.set_dpi(72)
    width, height = figure.get_size_inches()
    figure.draw(_OnPaper(canvas, font, 72 * float(width), 72 * float(height)))


class _OnPaper(RendererBase):
    """What matplotlib asks of a surface; a pixel is a point. Its own methods carry no types."""

    def __init__(self, canvas: Canvas, font: str, width: float, height: float) -> None:
        super().__init__()
        self._canvas = canvas
        self._font = font
        self._size = (width, height)

    def flipy(self) -> bool:
        return False

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self._size

    def points_to_pixels(self, points: Any) -> Any:
        return points

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:  # noqa: ARG002
        size = prop.get_size_in_points()
        return pdfmetrics.stringWidth(s, self._font, size), _HEIGHT * size, _BELOW * size

    def draw_text(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: Any, angle: float, *_: Any, **__: Any
    ) -> None:
        canvas = self._canvas
        canvas.saveState()
        canvas.setFillColorRGB(*gc.get_rgb()[:3])
        canvas.setFont(self._font, prop.get_size_in_points())
        canvas.translate(x, y)
        canvas.rotate(angle)
        canvas.drawString(0, 0, s)
        canvas.restoreState()

    def draw_path(self, gc: GraphicsContextBase, path: Path, transform: Any, rgbFace: Any = None) -> None:
        stroked = gc.get_linewidth() > 0
        filled = rgbFace is not None
        if not (stroked or filled):
            return
        canvas = self._canvas
        canvas.saveState()
        self._clip(gc)
        drawn = self._outline(path, transform, simplify=not filled)
        alpha = gc.get_alpha()
        if filled:
            canvas.setFillColorRGB(*rgbFace[:3])
            canvas.setFillAlpha(rgbFace[3] if len(rgbFace) > 3 else alpha)
        if stroked:
            canvas.setStrokeColorRGB(*gc.get_rgb()[:3])
            canvas.setStrokeAlpha(alpha)
            canvas.setLineWidth(gc.get_linewidth())
            canvas.setLineJoin(1)
            dashing: Any = gc.get_dashes()
            offset, dashes = dashing
            if dashes is not None:
                canvas.setDash([float(one) for one in dashes], float(offset or 0))
        canvas.drawPath(drawn, stroke=int(stroked), fill=int(filled))
        canvas.restoreState()

    def _clip(self, gc: GraphicsContextBase) -> None:
        box = gc.get_clip_rectangle()
        if box is not None:
            clip = self._canvas.beginPath()
            clip.rect(*(round(float(value), 2) for value in box.bounds))
            self._canvas.clipPath(clip, stroke=0, fill=0)

    def _outline(self, path: Path, transform: Any, *, simplify: bool) -> Any:
        drawn = self._canvas.beginPath()
        at = (0.0, 0.0)
        segments: Any = path.iter_segments(transform, simplify=simplify and path.should_simplify)
        for values, code in segments:
            numbers = [round(float(value), 2) for value in values]
            if code == Path.MOVETO:
                drawn.moveTo(*numbers)
            elif code == Path.LINETO:
                drawn.lineTo(*numbers)
            elif code == Path.CURVE3:  # a cubic with the same course
                (x0, y0), (x1, y1, x2, y2) = at, numbers
                drawn.curveTo((x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3, (x2 + 2 * x1) / 3, (y2 + 2 * y1) / 3, x2, y2)
            elif code == Path.CURVE4:
                drawn.curveTo(*numbers)
            elif code == Path.CLOSEPOLY:
                drawn.close()
                continue
            at = (numbers[-2], numbers[-1])
        return drawn
