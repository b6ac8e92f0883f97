"""Witness files (`.wtns`, version 2): the value of every wire, plain and little-endian.

Section 1: element size u32, prime, number of values u32. Section 2: the values, 32 bytes each; value 0 is the constant
one. Source: circom 2.2.3 and snarkjs 0.7.6. Values are secret: no message here holds one.
"""

from __future__ import annotations

from typing import cast

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg
from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.binfile import (
    BinFile,
    Container,
    Layout,
    Sections,
    encode_prime,
    raw_bytes,
    write_container,
)
from zkcompanion.proving.formats.elements import SCALAR_PRIMES, first_not_below
from zkcompanion.proving.formats.mapped import Data, MappedFile, StrPath

WTNS = Container(b"wtns", (2,), {1: "header", 2: "values"}, max_bytes=16 << 30)
_ORDER = (1, 2)


def read_wtns(path: StrPath, *, n_wires: int | None = None, evenly: bool = False) -> LimbArray:
    """The witness uint64[n, 4], plain, every value below r, the first one 1; a copy in anonymous memory.

    `n_wires`, where it is known, is compared before memory is taken. `evenly`: in a time that tells nothing of a sound
    file's values.
    Raises: FileError, UnsupportedFileError (another curve or version).
    """
    with MappedFile(path, max_bytes=WTNS.max_bytes) as mapped:
        return parse_wtns(mapped.data, file=mapped.file, n_wires=n_wires, evenly=evenly)[0]


def read_wtns_with_layout(path: StrPath) -> tuple[LimbArray, Layout]:
    """As `read_wtns`, with what `write_wtns` needs to give the same bytes again."""
    with MappedFile(path, max_bytes=WTNS.max_bytes) as mapped:
        return parse_wtns(mapped.data, file=mapped.file)


def parse_wtns(data: Data, *, file: str, n_wires: int | None = None, evenly: bool = False) -> tuple[LimbArray, Layout]:
    """As `read_wtns_with_layout`, from memory; `file` is the name for messages, the others are those of `read_wtns`."""
    binfile = BinFile(data, file=file, container=WTNS)
    reader = binfile.reader(1)
    reader.prime(FR.modulus, SCALAR_PRIMES)
    count = reader.u32("the number of values")
    reader.finish()
    section = binfile.require_size(2, count, 32)
    if count == 0:
        raise binfile.refusal(msg("A witness has at least one value, the constant one."), section=section)
    mapped = cast("LimbArray", binfile.array(section, "<u8", (count, 4)))
    # a file that is not a witness at all, or not this circuit's, may have any size
    if mapped[0].tolist() != [1, 0, 0, 0]:
        raise binfile.refusal(
            msg("Wire 0 should carry the constant one, but has another value."), section=section, offset=section.offset
        )
    if n_wires is not None:
        _require_count(count, n_wires, file)
    values = mapped.copy()
    bad = first_not_below(values, FR.modulus, whole=evenly)
    if bad is not None:
        raise binfile.refusal(
            msg("The value of wire {wire} is not below the field's prime.", wire=bad),
            section=section,
            offset=section.offset + 32 * bad,
        )
    return values, binfile.layout(_ORDER)


def write_wtns(path: StrPath, values: LimbArray, *, layout: Layout | None = None) -> None:
    """Write a witness uint64[n, 4], plain; only its owner may read the file. `layout` as it was read, or the usual one.

    Raises: OSError.
    """
    header = encode_prime(FR.modulus) + len(values).to_bytes(4, "little")
    sections: Sections = {1: (len(header), [header]), 2: (values.nbytes, [raw_bytes(values)])}
    write_container(path, WTNS, layout or Layout(2, _ORDER), sections)


def require_witness_length(values: LimbArray, n_wires: int, *, file: str) -> None:
    """FileError where the witness in `file` is not for a circuit (key or `.r1cs`) of `n_wires` wires."""
    _require_count(len(values), n_wires, file)


def _require_count(count: int, n_wires: int, file: str) -> None:
    if count != n_wires:
        raise FileError(
            msg(
                "The witness has {found} values, but the circuit has {expected} wires; they do not belong together.",
                found=count,
                expected=n_wires,
            ),
            file=file,
            section=WTNS.label(2),
        )
