from zkcompanion.app.memory import peak_rss_bytes, resident_bytes


def test_the_peak_grows_with_what_is_held_and_never_shrinks():
    before = peak_rss_bytes()
    assert before > 4 << 20
    held = bytearray(b"x" * (64 << 20))
    grown = peak_rss_bytes()
    assert grown >= before
    assert grown > 64 << 20
    del held
    assert peak_rss_bytes() >= grown


def test_what_is_held_now_is_at_most_the_peak_and_grows_by_what_is_held():
    before = resident_bytes()
    held = bytearray(b"x" * (64 << 20))
    assert resident_bytes() - before > 60 << 20
    assert resident_bytes() <= peak_rss_bytes()
    assert len(held) == 64 << 20
