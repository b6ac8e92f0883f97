"""Small files of every binary format, packed by hand: the readers and writers under test have no part in them.

Points have coordinates below the prime but lie on no curve; the readers do not look. Everything follows from a seed.
"""

from __future__ import annotations

import random
import struct

from zkcompanion.proving.fields import FP, FR

PRIME_R = struct.pack("<I", 32) + FR.modulus.to_bytes(32, "little")
PRIME_Q = struct.pack("<I", 32) + FP.modulus.to_bytes(32, "little")

Sections = list[tuple[int, bytes]]


def container(magic: bytes, version: int, sections: Sections) -> bytes:
    parts = [magic, struct.pack("<II", version, len(sections))]
    for number, payload in sections:
        parts += [struct.pack("<IQ", number, len(payload)), payload]
    return b"".join(parts)


def section_offset(data: bytes, number: int) -> int:
    """Position of a section's payload."""
    position = 12
    while True:
        found, size = struct.unpack_from("<IQ", data, position)
        if found == number:
            return position + 12
        position += 12 + size


def patched(data: bytes, offset: int, new: bytes) -> bytes:
    return data[:offset] + new + data[offset + len(new) :]


def elements(rng: random.Random, count: int, modulus: int) -> bytes:
    return b"".join(rng.randrange(modulus).to_bytes(32, "little") for _ in range(count))


# ---- wtns


def wtns_sections(count: int = 5, seed: int = 1) -> Sections:
    rng = random.Random(seed)
    values = (1).to_bytes(32, "little") + elements(rng, count - 1, FR.modulus)
    return [(1, PRIME_R + struct.pack("<I", count)), (2, values)]


def wtns(**keywords) -> bytes:
    return container(b"wtns", 2, wtns_sections(**keywords))


# ---- r1cs

Term = tuple[int, int]


def combination(terms: list[Term]) -> bytes:
    return struct.pack("<I", len(terms)) + b"".join(struct.pack("<I", w) + v.to_bytes(32, "little") for w, v in terms)


def random_constraints(rng: random.Random, count: int, n_wires: int, most_terms: int = 3) -> list[list[list[Term]]]:
    def terms() -> list[Term]:
        return [(rng.randrange(n_wires), rng.randrange(FR.modulus)) for _ in range(rng.randint(0, most_terms))]

    return [[terms(), terms(), terms()] for _ in range(count)]


#: one output, one public and two private inputs, and a constraint with an empty and a long combination
CONSTRAINTS: list[list[list[Term]]] = [
    [[(3, 2), (1, FR.modulus - 1)], [(4, 1)], [(5, 7), (0, 5), (2, 1)]],
    [[], [(0, 0)], [(7, 1), (6, 1), (7, 3), (1, 4)]],
    [[], [], []],
]


def r1cs_sections(
    constraints: list[list[list[Term]]] | None = None,
    n_wires: int = 8,
    n_outputs: int = 1,
    n_public: int = 1,
    n_private: int = 2,
    n_labels: int = 9,
) -> Sections:
    rows = CONSTRAINTS if constraints is None else constraints
    header = PRIME_R + struct.pack("<IIIIQI", n_wires, n_outputs, n_public, n_private, n_labels, len(rows))
    labels = struct.pack(f"<{n_wires}Q", *range(n_wires))
    return [(2, b"".join(combination(c) for row in rows for c in row)), (1, header), (3, labels)]


def r1cs(**keywords) -> bytes:
    return container(b"r1cs", 1, r1cs_sections(**keywords))


# ---- contributions


def note(kind: int = 0, name: bytes | None = None, iterations: int | None = None, beacon: bytes | None = None) -> bytes:
    parameters = b""
    if name is not None:
        parameters += bytes((1, len(name))) + name
    if iterations is not None:
        parameters += bytes((2, iterations))
    if beacon is not None:
        parameters += bytes((3, len(beacon))) + beacon
    return struct.pack("<II", kind, len(parameters)) + parameters


NOTES = [note(name=b"Ada"), note(1, b"beacon", 10, bytes(range(32))), note()]


def key_contribution(rng: random.Random, written: bytes) -> bytes:
    return elements(rng, 10, FP.modulus) + rng.randbytes(64) + written


def ptau_contribution(rng: random.Random, written: bytes) -> bytes:
    return elements(rng, 38, FP.modulus) + rng.randbytes(216 + 64) + written


# ---- zkey


def zkey_sections(
    n_vars: int = 4,
    n_public: int = 1,
    domain_size: int = 4,
    n_coefficients: int = 3,
    notes: list[bytes] | None = None,
    seed: int = 2,
) -> Sections:
    rng = random.Random(seed)

    def points(count: int, width: int = 2) -> bytes:
        return elements(rng, count * width, FP.modulus)

    coefficients = struct.pack("<I", n_coefficients) + b"".join(
        struct.pack("<III", rng.randrange(2), rng.randrange(domain_size), rng.randrange(n_vars))
        + elements(rng, 1, FR.modulus)
        for _ in range(n_coefficients)
    )
    notes = NOTES[:2] if notes is None else notes
    history = rng.randbytes(64) + struct.pack("<I", len(notes)) + b"".join(key_contribution(rng, n) for n in notes)
    header = PRIME_Q + PRIME_R + struct.pack("<III", n_vars, n_public, domain_size)
    return [
        (1, struct.pack("<I", 1)),
        (2, header + points(2) + points(2, 4) + points(1) + points(1, 4)),
        (4, coefficients),
        (3, points(n_public + 1)),
        (9, points(domain_size)),
        (8, points(n_vars - n_public - 1)),
        (5, bytes(64) + points(n_vars - 1)),
        (6, points(n_vars)),
        (7, points(n_vars, 4)),
        (10, history),
    ]


def zkey(**keywords) -> bytes:
    return container(b"zkey", 1, zkey_sections(**keywords))


# ---- ptau


def ptau_sections(
    power: int = 1,
    ceremony_power: int | None = None,
    prepared: bool = True,
    notes: list[bytes] | None = None,
    seed: int = 3,
) -> Sections:
    rng = random.Random(seed)

    def points(count: int, width: int = 2) -> bytes:
        return elements(rng, count * width, FP.modulus)

    n = 1 << power
    notes = NOTES[:2] if notes is None else notes
    sections = [
        (1, PRIME_Q + struct.pack("<II", power, power if ceremony_power is None else ceremony_power)),
        (2, points(2 * n - 1)),
        (3, points(n, 4)),
        (4, points(n)),
        (5, points(n)),
        (6, points(1, 4)),
        (7, struct.pack("<I", len(notes)) + b"".join(ptau_contribution(rng, written) for written in notes)),
    ]
    if prepared:
        sections += [(12, points(4 * n - 1)), (13, points(2 * n - 1, 4))]
        sections += [(14, points(2 * n - 1)), (15, points(2 * n - 1))]
    return sections


def ptau(**keywords) -> bytes:
    return container(b"ptau", 1, ptau_sections(**keywords))
