"""Where things lie: our data files in a checkout, a wheel and a frozen bundle, and the user's folders.

No other module may work out such a place for itself.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import platformdirs

from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.messages import msg

#: Moves all four of the user's folders, for tests and for portable use.
HOME_VARIABLE = "ZKCOMPANION_HOME"

_PACKAGE = Path(__file__).resolve().parent.parent


def _data_root() -> Path:
    """The folder that holds `resources` and `content`.

    A wheel and a frozen bundle carry them inside the package as `_data` (a bundle's `__file__` lies under its unpacking
    folder, so one rule serves both); a checkout has them beside the package.
    """
    packed = _PACKAGE / "_data"
    return packed if packed.is_dir() else _PACKAGE.parent


def resource_path(*parts: str) -> Path:
    """A file or folder under `resources/`; it need not exist."""
    return _data_root().joinpath("resources", *parts)


def content_path(*parts: str) -> Path:
    """A file or folder under `content/`; it need not exist."""
    return _data_root().joinpath("content", *parts)


def make_private_folder(folder: Path) -> Path:
    """Make `folder` (and its parents) if it is missing, see that it is ours and that only we may enter; return it.

    Raises: FileError where it cannot be made, is not a folder, or belongs to another user.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if sys.platform != "win32":  # there the profile folder's access list does this
            if found.st_uid != os.geteuid():
                raise FileError(
                    msg("this folder belongs to another user."),
                    file=str(folder),
                    hint=msg("Set {variable} to a folder of your own.", variable=HOME_VARIABLE),
                )
            if stat.S_IMODE(found.st_mode) & 0o077:
                folder.chmod(0o700)
    except OSError as error:
        raise FileError(
            msg("this folder cannot be made: {why}.", why=error.strerror or type(error).__name__),
            file=str(folder),
            hint=msg("Set {variable} to a folder of your own.", variable=HOME_VARIABLE),
        ) from error
    return folder


class AppDirs:
    """The user's folders, each made with mode 0700 when it is first asked for.

    `home` (or the environment's ZKCOMPANION_HOME) puts all of them under one folder.
    """

    def __init__(self, home: Path | None = None) -> None:
        if home is None:
            named = os.environ.get(HOME_VARIABLE, "")
            home = Path(named) if named else None
        if home is not None and not home.is_absolute():
            raise UsageError(msg("{variable} must be an absolute path.", variable=HOME_VARIABLE))
        self._home = home
        self._platform = platformdirs.PlatformDirs("zkcompanion", appauthor=False)

    @property
    def home(self) -> Path | None:
        """The one folder that holds all four, if one was named."""
        return self._home

    def _folder(self, name: str, usual: Path) -> Path:
        return make_private_folder(self._home / name if self._home is not None else usual)

    @property
    def cache(self) -> Path:
        """What can be made again: compiled kernels, prepared keys."""
        return self._folder("cache", self._platform.user_cache_path)

    @property
    def data(self) -> Path:
        """What cannot be made again: the install's key, stores."""
        return self._folder("data", self._platform.user_data_path)

    @property
    def state(self) -> Path:
        """History and logs."""
        return self._folder("state", self._platform.user_state_path)

    @property
    def config(self) -> Path:
        """Preferences."""
        return self._folder("config", self._platform.user_config_path)
