import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.plainmessages import message_from_plain, message_to_plain

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=8))
MESSAGES = st.recursive(
    st.builds(Message, st.text(max_size=12), st.dictionaries(st.text("abn", min_size=1), SCALARS)),
    lambda inner: st.builds(
        Message,
        st.text(max_size=12),
        st.dictionaries(st.text("abn", min_size=1), SCALARS | inner),
        st.none() | st.text(max_size=12),
    ),
    max_leaves=4,
)


@given(MESSAGES)
def test_a_message_comes_back_through_json(message):
    plain = json.loads(json.dumps(message_to_plain(message)))
    assert message_from_plain(plain) == message


def test_only_what_is_there_is_written():
    assert message_to_plain(msg("a")) == {"template": "a"}
    assert message_to_plain(msg_n("a", "b", n=2)) == {"template": "a", "plural": "b", "params": {"n": 2}}


def test_what_is_no_scalar_becomes_its_text():
    plain = message_to_plain(msg("{path} {list}", path=Path("x"), list=[1]))
    assert plain["params"] == {"path": "x", "list": "[1]"}


@pytest.mark.parametrize(
    "plain",
    [
        None,
        "text",
        {},
        {"template": 1},
        {"template": "a", "plural": 1},
        {"template": "a", "params": []},
        {"template": "a", "params": {"x": []}},
        {"template": "a", "params": {"x": {}}},
        {"template": "a", "params": {1: "x"}},
    ],
)
def test_anything_else_is_none(plain):
    assert message_from_plain(plain) is None


def test_nesting_has_an_end():
    deep = {"template": "x"}
    for _ in range(8):
        deep = {"template": "x", "params": {"y": deep}}
    assert message_from_plain(deep) is None
    assert message_from_plain(deep["params"]["y"]) is not None
