import pytest

from zkcompanion.proving.fields import FR
from zkcompanion.proving.reference.poseidon import MAX_WIDTH, MIN_WIDTH, permute, poseidon, poseidon_params

#: circomlibjs 0.1.7, buildPoseidon(): poseidon([1, 2, ..., n]).
VECTORS = {
    1: 18586133768512220936620570745912940619677854269274689475585506675881198879027,
    2: 7853200120776062878684798364095072458815029376092732009249414926327459813530,
    3: 6542985608222806190361240322586112750744169038454362455181422643027100751666,
    4: 18821383157269793795438455681495246036402687001665670618754263018637548127333,
    5: 6183221330272524995739186171720101788151706631170188140075976616310159254464,
    6: 20400040500897583745843009878988256314335038853985262692600694741116813247201,
    16: 9989051620750914585850546081941653841776809718687451684622678807385399211877,
}


@pytest.mark.parametrize("n", VECTORS)
def test_hashes_equal_those_of_circomlibjs(n):
    assert poseidon(range(1, n + 1)) == VECTORS[n]


def test_inputs_are_taken_mod_r():
    assert poseidon([1 + FR.modulus, 2 - FR.modulus]) == VECTORS[2]


def test_the_hash_is_the_first_element_of_the_permuted_state():
    assert permute([0, 1, 2])[0] == VECTORS[2]


def test_constants_are_field_elements_and_the_matrix_is_cauchy():
    for width in (2, 5):
        params = poseidon_params(width)
        assert len(params.round_constants) == (8 + params.partial_rounds) * width
        assert all(0 <= value < FR.modulus for value in params.round_constants)
        # 1/m[i][j] = x[i] + y[j], so differences between rows are the same in every column
        inverse = [[pow(value, -1, FR.modulus) for value in row] for row in params.matrix]
        for row in inverse:
            assert len({(a - b) % FR.modulus for a, b in zip(row, inverse[0], strict=True)}) == 1


@pytest.mark.parametrize("width", [MIN_WIDTH - 1, MAX_WIDTH + 1])
def test_other_widths_are_refused(width):
    with pytest.raises(ValueError, match="widths 2 to 17"):
        permute([0] * width)
