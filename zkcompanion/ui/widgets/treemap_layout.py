"""Rectangles in proportion to sizes, as square as they get (Bruls, Huizing and van Wijk, "Squarified treemaps")."""

from __future__ import annotations

from collections.abc import Sequence

#: left, top, width, height
Box = tuple[float, float, float, float]

_LEAST_SHARE = 1e-9


def squarified(sizes: Sequence[float], box: Box) -> list[Box]:
    """A rectangle for each size, in the order given; together they fill `box`. Sizes of 0 or less get none of it."""
    total = sum(size for size in sizes if size > 0)
    left, top, width, height = box
    made: list[Box] = [(left, top, 0.0, 0.0)] * len(sizes)
    if total <= 0 or width <= 0 or height <= 0:
        return made
    scale = width * height / total
    # what is less than nobody can see would only leave rounding errors to divide by
    seen = [index for index, size in enumerate(sizes) if size > total * _LEAST_SHARE]
    ordered = sorted(seen, key=lambda index: -sizes[index])
    while ordered and (side := min(width, height)) > 0:
        count, area, worst = 0, 0.0, float("inf")
        while count < len(ordered):
            more = area + sizes[ordered[count]] * scale
            largest, smallest = sizes[ordered[0]] * scale, sizes[ordered[count]] * scale
            ratio = max(side * side * largest / (more * more), more * more / (side * side * smallest))
            if ratio > worst:
                break
            count, area, worst = count + 1, more, ratio
        thick, along = area / side, 0.0
        for index in ordered[:count]:
            length = sizes[index] * scale / thick
            # along the shorter side
            made[index] = (left, top + along, thick, length) if width >= height else (left + along, top, length, thick)
            along += length
        if width >= height:
            left, width = left + thick, width - thick
        else:
            top, height = top + thick, height - thick
        ordered = ordered[count:]
    return made
