"""Constants of `ifma_ntt_ops` for a domain of n = rows*columns points, made on Python integers.

n = 2^power, w_m = FR.root_of_unity(log2 m), brv the reversal of an index's bits. All is of the size of a row or a
column: nothing is kept for each point of the domain.

`inverse_roots`, `roots` (factor tables, see `ifma_fixed`, of columns/2 entries): w_2m^-brv(i) and w_2m^brv(i), which do
not depend on m > i, see `ntt_ops`.

`middles` (columns/2 times three factors): the last level of split, the coset and the first level of merge at once. Let
x, y be the pair of block b before the last level, c = w_columns^brv(b) its factor in merge, t = w_4, and
f = w_2columns^brv(2b), so that c = f^2. Split, powers of the coset, merge are (x + y/c, x - y/c), (f, t*f), and
(u + v, (u - v)*c); together, with z = -t/f^2 * y: the results are (1 + t)*f * (x + z) and (1 - t)*f^3 * (x - z).
The last two factors carry 1/n as well.

`seeds` (uint64[rows/8, 2, 5, 8], Montgomery form of radix 2^260): row i, lane i mod 8, belongs to k = brv(i), the lower
part of a coefficient's index; its column j needs w_n^-jk before the transform of the row, and w_2n^(k + 2jk) after it.
With twist[j] = w_4n^(k(4j + 3 - 2*columns)) these are twist[columns - 1 - j] and twist[j], but for two factors whose
product is one. The table has twist[0] and w_n^k, which leads from each twist to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.blocks import LANES, LIMBS, RADIX_BITS, Words, factor_table, pack_blocks

_P = FR.modulus
#: Rows and columns come in eights; a domain needs roots of unity of four times its order.
SMALLEST_POWER, LARGEST_POWER = 6, FR.two_adicity - 2


@dataclass(frozen=True, eq=False)
class LaneTables:
    """A domain's shape and its constants, read-only."""

    rows: int
    columns: int
    inverse_roots: Words
    roots: Words
    middles: Words
    seeds: Words

    @property
    def addresses(self) -> tuple[int, int, int, int]:
        """Of inverse_roots, roots, middles and seeds."""
        return (
            self.inverse_roots.ctypes.data,
            self.roots.ctypes.data,
            self.middles.ctypes.data,
            self.seeds.ctypes.data,
        )

    @property
    def scratch_words(self) -> int:
        """Words of 64 bits that a kernel needs: columns of three arrays, or a row and its twists."""
        return LIMBS * LANES * max(3 * self.rows, 2 * self.columns)

    @classmethod
    @lru_cache(maxsize=4)
    def of(cls, power: int) -> LaneTables:
        """For 2^power points, SMALLEST_POWER <= power <= LARGEST_POWER (ValueError): 0.4 KB a column, 10 us each."""
        if not SMALLEST_POWER <= power <= LARGEST_POWER:
            raise ValueError(f"no domain of 2^{power} points in lanes")
        rows, columns = 1 << power // 2, 1 << power - power // 2
        w = _roots_of_unity(power + 2)
        inverses = [pow(w[-1], -1, _P)]
        for _ in w[1:]:
            inverses.append(pow(inverses[-1], 2, _P))
        inverses.reverse()
        levels = (power - power // 2) - 1
        tables = (
            factor_table(_products(inverses[2 : levels + 2]), FR),
            factor_table(_products(w[2 : levels + 2]), FR),
            factor_table(_middles(w, inverses, levels, pow(2, -power, _P)), FR),
            _seeds(w, rows, columns),
        )
        for table in tables:
            table.flags.writeable = False
        return cls(rows, columns, *tables)


def _roots_of_unity(power: int) -> list[int]:
    """w_1, w_2, w_4 .. w_2^power."""
    roots = [FR.root_of_unity(power)]
    for _ in range(power):
        roots.append(pow(roots[-1], 2, _P))
    return roots[::-1]


def _products(steps: Sequence[int], first: int = 1) -> list[int]:
    """At i < 2^len(steps): `first` times the product of steps[k] over the bits k of i."""
    values = [first]
    for step in steps:
        values += [v * step % _P for v in values]
    return values


def _middles(w: Sequence[int], inverses: Sequence[int], levels: int, scale: int) -> list[int]:
    t = w[2]
    outer, inner = _products(w[3 : levels + 3]), _products(inverses[2 : levels + 2], -t % _P)
    values: list[int] = []
    for f, z in zip(outer, inner, strict=True):
        scaled = f * scale % _P
        values += [z, (1 + t) * scaled % _P, (1 - t) * (scaled * f % _P) * f % _P]
    return values


def _seeds(w: Sequence[int], rows: int, columns: int) -> Words:
    """For each eight rows a block of first twists and one of steps; w[-1] is w_4n."""
    # bit k of i is worth rows/2^(k+1) in brv(i)
    bits = [pow(w[-1], rows >> k + 1, _P) for k in range(rows.bit_length() - 1)]
    firsts = _products([pow(bit, 3 - 2 * columns, _P) for bit in bits])
    steps = _products([pow(bit, 4, _P) for bit in bits])
    numbers: list[int] = []
    for i in range(0, rows, LANES):
        numbers += firsts[i : i + LANES] + steps[i : i + LANES]
    return pack_blocks((v << RADIX_BITS) % _P for v in numbers).reshape(-1, 2, LIMBS, LANES)
