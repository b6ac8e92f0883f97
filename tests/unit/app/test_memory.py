from zkcompanion.app.memory import peak_rss_bytes


def test_the_peak_grows_with_what_is_held_and_never_shrinks():
    before = peak_rss_bytes()
    assert before > 4 << 20
    held = bytearray(b"x" * (64 << 20))
    grown = peak_rss_bytes()
    assert grown >= before
    assert grown > 64 << 20
    del held
    assert peak_rss_bytes() >= grown
