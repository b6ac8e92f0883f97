"""What vector features mean here, in one sentence."""

import re
from pathlib import Path

import pytest

from zkcompanion.hardware.facts import MachineFacts, Processor
from zkcompanion.hardware.meaning import COMPILED_TIMES, VECTOR_TIMES, vector_meaning

PAGE = (Path(__file__).parents[3] / "docs" / "performance.md").read_text()


@pytest.mark.parametrize(
    ("processor", "words"),
    [
        (
            Processor(architecture="x86_64", features=frozenset({"avx512ifma", "avx512vl"})),
            "has AVX-512 IFMA, so the vector",
        ),
        (Processor(architecture="x86_64", features=frozenset({"avx2"})), "does not have AVX-512 IFMA, so the scalar"),
        (Processor(architecture="aarch64", features=frozenset({"asimd"})), "does not have AVX-512 IFMA, so the scalar"),
        (Processor(architecture="riscv64", features=frozenset({"v"})), "not made for this kind of processor"),
        (Processor(architecture="x86_64"), "It is not known whether"),
    ],
)
def test_one_sentence_for_each_family(processor, words):
    said = str(vector_meaning(MachineFacts(processor=processor)))
    assert words in said
    assert said.count(".") == 1 + ("3.2" in said)


def test_the_ratios_are_those_that_were_measured():
    rows = re.findall(r"^\| (\w+) against (\w+) \| [^|]+ \| \*\*([\d.]+)x\*\* \|", PAGE, re.MULTILINE)
    least = {
        (fast, slow): min(float(times) for a, b, times in rows if (a, b) == (fast, slow)) for fast, slow, _ in rows
    }
    assert least == {("ifma", "scalar"): VECTOR_TIMES, ("scalar", "reference"): COMPILED_TIMES}
