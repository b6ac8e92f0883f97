"""Whatever crosses to a worker and back comes out as it went in."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkcompanion.app import codec
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.codec import Failure, decode, encode, error_of, failure_of
from zkcompanion.app.error_views import ErrorView, error_view
from zkcompanion.app.job_progress import RunProgress
from zkcompanion.app.job_views import CircuitView, ProofOrder, SortedFilesView, VerifyOrder
from zkcompanion.app.views import PhaseProfile, Profile, ProofView, ProvingView, SelfTestView, VerificationView
from zkcompanion.app.worker_entry import ExampleId, Paths, Warmth, WorkerConfig
from zkcompanion.base import errors
from zkcompanion.base.errors import BugError, CompanionError, FileError, InputError, InvalidProofError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.proofjson import public_to_json
from zkcompanion.proving.kernels.jit import KernelsUnavailable
from zkcompanion.storage.errors import ClosedError, DamagedError

NAMES = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
FLOATS = st.floats(allow_nan=False)
COUNTS = st.integers(-(2**63), 2**64 - 1)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**300), 2**300), FLOATS, st.text(max_size=20))
MESSAGES = st.recursive(
    st.builds(Message, st.text(max_size=20), st.dictionaries(NAMES, VALUES, max_size=3).map(MappingProxyType)),
    lambda inner: st.builds(
        Message,
        st.text(max_size=20),
        st.dictionaries(NAMES, VALUES | inner, max_size=3).map(MappingProxyType),
        st.none() | st.just("plural"),
    ),
    max_leaves=4,
)
PATHS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10).map(Path),
    st.binary(max_size=5).map(lambda data: Path(os.fsdecode(data.replace(b"\0", b"")))),
)
st.register_type_strategy(Message, MESSAGES)
st.register_type_strategy(Path, PATHS)
st.register_type_strategy(float, FLOATS)
st.register_type_strategy(int, COUNTS)
PROFILES = st.builds(
    Profile, st.dictionaries(NAMES, st.builds(PhaseProfile, FLOATS, COUNTS, FLOATS), max_size=2), COUNTS, FLOATS
)
PROOFS = st.lists(
    st.builds(
        ProofView,
        FLOATS,
        st.dictionaries(NAMES, FLOATS, max_size=3),
        COUNTS,
        st.booleans(),
        st.none() | PROFILES,
    ),
    max_size=2,
).map(tuple)

CROSSING = (
    ProofOrder,
    VerifyOrder,
    CircuitFiles,
    Paths,
    ExampleId,
    WorkerConfig,
    Warmth,
    RunProgress,
    Failure,
    CircuitView,
    SortedFilesView,
    VerificationView,
    SelfTestView,
)


@settings(max_examples=8)
@pytest.mark.parametrize("kind", CROSSING)
@given(data=st.data())
def test_views_and_orders_come_back_as_they_were(kind, data):
    value = data.draw(st.from_type(kind))
    assert decode(bytes(encode(value)), kind) == value


@settings(max_examples=15)
@given(data=st.data(), public=st.lists(st.integers(0, FR.modulus - 1), max_size=3).map(tuple))
def test_a_proof_comes_back_with_its_public_signals(data, public):
    view = data.draw(
        st.builds(
            ProvingView,
            proofs=PROOFS,
            files=st.dictionaries(NAMES, st.text(max_size=5), max_size=2),
            public_signals=st.just(public),
            public_json=st.just(public_to_json(public)),
        )
    )
    assert decode(bytes(encode(view)), ProvingView) == view


def test_a_sentence_reads_the_same():
    sentence = msg(
        "{file} has {n} of {most}: {why}",
        file=Path("a") / "b.zkey",
        n=np.uint64(7),
        most=1 << 300,
        why=msg("{x:.1f}", x=2.5),
    )
    view = ErrorView("code", sentence)
    back = decode(bytes(encode(view)), ErrorView)
    assert str(back.message) == str(sentence) == f"a/b.zkey has 7 of {1 << 300}: 2.5"


def test_names_that_are_no_unicode_cross(tmp_path):
    odd = os.fsdecode(b"caf\xe9")
    files = CircuitFiles(name=odd, r1cs=tmp_path / odd)
    back = decode(bytes(encode(files)), CircuitFiles)
    assert back.r1cs == files.r1cs
    assert back.name == "caf\\udce9"
    view = SortedFilesView(files, refused=((odd, ErrorView("c", msg("{f}", f=odd))),), doubles=(odd,))
    back = decode(bytes(encode(view)), SortedFilesView)
    assert str(back.refused[0][1].message) == back.refused[0][0] == back.doubles[0] == "caf\\udce9"
    warm = encode(Warmth("k", 1, (Message(odd, {"a": 1}),)))  # parameters as anybody may give them
    assert decode(bytes(warm), Warmth).notices[0].template == "caf\\udce9"


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", b"\x81\xa4name\x05", b"\x93\x01\x02\x03"])
def test_what_is_no_such_view_is_a_fault_of_ours_that_shows_nothing(data):
    with pytest.raises(BugError, match="CircuitFiles") as caught:
        decode(data, CircuitFiles)
    assert str(caught.value.__cause__) == ""


def test_what_cannot_cross_is_named_by_its_type_alone():
    with pytest.raises(TypeError, match="object"):
        encode(Warmth("k", 1, (object(),)))


ERRORS = (
    errors.UsageError(msg("usage"), hint=msg("hint {a}", a=1)),
    InputError(msg("Input {signal} is missing.", signal="x")),
    FileError(msg("is damaged"), file="a.zkey", section="2 (header)", offset=7),
    errors.UnsupportedFileError(msg("is PLONK"), file="a.zkey", hint=msg("h")),
    errors.ResourceError(msg("memory")),
    errors.NoRoomError(msg("no room"), hint=msg("h")),
    errors.UnsatisfiedWitnessError(msg("constraint {n}", n=3)),
    InvalidProofError(msg("no"), reason="pairing"),
    errors.InsecureKeyError(msg("no"), reason="gamma-is-delta", hint=msg("h")),
    errors.MissingFileError(msg("gone"), file="a.zkey"),
    errors.NotAllowedError(msg("no"), file="a.zkey"),
    errors.ReadOnlyError(msg("no"), file="a.zkey"),
    errors.DiskFaultError(msg("no"), file="a.zkey"),
    errors.DiskFullError(msg("full")),
    errors.Cancelled(),
    BugError(msg("bug")),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_back_as_what_it_was(error):
    failure = decode(bytes(encode(failure_of(error, description="frames"))), Failure)
    back = error_of(failure)
    assert type(back) is type(error)
    assert (str(back), back.message, back.hint, back.code) == (str(error), error.message, error.hint, error.code)
    assert vars(back) == vars(error)
    assert failure.description == "frames"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (KernelsUnavailable(msg("no code here")), BugError),
        (DamagedError(msg("damaged"), file="a"), FileError),
        (ClosedError(), errors.ResourceError),
    ],
)
def test_an_error_of_another_package_keeps_its_code_and_becomes_what_it_descends_from(error, kind):
    back = error_of(decode(bytes(encode(failure_of(error))), Failure))
    assert type(back) is kind
    assert (str(back), back.code) == (str(error), error.code)
    assert error_view(back).whose is error_view(error).whose


def test_every_class_of_errors_is_among_them():
    assert set(codec._KINDS.values()) == {type(error) for error in ERRORS} | {CompanionError, errors.KnownError}


def test_the_view_of_an_error_names_reason_and_signal():
    views = {type(error): failure_of(error).view for error in ERRORS}
    assert views[InvalidProofError].reason == "pairing"
    assert views[InputError].signal == "x"
    assert views[FileError].signal is views[FileError].reason is None
    assert failure_of(InputError(msg("Something else."))).view.signal is None


def test_an_error_of_an_unknown_kind_is_a_fault_of_ours():
    view = ErrorView("x", msg("sentence"))
    assert type(error_of(Failure("os.system", view))) is BugError
    assert error_of(Failure("InvalidProofError", view)).reason == ""
    assert error_of(Failure("FileError", view)).file == ""


def test_mappings_in_orders_need_no_type_of_their_own():
    assert isinstance(decode(bytes(encode(Warmth("k", 1, (msg("a"),)))), Warmth).notices[0].params, Mapping)


def test_inputs_are_not_shown():
    order = ProofOrder(CircuitFiles("c"), msg("t"), "f", inputs=b"secret")
    assert "secret" not in repr(order)
