"""Rectangles in proportion: they fill the whole, do not overlap, and are as large as they should be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.ui.widgets.treemap_layout import squarified


def test_the_example_of_the_paper():
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], (0.0, 0.0, 6.0, 4.0))
    assert boxes[0] == pytest.approx((0, 0, 3, 2))
    assert boxes[1] == pytest.approx((0, 2, 3, 2))
    assert boxes[2] == pytest.approx((3, 0, 12 / 7, 7 / 3))
    assert boxes[3] == pytest.approx((3 + 12 / 7, 0, 9 / 7, 7 / 3))


@given(
    st.lists(st.floats(0, 1e9) | st.just(0.0), max_size=12),
    st.floats(1, 2000),
    st.floats(1, 2000),
)
def test_every_part_has_its_share_inside_the_box(sizes, width, height):
    boxes = squarified(sizes, (5.0, 7.0, width, height))
    total = sum(sizes)
    assert len(boxes) == len(sizes)
    for size, (left, top, wide, high) in zip(sizes, boxes, strict=True):
        share = size / total if total else 0.0
        assert wide * high == pytest.approx(share * width * height, rel=1e-6, abs=1e-6 * width * height)
        assert left >= 5.0 - 1e-6 * width
        assert top >= 7.0 - 1e-6 * height
        assert left + wide <= 5.0 + width * (1 + 1e-6)
        assert top + high <= 7.0 + height * (1 + 1e-6)


def test_nothing_has_no_room():
    assert squarified([], (0, 0, 10, 10)) == []
    assert squarified([0.0, -1.0], (0, 0, 10, 10)) == [(0, 0, 0, 0)] * 2
    assert squarified([1.0], (3, 4, 0, 10)) == [(3, 4, 0, 0)]
