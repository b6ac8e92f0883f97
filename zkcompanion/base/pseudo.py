"""A language nobody speaks, for finding what does not go through the catalogue and what does not bear longer words.

Its tag is `qps`. Letters carry accents, sentences stand in brackets and are about a third longer, fields stay as they
are; so it is read as English, and a text without brackets is one that was never marked.
"""

from __future__ import annotations

import math
from functools import lru_cache
from string import Formatter

PSEUDO = "qps"

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ACCENTED = "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļṁñöþǫŕšţûṽŵẋýž"
_ACCENTS = str.maketrans(_PLAIN, _ACCENTED)
#: A third and a bit: what German and Finnish need for a short English sentence.
_LONGER = 0.35
_FILLER = "þåð žîñĝ "


@lru_cache(maxsize=2048)
def pseudo_translate(template: str) -> str:
    """`template` with accents, brackets and about 35 % more characters; its fields stay as they are.

    A template whose braces do not match stays as it is.
    """
    pieces = []
    letters = 0
    try:
        for text, name, spec, conversion in Formatter().parse(template):
            letters += len(text)
            pieces.append(text.translate(_ACCENTS).replace("{", "{{").replace("}", "}}"))
            if name is not None:
                mark = f"!{conversion}" if conversion else ""
                pieces.append("{" + name + mark + (f":{spec}" if spec else "") + "}")
    except ValueError:
        return template
    more = math.ceil(letters * _LONGER)
    filler = (" " + _FILLER * math.ceil(more / len(_FILLER)))[:more].rstrip()
    return f"⟦{''.join(pieces)}{filler}⟧"
