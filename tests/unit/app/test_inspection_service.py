import pytest

from tests.support.format_files import container, ptau, r1cs, wtns, zkey
from zkcompanion.app.inspection_service import InspectionService
from zkcompanion.base.errors import FileError
from zkcompanion.base.paths import resource_path

FUNDS = resource_path("circuits", "funds-above-threshold")


@pytest.fixture
def service():
    return InspectionService()


def test_the_size_of_a_circuit(service):
    view = service.r1cs(FUNDS / "circuit.r1cs")
    assert (view.private_inputs, view.public_inputs, view.outputs, view.curve) == (2, 2, 0, "bn254")
    assert view.terms["a"] > view.constraints > 256
    assert view.domain_power == 9


@pytest.mark.parametrize(("make", "kind"), [(r1cs, "r1cs"), (wtns, "wtns"), (zkey, "zkey"), (ptau, "ptau")])
def test_a_binary_file_says_its_sections(service, tmp_path, make, kind):
    path = tmp_path / "file.bin"
    path.write_bytes(make())
    view = service.file(path)
    assert (view.type, view.curve, view.size_bytes) == (kind, "bn254", path.stat().st_size)
    assert view.scheme == ("groth16" if kind == "zkey" else None)
    assert all(section.title is not None for section in view.sections)
    for section in view.sections:
        assert section.offset + section.size_bytes <= view.size_bytes


def test_the_sections_of_another_schemes_key_have_no_titles(service, tmp_path):
    prime = (32).to_bytes(4, "little") + (7).to_bytes(32, "little")
    path = tmp_path / "plonk.zkey"
    path.write_bytes(container(b"zkey", 1, [(1, (2).to_bytes(4, "little")), (2, prime), (99, b"x")]))
    view = service.file(path)
    assert (view.scheme, view.curve) == ("plonk", None)
    assert [section.title for section in view.sections] == [None] * 3


def test_json_and_wasm_are_known_too(service):
    assert service.file(FUNDS / "input.json").type == "json"
    assert (service.file(FUNDS / "circuit.wasm").type, service.file(FUNDS / "circuit.wasm").version) == ("wasm", 1)


def test_a_file_of_no_known_kind_is_refused(service, tmp_path):
    (tmp_path / "x").write_bytes(b"hello")
    with pytest.raises(FileError):
        service.file(tmp_path / "x")
