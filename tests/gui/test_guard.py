"""PySide6 releases that drop their references to None are refused at the start, in words."""

import ctypes
import sys

import PySide6
import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel

from zkcompanion.base.errors import ExitCode, ResourceError
from zkcompanion.ui.guard import references_lost, require_sound_binding

counted = pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is not counted from Python 3.12 on")


def drops_a_reference():
    """What PySide6 6.12.0 does with every call that returns nothing."""
    ctypes.pythonapi.Py_DecRef(ctypes.py_object(None))


@pytest.fixture
def borrowed():
    """Gives back the references that a test drops."""
    yield
    if sys.version_info < (3, 12):
        for _ in range(200):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))


def test_the_installed_binding_keeps_its_references(qapp):
    require_sound_binding()
    thing, label = QObject(), QLabel()
    for call in (lambda: thing.setObjectName("x"), qapp.processEvents, label.update, thing.parent):
        assert abs(references_lost(call, 1000)) < 100


@counted
def test_a_binding_that_drops_references_is_refused_by_name(borrowed):
    with pytest.raises(ResourceError) as caught:
        require_sound_binding(drops_a_reference)
    assert PySide6.__version__ in str(caught.value)
    assert "6.12.0" in str(caught.value.hint)
    assert "pip install" in str(caught.value.hint)
    assert caught.value.exit_code == ExitCode.RESOURCES


@counted
def test_the_drops_are_counted(borrowed):
    assert 90 <= references_lost(drops_a_reference) <= 110


def test_later_pythons_are_not_asked(borrowed):
    require_sound_binding(drops_a_reference if sys.version_info < (3, 12) else None, python=(3, 12))
