"""What lies in the place of a file costs nothing, not even a descriptor."""

import errno
import os
import sys

import pytest

from zkcompanion.base.regularfile import NotRegularError, open_regular

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pipes, and links for few")


def test_a_file_is_opened_and_a_link_to_it_where_links_are_followed(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_bytes(b"content")
    link.symlink_to(path)
    for one in (open_regular(path), open_regular(link, follow_links=True)):
        with one as stream:
            assert stream.read() == b"content"
    with pytest.raises(NotRegularError):
        open_regular(link)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("follow_links", [False, True])
def test_what_is_no_file_is_refused_and_nothing_stays_open(tmp_path, make, follow_links):
    make(tmp_path / "a")
    free = os.dup(0)
    os.close(free)
    with pytest.raises(NotRegularError):
        open_regular(tmp_path / "a", follow_links=follow_links)
    again = os.dup(0)
    os.close(again)
    assert again == free


def test_what_is_not_there_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        open_regular(tmp_path / "gone")
    assert caught.value.errno == errno.ENOENT
