"""What people see of the cache is what was done with it."""

import pytest

from zkcompanion.app.cache_service import KINDS, OTHER, CacheService, ClearedView, VerifiedView, kind_of, open_store
from zkcompanion.base.errors import Cancelled, FileError
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import Limits
from zkcompanion.storage.packed import pack

HEADER = 64


@pytest.fixture
def dirs(tmp_path):
    return AppDirs(tmp_path)


@pytest.fixture
def store(dirs):
    return open_store(dirs)


@pytest.fixture
def service(dirs):
    return CacheService(dirs)


def of(view, kind):
    (found,) = [one for one in view.kinds if one.kind == kind]
    return found


def test_at_first_there_is_nothing_and_no_rate(service):
    view = service.view()
    assert [one.kind for one in view.kinds] == list(KINDS)
    assert (view.total.entries, view.total.size_bytes, view.total.hit_rate) == (0, 0, None)
    assert (view.max_entries, view.max_bytes) == (512, 1 << 30)
    assert service.verify() == VerifiedView(0, 0)
    assert service.clear() == ClearedView(0, 0)


def test_each_kind_is_counted_by_what_was_really_done(service, store):
    store.put("kernels-a", b"k", bytes(100), cost_s=2.0)
    store.put("kernels-b", b"k", bytes(50), cost_s=3.0)
    store.put("prepared-key", b"k", bytes(10), cost_s=0.0)
    for key in (b"k", b"k", b"other"):
        store.get("kernels-a", key)
    store.get("kernels-b", b"k")
    view = service.view()
    kernels = of(view, "kernels")
    assert (kernels.entries, kernels.size_bytes) == (2, 150 + 2 * HEADER)
    assert (kernels.hits, kernels.misses, kernels.hit_rate, kernels.kept) == (3, 1, 0.75, 2)
    assert (kernels.read_bytes, kernels.written_bytes) == (2 * 100 + 50 + 3 * HEADER, 150 + 2 * HEADER)
    assert 6.5 < kernels.saved_s <= 7.0  # less what reading took
    assert (of(view, "prepared-key").entries, of(view, "prepared-key").hit_rate) == (1, None)
    assert view.total.entries == 3
    assert view.total.saved_s == kernels.saved_s


def test_entries_of_another_version_are_shown_apart(service, store, dirs):
    store.put("kernels-a", b"k", b"1")
    (dirs.cache / "code" / "old-entry.sealed").write_bytes(bytes(7))
    view = service.view()
    assert (of(view, OTHER).entries, of(view, OTHER).size_bytes) == (1, 7)
    assert [kind_of(name) for name in ("kernels", "kernels-x", "witness-module", "kernelsx", "?")] == [
        "kernels",
        "kernels",
        "witness-module",
        OTHER,
        OTHER,
    ]
    assert service.clear(OTHER) == ClearedView(1, 7)
    assert service.view().total.entries == 1


def test_one_kind_is_cleared_or_all_and_counts_stay(service, store):
    for name in ("kernels-a", "kernels-b", "prepared-key"):
        store.put(name, b"k", bytes(100))
    store.get("kernels-a", b"k")
    assert service.clear("kernels") == ClearedView(2, 2 * (100 + HEADER))
    assert store.get("prepared-key", b"k") is not None
    assert service.clear() == ClearedView(1, 100 + HEADER)
    assert of(service.view(), "kernels").hits == 1


def test_verifying_removes_what_is_damaged_and_prepared_entries_that_cannot_be_read(service, store, dirs):
    store.put("kernels-a", b"k", b"any bytes")
    store.put("kernels-b", b"k", b"any bytes")
    store.put("prepared-key", b"good", b"".join(map(bytes, pack({"a": 1}, {}))))
    store.put("prepared-key", b"bad", b"no packed arrays")
    (path,) = (dirs.cache / "code").glob("kernels-b-*")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert service.verify() == VerifiedView(good=2, removed=2)
    assert service.verify() == VerifiedView(good=2, removed=0)
    assert service.view().total.damaged == 2


def test_verifying_can_be_stopped_and_removes_nothing_more(service, store):
    store.put("prepared-key", b"bad", b"no packed arrays")

    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        service.verify(stop)
    assert service.view().total.entries == 1


def test_limits_are_set_for_all_and_only_where_they_are_others(service, store, dirs):
    for number in range(4):
        store.put("kernels-a", bytes([number]), b"x")
    service.limit(Limits(3, 1 << 20))
    view = service.view()
    assert (view.max_entries, view.max_bytes, view.total.entries, view.total.evicted) == (3, 1 << 20, 3, 1)
    before = (dirs.cache / "code" / ".limits").stat().st_mtime_ns
    service.limit(Limits(3, 1 << 20))
    assert (dirs.cache / "code" / ".limits").stat().st_mtime_ns == before


def test_a_folder_that_cannot_be_had_is_said(tmp_path):
    (tmp_path / "cache").write_text("a file in the folder's place")
    service = CacheService(AppDirs(tmp_path))
    for ask in (service.view, service.verify, service.clear, lambda: service.limit(Limits())):
        with pytest.raises(FileError):
            ask()
