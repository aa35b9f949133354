"""A login holds on every front, until it ends on one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.server import shared_logins
from quickdemo.runtime.server.logins import ABSOLUTE_S, IDLE_S, TOUCH_S
from quickdemo.runtime.server.shared_logins import SharedLogins
from tests.jobs.brokers import NatsServer, nats_server
from tests.jobs.cluster.hosts import Hosts, ask, predict
from tests.jobs.cluster.tunings import QUICK
from tests.jobs.engines import run
from tests.running import Run, until

APP = """
import quickdemo as gr

demo = gr.Interface(lambda text: text, "text", "text")
demo.launch(auth=[("ada", "analytical"), ("bob", "bobs own one")])
"""
ONE, OTHER = b"1" * 32, b"2" * 32


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """A broker of their own."""
    (tmp_path / "broker").mkdir()
    with nats_server(tmp_path / "broker") as broker, ExitStack() as stack:
        yield Hosts(tmp_path, broker, stack, APP)


def log_in(front: Run, username: str, password: str) -> dict[str, str]:
    """The header with the cookie."""
    status, headers, body = ask(front, "POST", "/login", {"username": username, "password": password})
    assert status == 200, body
    return {"Cookie": headers["set-cookie"].partition(";")[0]}


def status_at(front: Run, cookie: dict[str, str]) -> int:
    return ask(front, "GET", "/api/docs", headers=cookie)[0]


@pytest.mark.slow
def test_a_login_at_one_front_holds_at_the_other_until_a_logout_there(hosts: Hosts) -> None:
    (a, b), _ = hosts.fronts(), hosts.workers(1)
    assert status_at(b, {}) == 401
    cookie, other = log_in(a, "ada", "analytical"), log_in(a, "bob", "bobs own one")
    assert (status_at(a, cookie), status_at(b, cookie), status_at(b, other)) == (200, 200, 200)
    first = predict(b, "x", **cookie)
    assert first["data"] == ["x"]

    hosts.broker.kill()
    hosts.broker.start()
    until(lambda: status_at(a, cookie) == 200)  # while it is away: 503
    until(lambda: status_at(b, cookie) == 200)

    status, headers, _ = ask(b, "POST", "/logout", {}, cookie)
    assert status == 200 and "Max-Age=0" in headers["set-cookie"]
    assert status_at(b, cookie) == 401
    until(lambda: status_at(a, cookie) == 401, 5)
    assert (status_at(a, other), status_at(b, other)) == (200, 200)

    token = cookie["Cookie"].partition("=")[2]
    held = b"".join(file.read_bytes() for file in (hosts.broker.folder).rglob("*.blk"))
    assert b"logins" in held and token.encode() not in held


async def two(url: str, app: str) -> tuple[Clustered, Clustered]:
    return Clustered(url, app, tuning=QUICK), Clustered(url, app, tuning=QUICK)


def test_whoever_ends_it_ends_it_for_all(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        one, other = await two(broker.url, app)
        async with one, other:
            here, there = SharedLogins(one.logins), SharedLogins(other.logins)
            await here.start(ONE, "ada")
            login = await there.find(ONE)
            assert login is not None and login.username == "ada" and await there.find(OTHER) is None
            assert await there.find(ONE) == login  # remembered
            await here.end(ONE)
            assert await here.find(ONE) is None
            while await there.find(ONE) is not None:  # sooner than what is remembered would be read again
                await asyncio.sleep(0.01)
            await here.end(ONE)
            await one.destroy()

    run(main(), 4)


def test_a_logout_while_it_is_read_is_not_missed(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        one, other = await two(broker.url, app)
        async with one, other:
            here, there = SharedLogins(one.logins), SharedLogins(other.logins)
            for _ in range(20):
                await here.start(ONE, "ada")
                await asyncio.gather(there.find(ONE), here.end(ONE), there.find(ONE))
                while await there.find(ONE) is not None:
                    await asyncio.sleep(0.01)
            await one.destroy()

    run(main())


def test_a_login_that_is_used_does_not_come_back_after_its_end(
    broker: NatsServer, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written down that it was used: not after it has ended."""

    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as one:
            logins = SharedLogins(one.logins)
            await logins.start(ONE, "ada")
            began = await logins.find(ONE)
            assert began is not None
            monkeypatch.setattr(shared_logins.time, "time", lambda: began.seen + TOUCH_S + 1)
            assert await logins.find(ONE) == began
            renewed = await logins.find(ONE)
            assert renewed is not None and renewed.seen == began.seen + TOUCH_S + 1
            data = await one.logins.get(ONE.hex())
            assert data is not None
            await one.logins.table.drop(ONE.hex())  # as another host does, just now
            await one.logins.renew(ONE.hex(), data, data)
            one.logins._forget()
            assert await logins.find(ONE) is None
            await one.destroy()

    run(main())


@pytest.mark.parametrize("later_s", [IDLE_S + 1, ABSOLUTE_S + 1])
def test_logins_end_when_idle_and_when_old(
    broker: NatsServer, app: str, monkeypatch: pytest.MonkeyPatch, later_s: float
) -> None:
    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as one:
            logins = SharedLogins(one.logins)
            await logins.start(ONE, "ada")
            began = await logins.find(ONE)
            assert began is not None
            monkeypatch.setattr(shared_logins.time, "time", lambda: began.seen + later_s)
            assert await logins.find(ONE) is None
            await one.destroy()

    run(main())


def test_one_user_has_a_bounded_number_of_logins(broker: NatsServer, app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_logins, "MAX_PER_USER", 3)
    tokens = [bytes([n]) * 32 for n in range(5)]

    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as one:
            logins = SharedLogins(one.logins)
            await logins.start(ONE, "bob")
            for token in tokens:
                await logins.start(token, "ada")
            found = [await logins.find(token) is not None for token in tokens]
            assert found == [False, False, True, True, True]
            assert await logins.find(ONE) is not None
            await one.destroy()

    run(main())


def test_logins_that_have_ended_do_not_count(broker: NatsServer, app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that several people use, who log in and out."""
    monkeypatch.setattr(shared_logins, "MAX_PER_USER", 3)

    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as one:
            logins = SharedLogins(one.logins)
            await logins.start(ONE, "ada")
            await logins.start(OTHER, "ada")
            for token in (bytes([n]) * 32 for n in range(6)):
                await logins.start(token, "ada")
                await logins.end(token)
            assert await logins.find(ONE) is not None and await logins.find(OTHER) is not None
            for token in (b"3" * 32, b"4" * 32):
                await logins.start(token, "ada")
            assert await logins.find(ONE) is None and await logins.find(OTHER) is not None
            await one.destroy()

    run(main())


def test_while_the_broker_is_away_nobody_is_logged_out(own_broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with Clustered(own_broker.url, app, tuning=QUICK) as one:
            logins = SharedLogins(one.logins)
            await logins.start(ONE, "ada")
            own_broker.kill()
            with pytest.raises(RefusedError) as refused:
                await logins.end(ONE)
            assert refused.value.status == 503
            with pytest.raises(RefusedError):
                await logins.find(ONE)
            own_broker.start()
            assert await logins.find(ONE) is not None

    run(main())
