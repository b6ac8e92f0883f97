"""MCL (through mclbn256) as an independent BN254: a few functions on plain integer points.

mclbn256 starts MCL on Beuchat's BN254, another curve; `load` moves it to BN_SNARK1, the one of EIP-196/197, and says
so if MCL answers with another field.
"""

from __future__ import annotations

from ctypes import byref, create_string_buffer
from functools import cache

from zkcompanion.proving.fields import FP, FR

BN_SNARK1 = 4


@cache
def load():
    import mclbn256.mclbn256 as m

    assert m.lib.mclBn_init(BN_SNARK1, m.MCLBN_COMPILED_TIME_VAR) == 0
    text = create_string_buffer(256)
    m.lib.mclBn_getFieldOrder(text, 256)
    assert int(text.value) == FP.modulus
    m.lib.mclBn_getCurveOrder(text, 256)
    assert int(text.value) == FR.modulus
    m.lib.mclBn_verifyOrderG2(0)
    return m


def g1(point):
    """An MCL point, or None where MCL refuses the coordinates (not below p, not on the curve)."""
    m = load()
    text = b"0" if point is None else b"1 %d %d" % point
    p = m.mclBnG1_bytes()
    return None if m.lib.mclBnG1_setStr(byref(p), text, len(text), 10) else p


def g2(point):
    """The same on the twist; says nothing about the subgroup."""
    m = load()
    text = b"0" if point is None else b"1 %d %d %d %d" % (*point[0], *point[1])
    p = m.mclBnG2_bytes()
    return None if m.lib.mclBnG2_setStr(byref(p), text, len(text), 10) else p


def g2_has_order_r(point) -> bool:
    return bool(load().lib.mclBnG2_isValidOrder(byref(point)))


def _fr(k: int):
    m = load()
    value = m.mclBnFr_bytes()
    text = b"%d" % (k % FR.modulus)
    assert m.lib.mclBnFr_setStr(byref(value), text, len(text), 10) == 0
    return value


def _words(get, point) -> list[int]:
    text = create_string_buffer(1024)
    assert get(text, 1024, byref(point), 10) > 0
    return [int(word) for word in text.value.split()]


def g1_tuple(point):
    """Plain affine integers of an MCL point."""
    words = _words(load().lib.mclBnG1_getStr, point)
    return None if words == [0] else (words[1], words[2])


def g2_tuple(point):
    words = _words(load().lib.mclBnG2_getStr, point)
    return None if words == [0] else ((words[1], words[2]), (words[3], words[4]))


def g1_multiply(point, k: int):
    m = load()
    out = m.mclBnG1_bytes()
    m.lib.mclBnG1_mul(byref(out), byref(g1(point)), byref(_fr(k)))
    return g1_tuple(out)


def g2_multiply(point, k: int):
    m = load()
    out = m.mclBnG2_bytes()
    m.lib.mclBnG2_mul(byref(out), byref(g2(point)), byref(_fr(k)))
    return g2_tuple(out)


def g1_add(left, right):
    m = load()
    out = m.mclBnG1_bytes()
    m.lib.mclBnG1_add(byref(out), byref(g1(left)), byref(g1(right)))
    return g1_tuple(out)


def g2_add(left, right):
    m = load()
    out = m.mclBnG2_bytes()
    m.lib.mclBnG2_add(byref(out), byref(g2(left)), byref(g2(right)))
    return g2_tuple(out)


def product_is_one(pairs) -> bool:
    """Whether the product of the pairings is one; every point must be one that MCL takes."""
    m = load()
    p = (m.mclBnG1_bytes * len(pairs))(*[g1(a) for a, _ in pairs])
    q = (m.mclBnG2_bytes * len(pairs))(*[g2(b) for _, b in pairs])
    value = m.mclBnGT_bytes()
    m.lib.mclBn_millerLoopVec(byref(value), p, q, len(pairs))
    m.lib.mclBn_finalExp(byref(value), byref(value))
    return bool(m.lib.mclBnGT_isOne(byref(value)))


def groth16_verifies(key, public, proof) -> bool:
    """Groth16's equation and the checks every verifier makes: counts, range, curve, subgroup of pi_b."""
    m = load()
    a, b, c = g1(proof.pi_a), g2(proof.pi_b), g1(proof.pi_c)
    if a is None or b is None or c is None or not g2_has_order_r(b):
        return False
    if len(public) != key.n_public or not all(0 <= x < FR.modulus for x in public):
        return False
    total = g1(key.ic[0])
    for base, x in zip(key.ic[1:], public, strict=True):
        term = m.mclBnG1_bytes()
        m.lib.mclBnG1_mul(byref(term), byref(g1(base)), byref(_fr(x)))
        m.lib.mclBnG1_add(byref(total), byref(total), byref(term))
    minus_a = m.mclBnG1_bytes()
    m.lib.mclBnG1_neg(byref(minus_a), byref(a))
    return product_is_one(
        [
            (g1_tuple(minus_a), proof.pi_b),
            (key.vk_alpha_1, key.vk_beta_2),
            (g1_tuple(total), key.vk_gamma_2),
            (proof.pi_c, key.vk_delta_2),
        ]
    )
