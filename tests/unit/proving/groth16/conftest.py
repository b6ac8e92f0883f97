import pytest

from zkcompanion.proving.reference.pairing import ReferencePairing


@pytest.fixture(scope="session")
def reference_pairing():
    return ReferencePairing()


@pytest.fixture(scope="session")
def kernel_pairing():
    from tests.support.kernels import scalar_kernels
    from zkcompanion.proving.pairing import Pairing

    return Pairing(scalar_kernels("pairing", "curve"))


@pytest.fixture(
    params=[
        pytest.param("reference_pairing", id="reference"),
        pytest.param("kernel_pairing", id="kernels", marks=pytest.mark.kernels),
    ]
)
def pairing(request):
    """Each test that asks for it runs with the reference and with compiled kernels."""
    return request.getfixturevalue(request.param)
