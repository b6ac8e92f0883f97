import random

from tests.support.points import fp2_sqrt as other_sqrt
from zkcompanion.proving.fields import FP
from zkcompanion.proving.groth16 import hash_to_g2 as module
from zkcompanion.proving.groth16.hash_to_g2 import chacha20_words, fp2_sqrt, hash_to_g2
from zkcompanion.proving.reference.curve import G2
from zkcompanion.proving.reference.fp2 import fp2_sqr

P = FP.modulus
#: `curve.G2.fromRng(new ChaCha(seed))` of ffjavascript 0.3.1, seed[i] = k*0x1234567 + i*0x89abcde mod 2^32.
SNARKJS_POINTS = [
    (
        (
            1510957490271701261048726154374811988006208507060029391417216370244947168427,
            6507206110179285759020809183971209369432261322161799714839645465230470152578,
        ),
        (
            20044609347603766470238393327249800541865986252420429974916041714274031530392,
            8642354860939150708540049229955788784301278076873618482728206538024004108744,
        ),
    ),
    (
        (
            5442438200463780627561683957789480768001080919834929311320786735348575265321,
            1786159882128188135716355771583995249148440766122259579108835208597742738268,
        ),
        (
            12702453031734860940239835711177286429430046089487696080687300175696472892499,
            813606459047479832119161321264898555388456643744910434455295503167071942265,
        ),
    ),
    (
        (
            12190124424078132390764911879139399360195723986440976545120229778284290122323,
            11485509869592813033080708522042194468278748086943764369295673344304089080047,
        ),
        (
            5542759963930910399738673801845181181176504594549650513567844766018567901829,
            12565471862029887720407216062825242433900319518830499014403153217342020043000,
        ),
    ),
]


def seed(k: int) -> bytes:
    return b"".join(((k * 0x1234567 + i * 0x89ABCDE) & 0xFFFFFFFF).to_bytes(4, "big") for i in range(8))


def test_points_are_those_of_snarkjs():
    assert [hash_to_g2(seed(k) + b"ignored") for k in range(3)] == SNARKJS_POINTS
    assert all(map(G2.is_on_curve, SNARKJS_POINTS))
    assert all(map(G2.in_subgroup, SNARKJS_POINTS))


def test_the_stream_is_chacha20():
    # RFC 7539, appendix A.1, test vectors 1 and 2: zero key and nonce, counters 0 and 1
    words = chacha20_words([0] * 8)
    stream = b"".join(next(words).to_bytes(4, "little") for _ in range(32))
    assert stream[:16].hex() == "76b8e0ada0f13d90405d6ae55386bd28"
    assert stream[64:80].hex() == "9f07e7be5551387a98ba977c732d080d"


def test_square_roots_in_fp2():
    rng = random.Random(96)
    squares = 0
    for _ in range(40):
        a = rng.randrange(P), rng.choice([0, rng.randrange(P)])
        root = fp2_sqrt(a)
        assert (root is None) == (other_sqrt(a) is None)
        if root is not None:
            squares += 1
            assert fp2_sqr(root) == a
    assert 10 < squares < 40
    assert fp2_sqrt((0, 0)) == (0, 0)
    minus_four = P - 4, 0
    assert fp2_sqr(fp2_sqrt(minus_four)) == minus_four


def test_a_point_that_the_cofactor_kills_is_passed_over(monkeypatch):
    real, calls = G2.multiply, []

    def multiply(point, k):
        calls.append(point)
        return None if len(calls) == 1 else real(point, k)

    monkeypatch.setattr(module.G2, "multiply", multiply)
    point = hash_to_g2(seed(0))
    assert point is not None
    assert point != SNARKJS_POINTS[0]


def test_the_sign_is_that_of_the_imaginary_part_or_of_the_real_one_where_that_is_zero():
    half = (P - 1) // 2
    positive = [(1, half), (P - 1, half), (half, 0), (0, 0)]
    negative = [(1, half + 1), (half + 1, 0)]
    assert not any(map(module._is_negative, positive))
    assert all(map(module._is_negative, negative))
