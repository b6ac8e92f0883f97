"""Merkle trees as the bundled circuits have them: nodes Poseidon(left, right), empty leaves 0."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from zkcompanion.proving.reference.poseidon import poseidon


@cache
def node(left: int, right: int) -> int:
    """The node above these two."""
    return poseidon([left, right])


def merkle_path(leaves: Sequence[int], position: int, depth: int) -> tuple[int, list[int], list[int]]:
    """Root, the nodes beside the path of the leaf at `position`, and its index bits, lowest level first."""
    elements, indices = [], []
    level, empty = dict(enumerate(leaves)), 0
    for _ in range(depth):
        elements.append(level.get(position ^ 1, empty))
        indices.append(position & 1)
        parents = {i >> 1 for i in level} | {position >> 1}
        level = {i: node(level.get(2 * i, empty), level.get(2 * i + 1, empty)) for i in parents}
        empty, position = node(empty, empty), position >> 1
    return level[0], elements, indices
