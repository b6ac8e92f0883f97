"""What is wrong with a Groth16 key, as far as the key itself can show.

A key is only as good as the secrets behind it: whoever knows how delta, gamma, alpha and beta were made can prove
anything. Nobody can see from a key that its secrets were destroyed, but many broken keys show it:

* delta equal to gamma, or to the generator: the second phase of the setup was never done. With A = alpha, B = beta and
  C = -(sum of IC) the equation holds for any public signals. (snarkjs leaves gamma at the generator, which is sound;
  a delta that equals it is the fault. Keys of this kind lost money in 2026: Veil Cash, FoomCash.)
* any small-multiple relation inside {beta, gamma, delta}. For beta = k*delta, A = sum of IC, B = gamma, C = -k*alpha
  holds; for beta = k*gamma, A = k*alpha + sum of IC, B = gamma + delta, C = A; for delta = k*gamma, see above with C
  scaled.
* alpha, beta or gamma at infinity: A = C = sum of IC, B = gamma + delta; or A = C = alpha, B = beta + delta.
* alpha, beta or delta a small multiple of the generator: a secret that is no secret.
* IC at infinity: the equation does not see that signal, so a proof for one value is a proof for every value. In keys of
  snarkjs no point of IC can be infinity, since each public wire has a row of its own in A.
* IC[i] = k*IC[j]: a proof for (x_i, x_j) is a proof for (x_i + t, x_j - k*t). With IC[0] or alpha in the relation, some
  public signals make the sum vanish or fall on alpha, and then anyone can prove them.
* another number of IC points than public signals plus one: some signals are not looked at.

An honest key shows one of these relations with a probability of about 2^-230.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.groth16.types import PairingCheck, VerificationKey
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, G1Affine, G1Point, G2Affine, G2Point
from zkcompanion.proving.reference.curve import G1, G2, Affine, Group, Jacobian

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey

#: Name of the contribution in keys that this program made in one step from local randomness.
DEVELOPMENT_CONTRIBUTION = "zkcompanion development key"

#: Relations k*P = +-l*Q are looked for with 1 <= k, l <= this, fewer where a key has many points.
SMALL_MULTIPLE = 16
#: Multiples computed for one key at most, some microseconds each (but always each point itself).
_BUDGET = 4096
#: Points that share a multiple and are all compared with each other.
_MOST_OWNERS = 4

_GENERATOR = "generator"


class KeyLevel(StrEnum):
    """How far a key can be trusted, worst last; as it stands in JSON."""

    OK = "ok"
    DEVELOPMENT = "development"
    INSECURE = "insecure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about a key: a stable id, how bad it is, a sentence.

    `malformed` means that the verification equation is not even defined (points off the curve, counts that do not fit).
    """

    id: str
    level: KeyLevel
    message: Message
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class KeyTrust:
    """The verdict on a key. `ok` means that nothing was found, not that the setup was honest."""

    findings: tuple[Finding, ...] = ()

    @property
    def level(self) -> KeyLevel:
        """The worst level of the findings."""
        worst = self.worst
        return KeyLevel.OK if worst is None else worst.level

    @property
    def worst(self) -> Finding | None:
        """The first of the worst findings (malformed above all), or None."""
        order = list(KeyLevel)
        return max(self.findings, key=lambda f: (f.malformed, order.index(f.level)), default=None)

    @property
    def insecure(self) -> Finding | None:
        """The finding for which verification is refused (a malformed key first), or None."""
        worst = self.worst
        return worst if worst is not None and worst.level is KeyLevel.INSECURE else None


def inspect_key(key: VerificationKey, pairing: PairingCheck) -> KeyTrust:
    """Look at a verification key. Costs some milliseconds; keep the answer with the key."""
    g1_points: list[tuple[str, G1Point]] = [("alpha", key.vk_alpha_1)]
    g1_points += [(f"IC[{i}]", point) for i, point in enumerate(key.ic)]
    return _collect(_findings(key, g1_points, pairing))


def inspect_zkey(zkey: Groth16Zkey, pairing: PairingCheck) -> KeyTrust:
    """Look at a proving key: its verification key, both halves of beta and delta, and its contribution records.

    The records' proofs and the long sections of points are not checked here.
    """
    key = zkey.verification_key()
    g1_points: list[tuple[str, G1Point]] = [("alpha", key.vk_alpha_1), ("beta", zkey.vk_beta_1)]
    g1_points += [("delta", zkey.vk_delta_1), *((f"IC[{i}]", point) for i, point in enumerate(key.ic))]
    findings = [*_findings(key, g1_points, pairing)]
    if not any(f.malformed for f in findings):
        findings += _halves(zkey, pairing)
    return _collect([*findings, *_records(zkey)])


def _collect(findings: Iterable[Finding]) -> KeyTrust:
    """The first finding of each id."""
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.id, finding)
    return KeyTrust(tuple(first.values()))


def _insecure(word: str, message: Message) -> Finding:
    return Finding(word, KeyLevel.INSECURE, message)


def _findings(
    key: VerificationKey, g1_points: Sequence[tuple[str, G1Point]], pairing: PairingCheck
) -> Iterator[Finding]:
    """Shape, then relations; relations only among points that are what they should be."""
    if len(key.ic) != key.n_public + 1:
        yield Finding(
            "ic-count",
            KeyLevel.INSECURE,
            msg(
                "The key says {n_public} public signals but has {n_points} IC points instead of {expected}.",
                n_public=key.n_public,
                n_points=len(key.ic),
                expected=key.n_public + 1,
            ),
            malformed=True,
        )
    g2_points: list[tuple[str, G2Point]] = [
        ("beta", key.vk_beta_2),
        ("gamma", key.vk_gamma_2),
        ("delta", key.vk_delta_2),
    ]
    off_curve = [n for n, p in g1_points if not G1.is_on_curve(p)] + [n for n, q in g2_points if not G2.is_on_curve(q)]
    if off_curve:
        yield _malformed("key-not-on-curve", msg("{name} of the key is not a point of the curve.", name=off_curve[0]))
    outside = [n for n, q in g2_points if n not in off_curve and not pairing.g2_in_subgroup(q)]
    if outside:
        yield _malformed("key-not-in-subgroup", msg("{name} of the key is outside the subgroup.", name=outside[0]))
    if off_curve or outside:
        return
    yield from _infinities(g1_points, g2_points)
    yield from _g2_relations([(n, q) for n, q in g2_points if q is not None])
    yield from _g1_relations([(n, p) for n, p in g1_points if p is not None])


def _malformed(word: str, message: Message) -> Finding:
    return Finding(word, KeyLevel.INSECURE, message, malformed=True)


def _infinities(
    g1_points: Sequence[tuple[str, G1Point]], g2_points: Sequence[tuple[str, G2Point]]
) -> Iterator[Finding]:
    for name, point in (*g2_points, *g1_points):
        if point is not None:
            continue
        if name == "IC[0]":
            sentence = msg("IC[0] of the key is infinity: anyone can prove public signals that are all zero.")
            yield _insecure("ic-at-infinity", sentence)
        elif name.startswith("IC"):
            sentence = msg("{name} of the key is infinity: proofs do not depend on that public signal.", name=name)
            yield _insecure("ic-at-infinity", sentence)
        else:
            sentence = msg("{name} of the key is the point at infinity: its proofs show nothing.", name=name)
            yield _insecure(f"{name}-at-infinity", sentence)


def _g2_relations(points: Sequence[tuple[str, G2Affine]]) -> Iterator[Finding]:
    """Gamma comes first, so that the fault of a setup without second phase is named by it."""
    ordered = sorted([(_GENERATOR, G2_GENERATOR), *points], key=lambda item: item[0] != "gamma")
    for relation in small_relations(G2, ordered):
        pair = {relation.left, relation.right}
        if pair == {"gamma", _GENERATOR}:
            continue  # as snarkjs leaves it
        if relation.right == "delta" and relation.is_equality and pair != {"beta", "delta"}:
            sentence = msg(
                "In the key {relation}: the second phase of its setup was never done, so that anyone can forge proofs.",
                relation=relation.formula,
            )
        elif _GENERATOR in pair:
            sentence = msg("In the key {relation}: a secret of its setup is known.", relation=relation.formula)
        else:
            sentence = msg("In the key {relation}: anyone can forge proofs.", relation=relation.formula)
        yield _insecure(relation.word, sentence)


def _g1_relations(points: Sequence[tuple[str, G1Affine]]) -> Iterator[Finding]:
    for relation in small_relations(G1, [(_GENERATOR, G1_GENERATOR), *points]):
        formula = relation.formula
        if not relation.right.startswith("IC"):
            yield _insecure(
                relation.word, msg("In the key {relation}: a secret of its setup is known.", relation=formula)
            )
        elif not relation.left.startswith("IC"):
            sentence = msg("In the key {relation}: an IC point is known.", relation=formula)
            yield _insecure(f"ic-multiple-of-{relation.left}", sentence)
        elif relation.left_factor == relation.right_factor:
            sentence = msg("In the key {relation}: those signals can be traded in a proof.", relation=formula)
            yield _insecure("ic-repeated", sentence)
        else:
            sentence = msg("In the key {relation}: those signals can be traded in a proof.", relation=formula)
            yield _insecure("ic-related", sentence)


@dataclass(frozen=True, slots=True)
class Relation:
    """right_factor*right = sign*left_factor*left for two named points."""

    left: str
    right: str
    left_factor: int
    right_factor: int
    sign: int

    @property
    def is_equality(self) -> bool:
        """Whether the two are the same point."""
        return self.left_factor == self.right_factor == self.sign == 1

    @property
    def formula(self) -> str:
        """Such as `delta = -gamma` or `2*IC[1] = 3*IC[0]`."""
        sides = [
            f"{factor}*{name}" if factor > 1 else name
            for factor, name in ((self.right_factor, self.right), (self.left_factor, self.left))
        ]
        return f"{sides[0]} = {'-' if self.sign < 0 else ''}{sides[1]}"

    @property
    def word(self) -> str:
        """`delta-equals-gamma`, `beta-multiple-of-generator` and the like; opposite points are multiples."""
        return f"{self.right}-{'equals' if self.is_equality else 'multiple-of'}-{self.left}"


def small_relations(
    group: Group[Affine, Jacobian], points: Sequence[tuple[str, Affine]], bound: int = SMALL_MULTIPLE
) -> list[Relation]:
    """Pairs of finite points of order r with k*P = +-l*Q for 1 <= k, l <= bound: the smallest relation of each pair.

    All multiples up to `bound` are listed by their first coordinate, which a point and its negative share. Where more
    than four points share one, the rest are compared with those four only.
    """
    bound = max(1, min(bound, _BUDGET // len(points)))
    multiples: list[Jacobian | None] = []
    for _, point in points:
        acc: Jacobian | None = None
        for _ in range(bound):
            acc = group.add_affine(acc, point)
            multiples.append(acc)
    affine = group.to_affine_many(multiples)
    seen: dict[object, list[tuple[int, int, Affine]]] = {}
    found: dict[tuple[int, int], Relation] = {}
    for factor in range(1, bound + 1):  # small factors first
        for right in range(len(points)):
            multiple = affine[right * bound + factor - 1]
            assert multiple is not None  # factor < r, the order of the point
            owners = seen.setdefault(multiple[0], [])
            for owner, owner_factor, same in owners:
                (i, i_factor), (j, j_factor) = sorted([(owner, owner_factor), (right, factor)])
                sign = 1 if multiple == same else -1
                relation = Relation(points[i][0], points[j][0], i_factor, j_factor, sign)
                found.setdefault((i, j), relation)
            if len(owners) < _MOST_OWNERS:
                owners.append((right, factor, multiple))
    return [found[pair] for pair in sorted(found)]


def _halves(zkey: Groth16Zkey, pairing: PairingCheck) -> Iterator[Finding]:
    """Beta and delta stand in both groups and must have the same secret: e(X1, G2) = e(G1, X2)."""
    for name, in_g1, in_g2 in (
        ("beta", zkey.vk_beta_1, zkey.vk_beta_2),
        ("delta", zkey.vk_delta_1, zkey.vk_delta_2),
    ):
        if not pairing.product_is_one([(G1.negate(in_g1), G2_GENERATOR), (G1_GENERATOR, in_g2)]):
            yield _insecure(
                f"{name}-halves-differ",
                msg("{name} of the key is not the same in both groups; its proofs do not verify.", name=name),
            )


def _records(zkey: Groth16Zkey) -> Iterator[Finding]:
    """What the contribution records say."""
    if not zkey.contributions:
        yield Finding(
            "no-contributions",
            KeyLevel.DEVELOPMENT,
            msg("The key records no contribution: whoever made it may know its secrets."),
        )
    elif zkey.contributions[-1].delta_after != zkey.vk_delta_1:
        yield _insecure(
            "contribution-mismatch", msg("The key's delta is not the one that its last contribution left behind.")
        )
    if any(c.note.name == DEVELOPMENT_CONTRIBUTION.encode() for c in zkey.contributions):
        yield Finding(
            "development-key",
            KeyLevel.DEVELOPMENT,
            msg("A development key, made in one step on one machine: good for tests, not for anything of value."),
        )
