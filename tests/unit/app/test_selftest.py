import pytest

from zkcompanion.app.application import Application
from zkcompanion.app.proving_service import ProvingService
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.verification_service import VerificationService
from zkcompanion.base.errors import Cancelled, ResourceError
from zkcompanion.base.messages import msg

pytestmark = pytest.mark.kernels

NAMES = ["parts", "folders", "kernels", "proof", "refusal"]


@pytest.fixture
def app():
    with Application(Settings(threads=1)) as app:
        yield app


def test_a_sound_installation_passes(app):
    view = app.self_test(RecordingTrace())
    assert view.passed, view
    assert [check.name for check in view.checks] == NAMES


def test_what_fails_is_named_and_the_rest_still_runs(app, monkeypatch):
    def fail(self, request, trace):
        raise ResourceError(msg("There is not enough memory for this."))

    monkeypatch.setattr(ProvingService, "prove", fail)
    view = app.self_test(RecordingTrace())
    assert not view.passed
    assert [check.passed for check in view.checks] == [True, True, True, False, False]
    assert str(view.checks[3].detail) == "There is not enough memory for this."


def test_an_unexpected_error_is_a_failed_check_and_its_text_is_kept_back(app, monkeypatch):
    def fail(self, request, trace):
        raise KeyError("1234")

    monkeypatch.setattr(ProvingService, "prove", fail)
    assert str(app.self_test(RecordingTrace()).checks[3].detail) == "Unexpected error KeyError."


def test_a_verifier_that_refuses_nothing_fails(app, monkeypatch):
    honest = VerificationService.verify

    def blind(self, request, trace, *, allow_insecure_key):
        view = honest(self, request, trace, allow_insecure_key=allow_insecure_key)
        return type(view)(
            verified=True,
            reason=None,
            message=view.message,
            hint=None,
            key=view.key,
            public_signals=view.public_signals,
            seconds=view.seconds,
        )

    monkeypatch.setattr(VerificationService, "verify", blind)
    view = app.self_test(RecordingTrace())
    assert [check.passed for check in view.checks] == [True, True, True, True, False]


def test_it_can_be_cancelled(app):
    trace = RecordingTrace()
    trace.cancel.set()
    with pytest.raises(Cancelled):
        app.self_test(trace)
