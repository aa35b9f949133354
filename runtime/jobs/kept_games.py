"""Games of the last explanations, kept for their visitors: another class, or a part left out, needs no call then."""

from __future__ import annotations

import secrets
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.game import Game

MOST_KEPT = 64  #: explanations that are kept
MOST_EACH = 16  #: of one visitor
KEPT_S = 30 * 60.0  #: since an explanation was used last
LONGEST_S = 50 * 60.0  #: since it was made: what it holds of uploads are private copies, which go after an hour
KEPT_BYTES = 64 * 2**20  #: of all but the newest, which is kept whatever its inputs take
ANSWERS_BYTES = 256 * 2**20  #: of one game, to which each explanation and each part left out adds


@dataclass
class KeptGame:
    """An explanation, who may use it, when it was made, and since when it was not used (monotonic seconds).

    mark: what is the same for the same call, b"" of none. game: None where no part can be left out.
    explanation: JSON of the last one that was made. values: bytes of what does not grow.
    """

    owner: str
    mark: bytes
    game: Game | None
    explanation: bytes = b""
    values: int = 0
    made: float = 0.0
    seen: float = 0.0

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        game = self.game
        return self.values + len(self.explanation) + (0 if game is None else game.kept_bytes)


class KeptGames:
    """By an unguessable key. The least recently used go first; a visitor's own before those of others."""

    def __init__(self) -> None:
        self._games: OrderedDict[str, KeptGame] = OrderedDict()

    def keep(self, owner: str, mark: bytes, game: Game | None, explanation: bytes) -> str:
        """Keep an explanation for its owner, in place of the last one of the same game; returns its key."""
        self._drop_old()
        key = next((key for key, one in self._games.items() if game is not None and one.game is game), "")
        now = time.monotonic()
        if not key:
            key = secrets.token_urlsafe(12)
            self._games[key] = KeptGame(owner, mark, game, b"", 0 if game is None else _values_of(game), now)
        one = self._games[key]
        one.explanation, one.seen = explanation, now
        self._games.move_to_end(key)
        self._make_room(key)
        return key

    def explanation(self, owner: str, key: str) -> bytes | None:
        """JSON of the explanation with that key, None when it is not kept or is somebody else's."""
        self._drop_old()
        one = self._games.get(key)
        return one.explanation if one is not None and one.owner == owner else None

    def find(self, owner: str, mark: bytes) -> Game | None:
        """The owner's game of the same call."""
        self._drop_old()
        for one in reversed(self._games.values()):
            if one.owner == owner and one.mark == mark:
                return one.game
        return None

    def get(self, owner: str, key: Any) -> Game:
        """The owner's game with that key. Raises RefusedError: 404 for any other, 422 where it has no game."""
        self._drop_old()
        one = self._games.get(key) if isinstance(key, str) else None
        if one is None or one.owner != owner:
            raise RefusedError(
                404, "unknown_explanation", "This explanation is not kept any more.", "Press Interpret once more."
            )
        one.seen = time.monotonic()
        self._games.move_to_end(key)
        if one.game is None:
            why = "Parts cannot be left out here: the function that explains divides the inputs in its own way."
            raise RefusedError(422, "no_parts", why)
        return one.game

    def _drop_old(self) -> None:
        now = time.monotonic()
        old = [k for k, one in self._games.items() if now - one.seen > KEPT_S or now - one.made > LONGEST_S]
        full = [k for k, one in self._games.items() if one.game is not None and one.game.kept_bytes > ANSWERS_BYTES]
        for key in {*old, *full}:
            del self._games[key]

    def _make_room(self, newest: str) -> None:
        owner = self._games[newest].owner
        own = [key for key, one in self._games.items() if one.owner == owner and key != newest]
        others = sum(one.size for key, one in self._games.items() if key != newest)
        while len(own) >= MOST_EACH or (len(self._games) > 1 and (len(self._games) > MOST_KEPT or others > KEPT_BYTES)):
            gone = self._games.pop(own.pop(0) if own else next(iter(self._games)))
            others -= gone.size


def _values_of(game: Game) -> int:
    """Bytes of the values of a game, about: three times, as parts hold a baseline and a map beside the value."""
    return 3 * sum(_bytes(player.value) for player in game.players)


def _bytes(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, dict):
        return sum(map(_bytes, value.values())) + 200
    if isinstance(value, (list, tuple)):
        return sum(map(_bytes, value)) + 100
    if hasattr(value, "getbands"):  # a picture of pillow
        return int(value.width * value.height * len(value.getbands()))
    if hasattr(value, "memory_usage"):  # a table of pandas
        return int(np.sum(value.memory_usage()))
    return sys.getsizeof(value)
