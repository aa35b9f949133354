"""How many digits the scores of an explanation are written with."""

import math

_MOST = 12  #: decimals


def decimals(strongest: float) -> int:
    """Decimals with which the strongest score, in absolute value, has at least four digits, and all others stand
    below it in the same column."""
    if not (strongest > 0 and math.isfinite(strongest)):
        return 4
    return min(max(3 - math.floor(math.log10(strongest)), 0), _MOST)
