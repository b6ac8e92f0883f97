import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.support.circuit_folder import make_folder
from zkcompanion.base.clock import SystemClock
from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg
from zkcompanion.base.sealed import SealedStore
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.proving.formats.binfile import BinFile, Layout
from zkcompanion.proving.formats.r1cs import write_r1cs
from zkcompanion.proving.formats.sym import SignalLine, write_sym
from zkcompanion.proving.formats.zkey import ZKEY, read_zkey, write_zkey
from zkcompanion.proving.groth16.keytrust import Finding, KeyLevel, KeyTrust
from zkcompanion.storage import prepared as module
from zkcompanion.storage.identity import identity, settled, unchanged
from zkcompanion.storage.packed import pack, unpack
from zkcompanion.storage.prepared import PreparedCircuits

FINDING = Finding("no-contributions", KeyLevel.DEVELOPMENT, msg("Said of {what}.", what="it"))


class LaterClock(SystemClock):
    """An hour ahead, so that files just written are settled."""

    def unix_s(self):
        return super().unix_s() + 3600


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Made once, because its points are computed by Python integers."""
    return make_folder(tmp_path_factory.mktemp("made"))


@pytest.fixture
def folder(made, tmp_path):
    shutil.copytree(made.path, tmp_path / "circuit")
    return replace(made, path=tmp_path / "circuit")


@pytest.fixture
def store(tmp_path):
    return SealedStore(tmp_path / "cache", tmp_path / "data" / "seal.key")


@pytest.fixture
def circuits(store):
    return PreparedCircuits(store, LaterClock())


def judge(_zkey):
    return KeyTrust((FINDING,))


def never(_zkey):
    raise AssertionError("looked at again")


def keep_key(circuits, path):
    found = circuits.key(path, judge)
    assert not found.cached
    found.keep()
    return found


def same_arrays(one, other):
    assert one.keys() == other.keys()
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_a_key_is_prepared_once_and_is_the_same_the_second_time(circuits, folder):
    first = keep_key(circuits, folder.zkey)
    second = circuits.key(folder.zkey, never)
    assert second.cached
    assert same_arrays(unpacked(module._key_to(first.value)), unpacked(module._key_to(second.value)))
    assert second.value.trust == first.value.trust == KeyTrust((FINDING,))
    assert second.value.proving.rows.a.ranges == first.value.proving.rows.a.ranges
    assert second.value.proving.order.cuts == first.value.proving.order.cuts
    assert second.value.zkey.verification_key() == first.value.zkey.verification_key()
    for found in (first, second):
        found.value.zkey.close()


def unpacked(parts):
    return unpack(memoryview(b"".join(map(bytes, parts))))[1]


def test_constraints_and_names_too(circuits, folder, tmp_path):
    first = circuits.system(folder.r1cs)
    first.keep()
    second = circuits.system(folder.r1cs)
    assert (first.cached, second.cached) == (False, True)
    assert same_arrays(unpacked(module._system_to(first.value)), unpacked(module._system_to(second.value)))
    assert replace(second.value, layout=first.value.layout).n_constraints == first.value.n_constraints
    assert not circuits.system(folder.r1cs, anew=True).cached
    write_sym(tmp_path / "a.sym", [SignalLine(1, 1, 0, "main.a"), SignalLine(2, -1, 0, "main.b")])
    names = circuits.names(tmp_path / "a.sym")
    names.keep()
    again = circuits.names(tmp_path / "a.sym")
    assert again.cached
    assert list(again.value.lines()) == list(names.value.lines())
    assert again.value.names(1) == ("main.a",)


def test_coefficients_that_repeat_are_kept_once_and_come_back(circuits, store, tmp_path):
    system, _ = generate_sized("dense", 500)
    write_r1cs(tmp_path / "dense.r1cs", system)
    first = circuits.system(tmp_path / "dense.r1cs")
    assert first.keep()
    again = circuits.system(tmp_path / "dense.r1cs")
    assert again.cached
    for name in "abc":
        one, other = getattr(first.value, name), getattr(again.value, name)
        for part in ("row_ptr", "wire", "value"):
            assert np.array_equal(getattr(one, part), getattr(other, part)), (name, part)
            assert getattr(one, part).dtype == getattr(other, part).dtype
    assert store.size()[1] < sum(getattr(first.value, name).value.nbytes for name in "abc")


def test_another_key_of_the_same_size_and_time_is_another_key(circuits, folder, tmp_path):
    first = keep_key(circuits, folder.zkey)
    was = folder.zkey.stat()
    other = make_folder(tmp_path / "other", circuit=folder.circuit, seed=8)
    assert other.zkey.stat().st_size == was.st_size
    # written into the very file: device and inode stay the same
    folder.zkey.write_bytes(other.zkey.read_bytes())
    os.utime(folder.zkey, ns=(was.st_atime_ns, was.st_mtime_ns))
    found = circuits.key(folder.zkey, judge)
    assert not found.cached
    assert found.value.zkey.vk_delta_1 != first.value.zkey.vk_delta_1
    found.keep()
    # and by another file in its place
    folder.zkey.with_name("new").write_bytes(folder.zkey.read_bytes())
    os.utime(folder.zkey.with_name("new"), ns=(was.st_atime_ns, was.st_mtime_ns))
    folder.zkey.with_name("new").replace(folder.zkey)
    assert not circuits.key(folder.zkey, judge).cached


def test_entries_of_another_version_of_the_program_are_not_found(circuits, folder, tmp_path, monkeypatch):
    write_sym(tmp_path / "a.sym", [SignalLine(1, 1, 0, "main.a")])
    find = (
        lambda: circuits.key(folder.zkey, judge),
        lambda: circuits.system(folder.r1cs),
        lambda: circuits.names(tmp_path / "a.sym"),
    )
    for one in find:
        assert one().keep()
        assert one().cached
    for name, other in (("__version__", "0.0.0+another"), ("_FORMAT", module._FORMAT + 1)):
        with monkeypatch.context() as changed:
            changed.setattr(module, name, other)
            assert [one().cached for one in find] == [False, False, False]
        assert [one().cached for one in find] == [True, True, True]


def test_nothing_is_kept_of_a_file_that_has_just_changed_or_changes_meanwhile(store, folder):
    now = PreparedCircuits(store)
    now.key(folder.zkey, judge).keep()
    now.system(folder.r1cs).keep()
    assert store.size()[0] == 0
    later = PreparedCircuits(store, LaterClock())
    key, system = later.key(folder.zkey, judge), later.system(folder.r1cs)
    for path in (folder.zkey, folder.r1cs):
        os.utime(path, (0, 0))
    key.keep()
    system.keep()
    folder.r1cs.unlink()
    system.keep()
    assert store.size()[0] == 0


def test_forgetting_and_reading_anew(circuits, folder):
    keep_key(circuits, folder.zkey)
    assert not circuits.key(folder.zkey, judge, anew=True).cached
    found = circuits.key(folder.zkey, never)
    found.keep()
    found.forget()
    assert not circuits.key(folder.zkey, judge).cached


def test_without_a_store_everything_is_read(folder):
    circuits = PreparedCircuits(None, LaterClock())
    found = circuits.key(folder.zkey, judge)
    assert not found.keep()
    found.forget()
    assert not circuits.key(folder.zkey, judge).cached


def test_a_malformed_key_is_not_kept_and_has_no_rows(circuits, store, folder):
    bad = KeyTrust((Finding("off", KeyLevel.INSECURE, msg("Off the curve."), malformed=True),))
    found = circuits.key(folder.zkey, lambda _zkey: bad)
    found.keep()
    assert store.size()[0] == 0
    assert found.value.trust is bad
    assert len(found.value.proving.order.indices) == 0


def test_a_file_that_is_no_key_is_refused_as_always(circuits, tmp_path):
    path = tmp_path / "bad.zkey"
    path.write_bytes(b"zkey\1\0\0\0\0\0\0\0")
    with pytest.raises(FileError):
        circuits.key(path, judge)


def test_an_entry_that_means_nothing_here_is_a_miss(circuits, store, folder, monkeypatch):
    keep_key(circuits, folder.zkey)
    monkeypatch.setattr(store, "get_mapped", lambda _name, _key: memoryview(b"".join(map(bytes, pack({}, {})))))
    assert not circuits.key(folder.zkey, judge).cached


def at(name, index, value):
    def bend(_about, arrays):
        arrays[name][index] = value

    return bend


def instead(name, make):
    return lambda _about, arrays: arrays.update({name: make(arrays[name])})


def told(name, value):
    return lambda about, _arrays: about.update({name: value})


SHORTER = {f"{name}, shorter": instead(name, lambda array: array[:-1]) for name in ("wires", "a_starts", "a_order")}
BENT_KEYS = SHORTER | {
    "a wire that is none": at("wires", 0, 1 << 20),
    "wires of another kind": instead("wires", lambda array: array.reshape(1, -1)),
    "wires of other numbers": instead("wires", lambda array: array.astype(np.float16)),
    "no wires": lambda _about, arrays: arrays.pop("wires"),
    "cuts beyond the wires": told("cuts", [0, 1, 2, 3, 4, 1 << 40]),
    "cuts that fall": told("cuts", [0, 9, 1, 9, 9, 10]),
    "cuts of another version": told("cuts", [0, 10]),
    "no cuts": told("cuts", None),
    "a record that is none": at("b_order", -1, 1 << 30),
    "order of another shape": instead("b_order", lambda array: array.reshape(-1, 1)),
    "rows that begin later": at("a_starts", 0, 1),
    "rows that end elsewhere": at("a_starts", -1, 1 << 40),
    "rows that fall": at("a_starts", 1, 1 << 40),
    "rows below zero": at("a_starts", 1, -1),
    "ranges beyond the rows": at("a_ranges", (-1, 1), 1 << 40),
    "ranges that begin later": at("a_ranges", (0, 0), 1),
    "no ranges": instead("a_ranges", lambda array: array[:0]),
    "ranges of another shape": instead("a_ranges", lambda array: array.reshape(-1)),
    "findings of another form": told("findings", [[]]),
    "a level of another version": told("findings", [["x", "dreadful", {"template": "x"}, False]]),
}
BENT_SYSTEMS = {f"{name}, shorter": instead(name, lambda array: array[:-1]) for name in ("a_ptr", "b_wire", "c_value")}
BENT_SYSTEMS |= {
    "a wire that is none": at("b_wire", 0, 1 << 30),
    "fewer rows": lambda _about, arrays: arrays.update(
        c_ptr=arrays["c_ptr"][:-1], c_wire=arrays["c_wire"][: (n := arrays["c_ptr"][-2])], c_value=arrays["c_value"][:n]
    ),
    "no rows at all": instead("a_ptr", lambda array: array[:0]),
    "labels of another circuit": instead("labels", lambda array: array[1:]),
    "a number that is none": told("n_wires", None),
}


def seal_bent(store, name, found, parts, bend):
    """Seal something else for the same file, as another program of this version might."""
    about, arrays = unpack(memoryview(b"".join(map(bytes, parts))))
    arrays = {part: array.copy() for part, array in arrays.items()}
    bend(about, arrays)
    assert store.put(name, found.key[len(name) :], pack(about, arrays))


@pytest.mark.parametrize("bend", BENT_KEYS)
def test_a_sealed_key_that_would_lead_a_kernel_astray_is_a_miss(circuits, store, folder, bend):
    found = keep_key(circuits, folder.zkey)
    parts = module._key_to(found.value)
    seal_bent(store, module.KEY_NAME, found, parts, lambda _about, _arrays: None)
    assert circuits.key(folder.zkey, never).cached
    seal_bent(store, module.KEY_NAME, found, parts, BENT_KEYS[bend])
    assert not circuits.key(folder.zkey, judge).cached


BENT_FOLDED = {
    "a place beyond the table": at("c_places", 0, 255),
    "places, shorter": instead("c_places", lambda array: array[:-1]),
    "places of another kind": instead("c_places", lambda array: array.astype(np.float32)),
    "no places": lambda _about, arrays: arrays.pop("c_places"),
    "a table of another shape": instead("c_table", lambda array: array[:, :3].copy()),
    "a table of odd bytes": instead("c_table", lambda array: array.astype(np.uint8)[:, :3].copy()),
}


@pytest.mark.parametrize("bend", BENT_SYSTEMS | BENT_FOLDED)
def test_sealed_constraints_that_would_lead_a_kernel_astray_are_a_miss(circuits, store, folder, bend, monkeypatch):
    if bend in BENT_SYSTEMS:
        monkeypatch.setattr(module, "fold", lambda _rows: None)
    found = circuits.system(folder.r1cs)
    found.keep()
    parts = module._system_to(found.value)
    seal_bent(store, module.SYSTEM_NAME, found, parts, lambda _about, _arrays: None)
    assert circuits.system(folder.r1cs).cached
    seal_bent(store, module.SYSTEM_NAME, found, parts, (BENT_SYSTEMS | BENT_FOLDED)[bend])
    assert not circuits.system(folder.r1cs).cached


@pytest.mark.parametrize("data", [b"", b"\5\0\0\0\0\0\0\0null ", b"\1\0\0\0\0\0\0\0{", b"\2\0\0\0\0\0\0\0{}"])
def test_what_is_not_packed_is_refused(data):
    with pytest.raises(ValueError):
        unpack(memoryview(data))


def test_packed_arrays_begin_at_multiples_of_64_bytes():
    arrays = {"a": np.arange(3, dtype=np.uint8), "b": np.arange(6).reshape(2, 3).T, "c": np.zeros((0, 4))}
    data = b"".join(map(bytes, pack({"x": [1]}, arrays)))
    about, found = unpack(memoryview(data))
    assert about == {"x": [1]}
    base = np.frombuffer(data, np.uint8).ctypes.data
    for name, array in arrays.items():
        assert np.array_equal(found[name], array)
        assert (found[name].ctypes.data - base) % 64 == 0 or found[name].size == 0
        assert not found[name].flags.writeable


def test_a_file_is_told_by_status_pages_and_parts(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(bytes(1 << 20))
    status = path.stat()
    data = bytearray(1 << 20)
    told = identity(status, bytes(data))
    assert identity(status, bytes(data)) == told
    data[5] = 1  # of the first page
    assert identity(status, bytes(data)) != told
    data[5], data[-1] = 0, 1
    assert identity(status, bytes(data)) != told
    data[-1], data[10_000] = 0, 1  # between two pages
    assert identity(status, bytes(data)) == told
    assert identity(status, bytes(data), [(9_000, 2_000)]) != identity(status, bytes(1 << 20), [(9_000, 2_000)])
    assert unchanged(status, path)
    assert settled(status, status.st_ctime + 3)
    assert not settled(status, status.st_ctime + 1)
    assert not settled(status, 0.0)  # a clock that was set back
    os.utime(path, (0, 0))
    assert not unchanged(status, path)
    path.unlink()
    assert not unchanged(status, path)


def test_every_byte_that_the_verification_key_comes_from_is_looked_at(circuits, made, tmp_path, monkeypatch):
    """Whatever the system says of the file, and though long sections around them let them fall between the pages."""
    path = tmp_path / "large.zkey"
    with read_zkey(made.zkey) as zkey:
        raw = {77: bytes(405_000), 78: bytes(600_000)}
        zkey.layout = Layout(1, (77, 1, 2, 3, 10, 4, 5, 6, 7, 8, 9, 78), raw)
        write_zkey(path, zkey)
    looked = []
    monkeypatch.setattr(module, "identity", lambda *given: looked.append(given) or identity(*given))
    circuits.key(path, judge).value.zkey.close()
    ((status, _, parts),) = looked
    data = bytearray(path.read_bytes())
    sections = BinFile(bytes(data), file="", container=ZKEY).sections
    pages = {step * (len(data) - 4096) // 63 for step in range(64)}
    judged = [place for number in (1, 2, 3, 10) for place in whole(sections[number])]
    assert not any(page <= place < page + 4096 for page in pages for place in judged), "another size would test it"
    told = identity(status, data, parts)
    table = [place for section in sections.values() for place in range(section.offset - 12, section.offset)]
    for place in (*judged, *table):
        data[place] ^= 1
        assert identity(status, data, parts) != told, place
        data[place] ^= 1
    assert identity(status, data, parts) == told


def whole(section):
    return range(section.offset, section.offset + section.size_bytes)
