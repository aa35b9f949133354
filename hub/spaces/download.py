"""The files of one commit of a Space, from the Hub, and the large ones from where the Hub keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from quickdemo.hub.errors import HubError
from quickdemo.hub.outbound import Outbound, body_of, pieces_of
from quickdemo.hub.spaces.lookup import Space
from quickdemo.hub.tokens import HUB, Token, hub_address
from quickdemo.hub.wording import upper

if TYPE_CHECKING:
    import requests


class Files:
    """`with Files(space, token) as files: files.save("app.py", path, most_bytes)`. Everything raises HubError."""

    def __init__(self, space: Space, token: Token) -> None:
        self._space = space
        self._address = hub_address()
        self._outbound = Outbound(self._address, token.for_hub, is_ours=self._address != HUB)

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._outbound.close()

    def text(self, name: str, most_bytes: int) -> str:
        """The text of a small one."""
        with self._asked(name) as answer:
            return body_of(answer, self._space.what, most_bytes).decode("utf-8", "replace")

    def save(self, name: str, path: Path, most_bytes: int) -> int:
        """Write it to `path`; how many bytes it has."""
        size = 0
        with self._asked(name) as answer, open(path, "wb") as file:
            for piece in pieces_of(answer, self._space.what, most_bytes):
                size += file.write(piece)
        return size

    def _asked(self, name: str) -> requests.Response:
        space = self._space
        url = f"{self._address}/spaces/{space.id}/resolve/{space.commit}/{quote(name)}"
        answer = self._outbound.request("GET", url, what=space.what, leads_on=True)
        if answer.status_code != 200:
            answer.close()
            raise HubError("server", f"{upper(space.what)} does not give its file {name!r:.80}.")
        return answer
