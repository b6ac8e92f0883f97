"""What "find anything" finds for what was typed: letters in their order, the better the closer and the earlier."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

#: For a letter that begins a word, follows the letter before it, or stands at the very beginning.
_WORD, _NEXT, _FIRST = 8, 6, 10
#: For each letter passed over, up to a bound, so that long names are not lost.
_GAP, _MOST_GAP = 1, 12
#: Other words of an entry count less than its name.
_OTHER_WORDS = 0.6


def rank(query: str, entries: Sequence[Sequence[str]]) -> list[int]:
    """Indices of the entries that hold all words of `query`, the best first; all in their order for an empty one.

    An entry is its name, and then other words by which it is found. Letters are compared without case and accents.
    """
    wanted = plain(query).split()
    if not wanted:
        return list(range(len(entries)))
    scored = [(score, index) for index, texts in enumerate(entries) if (score := _score(wanted, texts)) is not None]
    return [index for _, index in sorted(scored, key=lambda pair: (-pair[0], pair[1]))]


def plain(text: str) -> str:
    """`text` without case and accents."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def match(query: str, text: str) -> float | None:
    """How well the letters of `query` stand in `text`, both plain; None where they do not."""
    best: float | None = None
    # the first letter may stand in several places, and the best of them need not be the first
    start = text.find(query[:1])
    while start >= 0:
        score = _match_from(query, text, start)
        if score is None:
            break
        best = score if best is None else max(best, score)
        start = text.find(query[:1], start + 1)
    return best


def _score(wanted: Sequence[str], texts: Sequence[str]) -> float | None:
    total = 0.0
    for word in wanted:
        found = []
        for number, text in enumerate(texts):
            score = match(word, plain(text))
            if score is not None:
                found.append(score * (1 if number == 0 else _OTHER_WORDS))
        if not found:
            return None
        total += max(found)
    return total - len(texts[0]) / 100  # of two alike the shorter


def _match_from(query: str, text: str, start: int) -> float | None:
    """Every letter at its first place after the one before it; a word's beginning is preferred where there is one."""
    score, at, last = 0.0, start, None
    for number, letter in enumerate(query):
        place = text.find(letter, at)
        if place < 0:
            return None
        if number and place != at:
            begins = text.find(" " + letter, at)
            place = begins + 1 if begins >= 0 and _rest_fits(query[number:], text, begins + 1) else place
        score += 1
        if place == 0:
            score += _FIRST
        elif not text[place - 1].isalnum():
            score += _WORD
        if last is not None:
            score += _NEXT if place == last + 1 else -min(_MOST_GAP, _GAP * (place - last - 1))
        last, at = place, place + 1
    return score


def _rest_fits(letters: str, text: str, at: int) -> bool:
    for letter in letters:
        at = text.find(letter, at) + 1
        if at == 0:
            return False
    return True
