"""The window as a whole."""


def test_it_opens_on_the_first_page_on_a_display_of_its_own(window, display, qapp):
    assert window.isVisible()
    assert qapp.platformName() == display
