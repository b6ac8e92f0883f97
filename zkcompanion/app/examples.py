"""The circuits that come with the program: what each shows, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import resource_path
from zkcompanion.base.strictjson import load_json

_FOLDER = "circuits"
_MAX_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class ExampleSignal:
    """An input of an example: its name in the circuit, and what people call it."""

    name: str
    public: bool
    label: Message
    note: Message


@dataclass(frozen=True, slots=True)
class Example:
    """A bundled circuit. Its sentences stand in `example.json`, in English, and are catalogue ids like any other."""

    id: str
    title: Message
    summary: tuple[Message, ...]
    reveals: tuple[Message, ...]
    hides: tuple[Message, ...]
    signals: tuple[ExampleSignal, ...]
    #: where the mathematics comes from
    sources: tuple[str, ...]
    folder: Path

    @property
    def files(self) -> CircuitFiles:
        """What a proof of it needs; its key is made on this computer."""
        return CircuitFiles(
            name=self.id, r1cs=self.r1cs_path, wasm=self.wasm_path, sym=self.sym_path, input=self.input_path
        )

    @property
    def circuit_path(self) -> Path:
        """The circom source."""
        return self.folder / "circuit.circom"

    @property
    def r1cs_path(self) -> Path:
        """The constraints."""
        return self.folder / "circuit.r1cs"

    @property
    def wasm_path(self) -> Path:
        """The witness calculator."""
        return self.folder / "circuit.wasm"

    @property
    def sym_path(self) -> Path:
        """The names of the signals."""
        return self.folder / "circuit.sym"

    @property
    def input_path(self) -> Path:
        """Inputs that satisfy the circuit; made up, nobody's secret."""
        return self.folder / "input.json"


def list_examples() -> tuple[Example, ...]:
    """All bundled examples, by id.

    Raises: FileError where an `example.json` is damaged.
    """
    return tuple(_read(path) for path in sorted(resource_path(_FOLDER).glob("*/example.json")))


def find_example(example_id: str) -> Example:
    """The example with this id.

    Raises: UsageError where there is none; it lists those there are.
    """
    examples = list_examples()
    for example in examples:
        if example.id == example_id:
            return example
    raise UsageError(
        msg("There is no example named {id}.", id=ascii(example_id)[1:-1]),
        hint=msg("Examples: {ids}.", ids=", ".join(example.id for example in examples)),
    )


def _read(path: Path) -> Example:
    # a file of ours, checked by its tests: a wrong shape is a bug and may raise what it likes
    found = cast("dict[str, object]", load_json(path.read_bytes(), file=str(path), max_bytes=_MAX_BYTES))

    def sentences(name: str) -> tuple[Message, ...]:
        return tuple(Message(text) for text in cast("list[str]", found[name]))

    return Example(
        id=path.parent.name,
        title=Message(str(found["title"])),
        summary=sentences("summary"),
        reveals=sentences("reveals"),
        hides=sentences("hides"),
        signals=tuple(
            ExampleSignal(
                name=signal["name"],
                public=signal["visibility"] == "public",
                label=Message(signal["label"]),
                note=Message(signal["note"]),
            )
            for signal in cast("list[dict[str, str]]", found["signals"])
        ),
        sources=tuple(cast("list[str]", found["sources"])),
        folder=path.parent,
    )
