"""`docs/stricter-than-snarkjs.md`: each entry is refused here, and snarkjs really accepts it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.stricter import examples, honest
from zkcompanion.proving.formats.proofjson import proof_from_json, public_from_json, verification_key_from_json
from zkcompanion.proving.groth16.verify import verify_proof

ROOT = Path(__file__).resolve().parents[4]
LIST = (ROOT / "docs" / "stricter-than-snarkjs.md").read_text()
SNARKJS = ROOT / "tests" / "interop" / "node_modules" / "snarkjs"

SCRIPT = """
const snarkjs = require(process.argv[1]);
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
    const verdicts = {};
    for (const [name, c] of Object.entries(cases)) {
        try {
            const parts = [c.key, c.public, c.proof].map((text) => JSON.parse(text));
            verdicts[name] = await snarkjs.groth16.verify(...parts);
        } catch (error) {
            verdicts[name] = String(error);
        }
    }
    console.log(JSON.stringify(verdicts));
    process.exit(0);
})();
"""


def verify_here(example, pairing):
    verify_proof(
        verification_key_from_json(example.key.encode(), file="verification_key.json"),
        public_from_json(example.public.encode(), file="public.json"),
        proof_from_json(example.proof.encode(), file="proof.json"),
        pairing=pairing,
    )


@pytest.fixture(scope="module")
def snarkjs_verdicts():
    """What `snarkjs groth16 verify` says of every example, in one process."""
    cases = {
        name: {"key": e.key, "public": e.public, "proof": e.proof}
        for name, e in (examples() | {"honest": honest()}).items()
    }
    wrong = dict(cases["honest"], public='["39", "0"]')
    run = subprocess.run(
        [shutil.which("node"), "-e", SCRIPT, str(SNARKJS)],
        input=json.dumps(cases | {"wrong": wrong}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(run.stdout)


def test_the_control_is_accepted(reference_pairing):
    verify_here(honest(), reference_pairing)


@pytest.mark.parametrize("number", examples())
def test_refused_here(number, reference_pairing):
    example = examples()[number]
    with pytest.raises(example.error) as refusal:
        verify_here(example, reference_pairing)
    assert type(refusal.value) is example.error
    assert getattr(refusal.value, "reason", None) == example.reason
    if example.reason is not None:
        assert f"`{example.reason}`" in entries()[number]


@pytest.mark.node
@pytest.mark.parametrize("number", examples())
def test_accepted_by_snarkjs(number, snarkjs_verdicts):
    assert snarkjs_verdicts[number] is True


@pytest.mark.node
def test_snarkjs_tells_right_from_wrong_at_all(snarkjs_verdicts):
    assert snarkjs_verdicts["honest"] is True
    assert snarkjs_verdicts["wrong"] is False


def entries() -> dict[str, str]:
    """Number to text of each entry of the list."""
    parts = re.split(r"^### (S\d\d)\b", LIST, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_list_and_the_examples_have_the_same_entries():
    assert list(entries()) == list(examples())
    assert list(entries()) == [f"S{i:02d}" for i in range(1, len(entries()) + 1)]


@pytest.mark.parametrize("number", examples())
def test_each_entry_names_its_test_and_the_test_is_here(number):
    named = re.search(r"Test: `([^`]+)`", entries()[number])
    assert named is not None
    assert named[1] == f"tests/unit/proving/groth16/test_stricter_list.py::test_refused_here[{number}]"
    assert (ROOT / named[1].partition("::")[0]) == Path(__file__).resolve()
