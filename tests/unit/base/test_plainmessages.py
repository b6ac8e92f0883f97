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


def nested(levels, template):
    plain = {"template": "x"}
    for _ in range(levels):
        plain = {"template": template, "params": {"a": plain}}
    return plain


@pytest.mark.parametrize(
    "plain",
    [
        {"template": "{a:9999999999}", "params": {"a": 1}},
        {"template": "{a:.9999999999f}", "params": {"a": 1}},
        {"template": "{a:{b}}", "params": {"a": 1, "b": 9_999_999_999}},
        {"template": "{a}" * 30, "params": {"a": "x" * 30_000}},
        {"template": "{a!r}" * 30, "params": {"a": "x" * 30_000}},
        {"template": "{a.b}{a[0]}" * 30, "params": {"a": "x" * 30_000}},
        {"template": "a", "plural": "{n:9999999999}", "params": {"n": 2}},
        nested(6, "{a}" * 30),
    ],
)
def test_what_would_fill_the_memory_when_it_is_read_is_no_message(plain):
    assert message_from_plain(plain) is None


def test_what_is_long_and_what_is_no_template_is_read():
    for plain in (
        {"template": "{a:>999} {a:.2f}" * 9, "params": {"a": 1.5}},
        {"template": "{a:99999"},
        nested(6, "{a}"),
    ):
        assert message_to_plain(message_from_plain(plain)) == plain
