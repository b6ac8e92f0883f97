import threading

import pytest

from zkcompanion.base.lru import LruCache


@pytest.fixture
def gone():
    return []


@pytest.fixture
def cache(gone):
    return LruCache(max_entries=2, max_bytes=100, let_go=gone.append)


def use(cache, key, size=10):
    with cache.use(key, lambda: (key, size)) as value:
        return value


def test_the_one_longest_unused_goes_first(cache, gone):
    for key in "abacd":
        assert use(cache, key) == key
    assert gone == ["b", "a"]
    assert (cache.hits, cache.misses, cache.evictions, len(cache)) == (1, 4, 2, 2)


def test_bytes_are_bounded(cache, gone):
    use(cache, "a", 60)
    use(cache, "b", 60)
    assert (gone, cache.size_bytes) == (["a"], 60)
    use(cache, "large", 200)
    assert (gone, len(cache)) == (["a", "b", "large"], 0)


def test_what_is_in_use_stays_and_goes_afterwards(cache, gone):
    with cache.use("a", lambda: ("a", 10)):
        for key in "bcd":
            use(cache, key)
        cache.clear()
        assert gone == ["b", "c", "d"]
        assert len(cache) == 1
    cache.clear()
    assert gone == ["b", "c", "d", "a"]


def test_what_is_removed_in_use_is_let_go_of_by_its_last_user(cache, gone):
    with cache.use("a", lambda: ("a", 10)):
        with cache.use("a", lambda: ("another", 10)) as same:
            assert same == "a"
            cache.remove("a")
        assert gone == []
    assert gone == ["a"]
    use(cache, "b")
    cache.remove("b")
    cache.remove("b")
    assert gone == ["a", "b"]


def test_a_value_that_cannot_be_made_leaves_nothing(cache):
    def fail():
        raise OSError("not to be made")

    with pytest.raises(OSError, match="not to be made"), cache.use("a", fail):
        pass
    assert len(cache) == 0


def test_of_two_that_are_made_at_once_one_stays(cache, gone):
    def slow():
        use(cache, "a")  # another thread's, made meanwhile
        return "late", 10

    with cache.use("a", slow) as value:
        assert value == "late"
    assert gone == ["late"]
    assert use(cache, "a") == "a"


def test_many_threads_let_go_of_each_value_once(gone):
    cache = LruCache(max_entries=3, max_bytes=1000, let_go=gone.append)
    made = []

    def work(first):
        for turn in range(200):

            def make(number=(first, turn)):
                made.append(number)
                return number, 10

            with cache.use((first + turn) % 7, make):
                pass

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.clear()
    assert sorted(gone) == sorted(made)
    assert len(set(gone)) == len(gone)


def test_bytes_are_summed_up_by_name(cache):
    use(cache, "a1", 10)
    use(cache, "a2", 20)
    assert cache.sizes(lambda value: value[0]) == {"a": 30}
    use(cache, "b1", 5)
    assert cache.sizes(lambda value: value[0]) == {"a": 20, "b": 5}
