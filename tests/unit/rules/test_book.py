"""Rules as data: what is read, what is refused, and what a person changed."""

import json

import jsonschema
import pytest

from tests.support.cli import SCHEMAS
from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import resource_path
from zkcompanion.monitoring.metrics import metric_of
from zkcompanion.rules.book import Book, read_rules

PLAIN = {
    "id": "hot",
    "title": "Hot",
    "meaning": "It is hot.",
    "advice": "Cool it.",
    "series": "t/*",
    "comparison": "above",
    "threshold": 90,
    "unit": "celsius",
    "severity": "warning",
}
FULL = PLAIN | {
    "id": "cold",
    "margin": 1.5,
    "for_s": 2,
    "clear_for_s": 3,
    "unseen_s": 9,
    "enabled": False,
    "of": ["u", "v"],
    "environment": True,
    "standing": True,
}


def written(*rules, **others):
    return json.dumps({"schema": "urn:zkcompanion:schema:rule-file:2", "rules": list(rules)} | others).encode()


def test_what_the_file_says_is_what_the_rule_is():
    bare, full = read_rules(written(PLAIN, FULL), file="rules.json")
    assert (bare.title, bare.threshold, bare.margin, bare.for_s, bare.enabled, bare.of) == (
        msg("Hot"),
        90.0,
        0.0,
        0.0,
        True,
        (),
    )
    assert (full.margin, full.for_s, full.clear_for_s, full.unseen_s, full.enabled, full.of) == (
        1.5,
        2.0,
        3.0,
        9.0,
        False,
        ("u", "v"),
    )


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{",
        written(schema="another"),
        written(rules={}),
        written(more=1),
        written("hot"),
        written({**PLAIN, "more": 1}),
        written({name: value for name, value in PLAIN.items() if name != "unit"}),
        written({**PLAIN, "title": 1}),
        written({**PLAIN, "of": "u"}),
        written({**PLAIN, "of": [1]}),
        written({**PLAIN, "threshold": "90"}),
        written({**PLAIN, "threshold": True}),
        written({**PLAIN, "unseen_s": "9"}),
        written({**PLAIN, "unseen_s": True}),
        written({**PLAIN, "unseen_s": -1}),
        written({**PLAIN, "environment": 1}),
        written({**PLAIN, "standing": "yes"}),
        written({**PLAIN, "for_s": -1}),
        written({**PLAIN, "id": "../hot"}),
        written({**PLAIN, "severity": []}),
        written(PLAIN, PLAIN),
    ],
)
def test_a_file_that_is_not_as_the_schema_says_is_refused(content):
    with pytest.raises(FileError):
        read_rules(content, file="rules.json")


def test_the_shipped_rules_fit_their_schema_and_what_is_measured():
    data = resource_path("rules", "monitor.json").read_bytes()
    jsonschema.validate(json.loads(data), json.loads((SCHEMAS / "rule-file.json").read_text()))
    for rule in read_rules(data, file="monitor.json"):
        metric = metric_of(rule.series)
        assert rule.unit == ("percent" if rule.of else metric.unit), rule.id
        assert rule.series.endswith("/*") == (metric.label is not None), rule.id
        assert {metric_of(one).unit for one in rule.of} <= {metric.unit}, rule.id


def test_an_older_file_is_refused_by_its_version():
    with pytest.raises(FileError):
        read_rules(written(PLAIN).replace(b"rule-file:2", b"rule-file:1"), file="rules.json")


def test_warnings_of_the_environment_are_marked_and_say_what_to_do():
    rules = read_rules(resource_path("rules", "monitor.json").read_bytes(), file="monitor.json")
    about = {rule.id for rule in rules if rule.environment}
    assert len(about) == 21
    assert not about & {"slow-proofs", "failing-proofs", "failing-workers", "cache-thrash", "window-stalled"}
    for rule in rules:
        assert str(rule.meaning).endswith("."), rule.id
        assert str(rule.advice).endswith("."), rule.id
        # without a way back of some kind it would open and end at every second around its threshold
        assert rule.margin > 0 or rule.clear_for_s > 0 or rule.standing, rule.id
    assert {rule.id for rule in rules if rule.standing} == {"no-vectors", "container-small"}


def test_changes_hold_until_they_are_taken_back():
    book = Book(read_rules(written(PLAIN, FULL), file="rules.json"))
    assert book.change("hot", threshold=95, severity="critical").threshold == 95.0
    assert book.change("hot", severity="warning").threshold == 95.0
    assert book.edits("hot") == {"threshold": 95.0}
    assert [rule.threshold for rule in book.rules()] == [95.0, 90.0]
    with pytest.raises(UsageError):
        book.change("hot", threshold=96, for_s=-1)
    assert book.rule("hot").threshold == 95.0
    assert book.restore("hot") == book.rule("hot") == book.shipped("hot")
    assert book.edits("hot") == {}
    for ask in (book.rule, book.shipped, book.change, book.restore):
        with pytest.raises(UsageError):
            ask("none")
