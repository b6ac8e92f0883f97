"""The rules that come with the program, read strictly from a file of data, and what a person changed of them.

The file's form: `resources/schemas/rule-file.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.strictjson import load_json
from zkcompanion.rules.rule import CHANGEABLE, Rule

SCHEMA_ID = "urn:zkcompanion:schema:rule-file:2"
MAX_BYTES = 1 << 18
_WORDS = ("id", "title", "meaning", "advice", "series", "comparison", "unit", "severity")
_NUMBERS = ("threshold", "margin", "for_s", "clear_for_s")
_NEEDED = {*_WORDS, "threshold"}
_KNOWN = _NEEDED | {"margin", "for_s", "clear_for_s", "unseen_s", "enabled", "of", "environment", "standing"}


def read_rules(data: bytes, *, file: str) -> tuple[Rule, ...]:
    """The rules of a file. Raises: FileError for anything that is not as the schema says."""
    found = load_json(data, file=file, max_bytes=MAX_BYTES)
    if not isinstance(found, dict) or found.keys() != {"schema", "rules"} or found["schema"] != SCHEMA_ID:
        raise FileError(msg("this is no file of rules."), file=file)
    if not isinstance(found["rules"], list):
        raise FileError(msg("this is no file of rules."), file=file)
    rules = tuple(_rule(plain, file) for plain in found["rules"])
    if len({rule.id for rule in rules}) < len(rules):
        raise FileError(msg("two rules have the same name."), file=file)
    return rules


class Book:
    """Shipped rules with a person's changes over them; not for several threads at once."""

    def __init__(self, shipped: tuple[Rule, ...]) -> None:
        self._shipped = {rule.id: rule for rule in shipped}
        self._edits: dict[str, dict[str, object]] = {}

    def rules(self) -> Iterator[Rule]:
        """All of them, as they hold, in the order of the file."""
        return (self.rule(rule_id) for rule_id in self._shipped)

    def rule(self, rule_id: str) -> Rule:
        """As it holds. Raises: UsageError where there is none."""
        return self.shipped(rule_id).changed(**self._edits.get(rule_id, {}))

    def shipped(self, rule_id: str) -> Rule:
        """As it came. Raises: UsageError where there is none."""
        if rule_id not in self._shipped:
            raise UsageError(
                msg("There is no rule named {id}.", id=ascii(rule_id)[1:-1]),
                hint=msg("Rules: {ids}.", ids=", ".join(self._shipped)),
            )
        return self._shipped[rule_id]

    def edits(self, rule_id: str) -> Mapping[str, object]:
        """What differs from how it came."""
        return dict(self._edits.get(rule_id, {}))

    def change(self, rule_id: str, **changes: object) -> Rule:
        """Change some of it. Raises: UsageError; then nothing is changed."""
        shipped = self.shipped(rule_id)
        wanted = shipped.changed(**{**self._edits.get(rule_id, {}), **changes})
        self._edits[rule_id] = {
            name: getattr(wanted, name) for name in CHANGEABLE if getattr(wanted, name) != getattr(shipped, name)
        }
        return wanted

    def restore(self, rule_id: str) -> Rule:
        """As it came, again. Raises: UsageError."""
        shipped = self.shipped(rule_id)
        self._edits.pop(rule_id, None)
        return shipped


def _rule(plain: object, file: str) -> Rule:
    if not isinstance(plain, dict) or not _NEEDED <= plain.keys() <= _KNOWN:
        raise FileError(msg("a rule has parts that are missing or unknown."), file=file)
    of, unseen_s = plain.get("of", []), plain.get("unseen_s", 60)
    if not isinstance(of, list) or not all(isinstance(one, str) for one in (*(plain[name] for name in _WORDS), *of)):
        raise FileError(msg("a rule has a part of the wrong kind."), file=file)
    if not isinstance(unseen_s, int | float) or isinstance(unseen_s, bool):
        raise FileError(msg("a rule has a part of the wrong kind."), file=file)
    environment, standing = plain.get("environment", False), plain.get("standing", False)
    if not isinstance(environment, bool) or not isinstance(standing, bool):
        raise FileError(msg("a rule has a part of the wrong kind."), file=file)
    changes = {name: plain[name] for name in (*_NUMBERS, "severity", "enabled") if name in plain}
    try:
        bare = Rule(
            id=plain["id"],
            title=Message(plain["title"]),
            meaning=Message(plain["meaning"]),
            advice=Message(plain["advice"]),
            series=plain["series"],
            comparison=plain["comparison"],
            threshold=0.0,
            unit=plain["unit"],
            of=tuple(of),
            unseen_s=float(unseen_s),
            environment=environment,
            standing=standing,
        )
        return bare.changed(**changes)
    except UsageError as error:
        raise FileError(error.message, file=file) from None
