"""The key of an install's seals: 32 random bytes in a file that its owner alone may read."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from pathlib import Path

from zkcompanion.base.atomicfile import sync_folder, temporary_beside, write_atomic
from zkcompanion.base.paths import make_private_folder

_KEY_BYTES = 32


def load_key(key_file: Path) -> bytes:
    """The key at this place, made where there is none, replaced where it is damaged or not ours alone.

    Two processes that both find none agree on one: the file is linked into place, which fails for the second.
    Raises: OSError, FileError where no key can be had.
    """
    make_private_folder(key_file.parent)
    mac_key = _read_key(key_file)
    if mac_key is None and os.path.lexists(key_file):
        # read again: another process may have put a sound one there meanwhile, and it appears whole or not at all
        mac_key = _read_key(key_file)
        if mac_key is None:  # damaged, or not ours alone and so perhaps known to others
            with contextlib.suppress(FileNotFoundError):
                key_file.unlink()
    if mac_key is None:
        _make_key(key_file)
        mac_key = _read_key(key_file)
    if mac_key is None:
        raise OSError("the key file does not stay as it was written")
    return mac_key


def ours_alone(found: os.stat_result, others: int) -> bool:
    """Whether the file is ours and grants none of the mode bits `others`; Windows leaves this to the access list."""
    if sys.platform == "win32":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & others


def _read_key(path: Path) -> bytes | None:
    """The key, or None where there is no sound private file of ours."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or not ours_alone(found, 0o077):
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return content if len(content) == _KEY_BYTES else None


def _make_key(path: Path) -> None:
    """Put a new random key at `path` unless another process is first."""
    draft = temporary_beside(path)
    write_atomic(draft, secrets.token_bytes(_KEY_BYTES))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    except (OSError, NotImplementedError):
        # a file system without links: rename, and the last of two first starts wins
        draft.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    sync_folder(path.parent)
