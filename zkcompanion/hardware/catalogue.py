"""The catalogue of real workloads: what people prove, what sources say it takes, and where each figure stands.

A file of data, read strictly; `resources/schemas/workload-catalogue.json` is its form. A figure that no source gives is
not in it: `missing` says in words what nobody has published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, cast, get_args

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.strictjson import load_json
from zkcompanion.hardware.facts import System

SCHEMA_ID = "urn:zkcompanion:schema:workload-catalogue:1"
MAX_BYTES = 1 << 19
#: Most sources, machines or workloads, and longest text.
_MOST, _LONGEST = 1000, 1000
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_URL = re.compile(r"https://[!-~]{1,500}")
_VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}")
_LARGEST = 1 << 53

#: How a source was seen: read itself, an excerpt of it, told by another one, or measured by us.
Grade = Literal["read", "excerpt", "second-hand", "measured"]
#: What a figure is of. `installed` is memory, and `cores` are cores, that the source wants a machine to have.
Quantity = Literal[
    "seconds",
    "memory",
    "installed",
    "key",
    "proof",
    "download",
    "disk",
    "cores",
    "gpu memory",
]
#: What a size counts.
Counted = Literal["constraints", "gates", "rows", "cycles"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures stand. `date`: ISO, of the figures, or where the source is `undated` of when it was read."""

    id: str
    title: str
    url: str | None
    date: str
    undated: bool
    grade: Grade


@dataclass(frozen=True, slots=True)
class Machine:
    """What a figure was taken on; `cores` that worked, None where that is not told. `gpu`: a graphics card worked."""

    id: str
    name: Message
    cores: int | None
    gpu: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a source gives: seconds, bytes, or cores. `prover` where it is not the workload's.

    `at_least`: the source says that it is more than this.
    """

    quantity: Quantity
    value: float
    source: Source
    machine: Machine | None
    prover: str | None
    note: Message | None
    at_least: bool


@dataclass(frozen=True, slots=True)
class Size:
    """How large the statement is, `power` being log2 of its domain where the source tells it."""

    counted: Counted
    count: int
    power: int | None


@dataclass(frozen=True, slots=True)
class OwnShape:
    """A circuit that our prover takes; None where only the constraints are known, and the rest is as is typical."""

    constraints: int
    public: int
    wires: int | None
    coefficients: int | None
    most_coefficients: int | None
    finite_a: int | None
    finite_b: int | None
    bits: int | None


@dataclass(frozen=True, slots=True)
class Workload:
    """One row. `figures`: the first of each quantity is the one that a verdict goes by.

    `own`: our prover makes this proof, so that figures of others are there to compare with. `example`: id of a bundled
    circuit. `landmark`: how a sentence calls it that says what a machine can do. `instead`: id of a row that does the
    same, or as much, with another prover or in smaller pieces. `blocked`: why no machine can do it.
    """

    id: str
    name: Message
    what: Message
    group: str
    system: str
    prover: str
    size: Size | None
    own: OwnShape | None
    example: str | None
    landmark: Message | None
    source: Source | None
    figures: tuple[Figure, ...]
    missing: Message | None
    blocked: Message | None
    instead: str | None
    architectures: tuple[str, ...]
    systems: tuple[System, ...]

    def figure(self, quantity: Quantity) -> Figure | None:
        """The one that a verdict goes by."""
        return next((one for one in self.figures if one.quantity == quantity), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rows in the order of the file, `groups` by id with their titles. `date`: when it was compiled."""

    version: str
    date: str
    groups: Mapping[str, Message]
    workloads: tuple[Workload, ...]


def read_catalogue(data: bytes, *, file: str) -> Catalogue:
    """The catalogue in a file. Raises: FileError for anything that is not as the schema says."""
    whole = _Object(load_json(data, file=file, max_bytes=MAX_BYTES), file)
    if whole.text("schema") != SCHEMA_ID:
        raise whole.refusal()
    sources = whole.table("sources", _source)
    machines = whole.table("machines", _machine)
    groups = whole.table("groups", lambda _, plain: Message(plain.text("title")))
    found = whole.objects("workloads")
    workloads = tuple(_workload(plain, sources, machines, groups) for plain in found)
    version, date = whole.text("version", _VERSION), whole.text("date", _DATE)
    whole.end()
    names = {row.id for row in workloads}
    if len(names) < len(workloads):
        raise FileError(msg("two workloads have the same name."), file=file)
    if not {row.instead for row in workloads} <= {None, *names}:
        raise whole.refusal()
    return Catalogue(version, date, groups, workloads)


class _Object:
    """A JSON object of which every part is asked for once; parts nobody asked for are refused at the end."""

    def __init__(self, plain: object, file: str) -> None:
        self.file = file
        if not isinstance(plain, dict):
            raise self.refusal()
        self._parts = dict(plain)

    def refusal(self) -> FileError:
        return FileError(msg("this is no catalogue of workloads, or a part is of the wrong kind."), file=self.file)

    def end(self) -> None:
        if self._parts:
            raise self.refusal()

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        found = self._parts.pop(name, None)
        if not isinstance(found, str) or not 0 < len(found) <= _LONGEST:
            raise self.refusal()
        if pattern is not None and not pattern.fullmatch(found):
            raise self.refusal()
        return found

    def maybe(self, name: str, pattern: re.Pattern[str] | None = None) -> str | None:
        """A text, or None for null and for nothing."""
        if self._parts.get(name) is None:
            self._parts.pop(name, None)
            return None
        return self.text(name, pattern)

    def sentence(self, name: str) -> Message | None:
        found = self.maybe(name)
        return None if found is None else Message(found)

    def number(self, name: str, *, least: float = 0) -> float:
        found = self._parts.pop(name, None)
        if not isinstance(found, int | float) or isinstance(found, bool) or not least <= found <= _LARGEST:
            raise self.refusal()
        return float(found)

    def count(self, name: str, *, least: int = 0) -> int:
        value = self.number(name, least=least)
        if value != int(value):
            raise self.refusal()
        return int(value)

    def maybe_count(self, name: str, *, least: int = 0) -> int | None:
        if self._parts.get(name) is None:
            self._parts.pop(name, None)
            return None
        return self.count(name, least=least)

    def flag(self, name: str) -> bool:
        found = self._parts.pop(name, False)
        if not isinstance(found, bool):
            raise self.refusal()
        return found

    def one_of(self, name: str, choices: tuple[_T, ...]) -> _T:
        found = self.text(name)
        if found not in choices:
            raise self.refusal()
        return cast("_T", found)

    def some_of(self, name: str, choices: tuple[_T, ...] | None) -> tuple[_T, ...]:
        found = self._parts.pop(name, [])
        if not isinstance(found, list) or len(found) > _MOST or not all(isinstance(one, str) for one in found):
            raise self.refusal()
        if choices is not None and not set(found) <= set(choices):
            raise self.refusal()
        return tuple(cast("list[_T]", found))

    def named(self, name: str, table: Mapping[str, _T]) -> _T:
        found = self.text(name)
        if found not in table:
            raise self.refusal()
        return table[found]

    def maybe_named(self, name: str, table: Mapping[str, _T]) -> _T | None:
        if self._parts.get(name) is None:
            self._parts.pop(name, None)
            return None
        return self.named(name, table)

    def part(self, name: str) -> _Object | None:
        found = self._parts.pop(name, None)
        return None if found is None else _Object(found, self.file)

    def objects(self, name: str) -> list[_Object]:
        found = self._parts.pop(name, None)
        if not isinstance(found, list) or len(found) > _MOST:
            raise self.refusal()
        return [_Object(plain, self.file) for plain in found]

    def table(self, name: str, read: Callable[[str, _Object], _T]) -> dict[str, _T]:
        """An object of objects by their ids."""
        found = self._parts.pop(name, None)
        if not isinstance(found, dict) or len(found) > _MOST or not all(_ID.fullmatch(key) for key in found):
            raise self.refusal()
        made = {}
        for key, plain in found.items():
            one = _Object(plain, self.file)
            made[key] = read(key, one)
            one.end()
        return made


def _source(source_id: str, plain: _Object) -> Source:
    grade = plain.one_of("grade", cast("tuple[Grade, ...]", get_args(Grade)))
    url = plain.maybe("url", _URL)
    return Source(source_id, plain.text("title"), url, plain.text("date", _DATE), plain.flag("undated"), grade)


def _machine(machine_id: str, plain: _Object) -> Machine:
    return Machine(machine_id, Message(plain.text("name")), plain.maybe_count("cores", least=1), plain.flag("gpu"))


def _workload(
    plain: _Object, sources: Mapping[str, Source], machines: Mapping[str, Machine], groups: Mapping[str, Message]
) -> Workload:
    source = plain.maybe_named("source", sources)
    group = plain.text("group")
    size, own = plain.part("size"), plain.part("own")
    workload = Workload(
        id=plain.text("id", _ID),
        name=Message(plain.text("name")),
        what=Message(plain.text("what")),
        group=group,
        system=plain.text("system"),
        prover=plain.text("prover"),
        size=None if size is None else _size(size),
        own=None if own is None else _own(own),
        example=plain.maybe("example", _ID),
        landmark=plain.sentence("landmark"),
        source=source,
        figures=tuple(_figure(one, source, sources, machines) for one in plain.objects("figures")),
        missing=plain.sentence("missing"),
        blocked=plain.sentence("blocked"),
        instead=plain.maybe("instead", _ID),
        architectures=plain.some_of("architectures", None),
        systems=plain.some_of("systems", cast("tuple[System, ...]", get_args(System))),
    )
    plain.end()
    # a row says something or says that nobody does
    if group not in groups or not (workload.figures or workload.own or workload.blocked or workload.missing):
        raise plain.refusal()
    return workload


def _size(plain: _Object) -> Size:
    counted = plain.one_of("counted", cast("tuple[Counted, ...]", get_args(Counted)))
    size = Size(counted, plain.count("count"), plain.maybe_count("power"))
    plain.end()
    return size


def _own(plain: _Object) -> OwnShape:
    own = OwnShape(
        constraints=plain.count("constraints", least=1),
        public=plain.count("public"),
        wires=plain.maybe_count("wires", least=1),
        coefficients=plain.maybe_count("coefficients"),
        most_coefficients=plain.maybe_count("most_coefficients"),
        finite_a=plain.maybe_count("finite_a"),
        finite_b=plain.maybe_count("finite_b"),
        bits=plain.maybe_count("bits"),
    )
    plain.end()
    return own


def _figure(
    plain: _Object, source: Source | None, sources: Mapping[str, Source], machines: Mapping[str, Machine]
) -> Figure:
    of = plain.maybe_named("source", sources) or source
    if of is None:
        raise plain.refusal()
    figure = Figure(
        quantity=plain.one_of("quantity", cast("tuple[Quantity, ...]", get_args(Quantity))),
        value=plain.number("value"),
        source=of,
        machine=plain.maybe_named("machine", machines),
        prover=plain.maybe("prover"),
        note=plain.sentence("note"),
        at_least=plain.flag("at_least"),
    )
    plain.end()
    return figure
