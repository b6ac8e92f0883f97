"""The one table of errors: for each code whose fault it is, its title, what it means, the exit code, what explains it.

The classes of `errors` (and those of other packages that descend from them) name a code of this table; a code that
does not stand here stops the import of its class. Sentence and hint of the single case stay on the error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType

from zkcompanion.base.messages import Message, msg


class ExitCode(IntEnum):
    """What the process returns; other programs depend on these numbers."""

    OK = 0
    INVALID = 1
    USAGE = 2
    BAD_FILE = 3
    RESOURCES = 4
    BUG = 5
    REGRESSION = 6
    CANCELLED = 130


class Whose(StrEnum):
    """Where the cause lies, and so where somebody can do something about it."""

    FILE = "file"
    INPUT = "input"
    REQUEST = "request"
    SETTING = "setting"
    MACHINE = "machine"
    US = "us"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of error. `title` has no full stop; `article` names the page of explanations that belongs to it.

    `advice`: what to do where the single error does not say it better; None where there is nothing to do.
    """

    code: str
    whose: Whose
    title: Message
    meaning: Message
    advice: Message | None
    exit_code: ExitCode
    article: str


_KINDS = (
    Kind(
        "error",
        Whose.US,
        msg("An error without a name"),
        msg("Your files are as they were."),
        msg("Try once more; if it stays so, the report helps whoever mends it."),
        ExitCode.BUG,
        "our-faults",
    ),
    Kind(
        "bug",
        Whose.US,
        msg("A fault of this program"),
        msg("Your files are as they were. The report about it holds no inputs."),
        msg("Try once more; if it stays so, the report helps whoever mends it."),
        ExitCode.BUG,
        "our-faults",
    ),
    Kind(
        "known",
        Whose.NOBODY,
        msg("It did not come about"),
        msg("Nothing was made, and your files are as they were."),
        msg("Try once more."),
        ExitCode.USAGE,
        "errors",
    ),
    Kind(
        "cancelled",
        Whose.NOBODY,
        msg("Cancelled"),
        msg("It was stopped as you asked. Nothing of it is kept."),
        None,
        ExitCode.CANCELLED,
        "cancelling",
    ),
    Kind(
        "usage",
        Whose.REQUEST,
        msg("What was asked for does not fit together"),
        msg("Nothing was begun."),
        msg("Look at what was asked for; zkcompanion --help lists commands and options."),
        ExitCode.USAGE,
        "asking",
    ),
    Kind(
        "input",
        Whose.INPUT,
        msg("The inputs do not fit the circuit"),
        msg("Names or values are not those of the circuit's signals, so no proof was begun."),
        msg("Compare the names and the numbers with the circuit's inputs."),
        ExitCode.USAGE,
        "inputs",
    ),
    Kind(
        "bad-file",
        Whose.FILE,
        msg("A file is not what it should be"),
        msg("It cannot be read or written, or is damaged or of other content, so nothing was made with it."),
        msg("Get the file anew from where it came, or make it again."),
        ExitCode.BAD_FILE,
        "files",
    ),
    Kind(
        "unsupported-file",
        Whose.FILE,
        msg("A file is of a kind that this program does not work with"),
        msg("The file is sound; another program works with it."),
        msg("Use files for Groth16 over BN254, as circom and snarkjs make them."),
        ExitCode.BAD_FILE,
        "schemes",
    ),
    Kind(
        "missing-file",
        Whose.FILE,
        msg("A file is not there"),
        msg("It was moved, removed or renamed, or its name is not quite this one."),
        msg("Look at the name and the folder."),
        ExitCode.BAD_FILE,
        "files",
    ),
    Kind(
        "not-allowed",
        Whose.SETTING,
        msg("A file may not be used"),
        msg("Its permissions, or those of its folder, do not let this user in."),
        msg("Change the permissions, or use a copy in a folder of your own."),
        ExitCode.BAD_FILE,
        "permissions",
    ),
    Kind(
        "read-only",
        Whose.MACHINE,
        msg("Nothing can be written there"),
        msg("The disk or the folder only lets itself be read."),
        msg("Choose another place."),
        ExitCode.BAD_FILE,
        "disks",
    ),
    Kind(
        "disk-fault",
        Whose.MACHINE,
        msg("A disk does not answer as it should"),
        msg("The disk, its cable or the network behind it may be failing. Look after your copies."),
        msg("Try a copy on another disk."),
        ExitCode.BAD_FILE,
        "disks",
    ),
    Kind(
        "disk-full",
        Whose.MACHINE,
        msg("The disk is full"),
        msg("Nothing was half written; what was there before is still there."),
        msg("Make room on the disk, or choose another place."),
        ExitCode.RESOURCES,
        "disks",
    ),
    Kind(
        "resources",
        Whose.MACHINE,
        msg("This computer lacks what this needs"),
        msg("Memory, time or something else was not there at that moment. Your files are as they were."),
        msg("Close other programs and try once more, or use a larger computer."),
        ExitCode.RESOURCES,
        "memory",
    ),
    Kind(
        "no-room",
        Whose.MACHINE,
        msg("It would not fit on this computer"),
        msg("It was not begun, because it needs more than can be had now. Your files are as they were."),
        msg("Close other programs, use a larger computer, or have it tried all the same."),
        ExitCode.RESOURCES,
        "memory",
    ),
    Kind(
        "unsatisfied-witness",
        Whose.INPUT,
        msg("The inputs do not satisfy the circuit"),
        msg(
            "They break a rule of the circuit, so what it states is not true of them and there is nothing to prove. "
            "That is an answer, not a fault of the machine."
        ),
        msg("Change the inputs so that the rule holds, if it should."),
        ExitCode.INVALID,
        "constraints",
    ),
    Kind(
        "invalid-proof",
        Whose.FILE,
        msg("The proof does not hold"),
        msg("The proof, the public signals and the key do not belong together, so it shows nothing."),
        msg("See that proof, public signals and key come from the same run and circuit."),
        ExitCode.INVALID,
        "verification",
    ),
    Kind(
        "insecure-key",
        Whose.FILE,
        msg("Anyone can forge for this key"),
        msg("A proof under this key would show nothing to others."),
        msg("Use a key from a finished ceremony."),
        ExitCode.INVALID,
        "insecure-keys",
    ),
    Kind(
        "kernels-unavailable",
        Whose.MACHINE,
        msg("Compiled code does not run on this computer"),
        msg("The system lets no code run that is made here, or the processor gave a wrong answer in a test."),
        msg("Choose the kernels reference, which are slow and run everywhere, for small circuits."),
        ExitCode.BUG,
        "kernels",
    ),
    Kind(
        "damaged-store",
        Whose.MACHINE,
        msg("A file that this program keeps is damaged"),
        msg("It is set aside at the next use, and a new one is begun."),
        msg("What can be saved by hand is in the file that was set aside."),
        ExitCode.BAD_FILE,
        "storage",
    ),
    Kind(
        "store-in-use",
        Whose.NOBODY,
        msg("Another process of this program is writing"),
        msg("What is to be kept waits until that one takes it in."),
        msg("Nothing needs to be done."),
        ExitCode.RESOURCES,
        "storage",
    ),
    Kind(
        "store-closed",
        Whose.NOBODY,
        msg("This program is ending"),
        msg("Nothing more is kept."),
        msg("Start the program again."),
        ExitCode.RESOURCES,
        "storage",
    ),
)

TAXONOMY: Mapping[str, Kind] = MappingProxyType({kind.code: kind for kind in _KINDS})

_WORDS: Mapping[Whose, Message] = MappingProxyType(
    {
        Whose.FILE: msg("A file is at fault."),
        Whose.INPUT: msg("The inputs are at fault."),
        Whose.REQUEST: msg("What was asked for is at fault."),
        Whose.SETTING: msg("A permission or a setting stands in the way."),
        Whose.MACHINE: msg("It is this computer, not your files."),
        Whose.US: msg("This is a fault of this program, not yours."),
        Whose.NOBODY: msg("Nobody is at fault."),
    }
)


def kind_of(code: str) -> Kind:
    """The kind with this code; for a code that is not known (of a newer program, say) that of a fault of ours."""
    return TAXONOMY.get(code, TAXONOMY["error"])


def whose_words(whose: Whose) -> Message:
    """Whose fault it is, in a sentence."""
    return _WORDS[whose]
