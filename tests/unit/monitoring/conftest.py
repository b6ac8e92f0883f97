"""What tests of monitoring share."""

import pytest


@pytest.fixture
def tree(tmp_path):
    """`tree(name, text)` writes a file below `tree.root`, as a system has them below `/`."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")

    write.root = tmp_path
    return write
