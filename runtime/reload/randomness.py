"""Random generators across a fork: seeded ones go on exactly, unseeded ones start afresh."""

from __future__ import annotations

import random
import sys
from typing import Any

_REFILLS = 100  # how many blocks of 624 numbers the script may have drawn for its state to be recognised
_CHOSEN_SEED = 2**32  # torch draws larger ones from the system


class Randomness:
    """`before_fork` in the process that is copied, `in_copy` in the copy."""

    def __init__(self) -> None:
        self._start = random.getstate()
        self._saved: Any = None

    def before_fork(self) -> None:
        """Remember a generator that the script has seeded."""
        state = random.getstate()
        self._saved = None if self._is_unseeded(state) else state

    def in_copy(self) -> None:
        """CPython reseeds `random` in every forked child; numpy and torch do not reseed theirs."""
        if self._saved is not None:
            random.setstate(self._saved)
        else:
            self._start = random.getstate()
        numpy = sys.modules.get("numpy.random")
        if numpy is not None:
            generator = numpy.mtrand._rand._bit_generator
            if getattr(generator, "seed_seq", None) is not None:  # None after np.random.seed()
                numpy.set_bit_generator(numpy.MT19937())
        torch = sys.modules.get("torch")
        if torch is not None and hasattr(torch, "default_generator"):
            if torch.default_generator.initial_seed() >= _CHOSEN_SEED:
                torch.default_generator.seed()

    def _is_unseeded(self, state: Any) -> bool:
        """Whether it lies on the path from the state at the start: some numbers drawn, no seed set."""
        twin = random.Random()
        twin.setstate(self._start)
        for _ in range(_REFILLS):
            if twin.getstate()[1][:-1] == state[1][:-1]:
                return True
            twin.getrandbits(32 * 624)
        return False
