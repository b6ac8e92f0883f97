"""Known answer of the group `pairing`: e(G1, G2), by all three kernels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zkcompanion.proving.fields import FP, from_mont_limbs
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g1_to_limbs, g2_to_limbs

#: e(G1, G2) as snarkjs has it, in the order of memory; its value is that of py_ecc to the power
#: 2x(6x^2 + 3x + 1), see `reference/pairing`.
_GENERATOR_PAIRING = [
    17264119758069723980713015158403419364912226240334615592005620718956030922389,
    1300711225518851207585954685848229181392358478699795190245709208408267917898,
    8894217292938489450175280157304813535227569267786222825147475294561798790624,
    1829859855596098509359522796979920150769875799037311140071969971193843357227,
    4968700049505451466697923764727215585075098085662966862137174841375779106779,
    12814315002058128940449527172080950701976819591738376253772993495204862218736,
    4233474252585134102088637248223601499779641130562251948384759786370563844606,
    9420544134055737381096389798327244442442230840902787283326002357297404128074,
    13457906610892676317612909831857663099224588803620954529514857102808143524905,
    5122435115068592725432309312491733755581898052459744089947319066829791570839,
    8891987925005301465158626530377582234132838601606565363865129986128301774627,
    440796048150724096437130979851431985500142692666486515369083499585648077975,
]
#: Upper bound of the lines of one point, in limbs.
_LINE_LIMBS = 128 * 16


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group gives the value above."""
    p, q = g1_to_limbs([G1_GENERATOR]), g2_to_limbs([G2_GENERATOR])
    lines, flags = np.zeros(_LINE_LIMBS, np.uint64), np.zeros(1, np.uint64)
    kernel("g2_line_table")(lines.ctypes.data, flags.ctypes.data, q.ctypes.data, 1)
    if flags[0] != 1:
        return False
    value, result, scratch = np.empty(48, np.uint64), np.empty(48, np.uint64), np.empty_like(p)
    kernel("gt_miller_loop")(value.ctypes.data, scratch.ctypes.data, p.ctypes.data, lines.ctypes.data, 1)
    kernel("gt_final_exponentiation")(result.ctypes.data, value.ctypes.data, 1)
    return from_mont_limbs(result.reshape(-1, 4), FP) == _GENERATOR_PAIRING
