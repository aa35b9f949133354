from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.server import logins
from quickdemo.runtime.server.passwords import Account, accounts_of, hash_password, read_accounts
from quickdemo.runtime.server.redirects import safe_target
from quickdemo.runtime.server.throttle import Throttle, network
from tests.serving import OURS, PAGE, USER, Serve

ADA = ("ada", "correct horse")


@pytest.mark.parametrize("auth", [ADA, [ADA], [list(ADA), ["bob", "another one"]], ["ada", "correct horse"]])
def test_every_form_of_accounts_lets_the_right_one_in(serve: Serve, auth: Any) -> None:
    client = serve(auth=auth).client()
    assert client.post("/api/predict", json={"data": ["a"]}).status_code == 401
    assert client.post("/login", data=USER).json() == {"success": True}
    assert client.post("/api/predict", json={"data": ["a"]}).json()["data"] == ["A"]


def test_names_are_stripped_and_json_works_too(serve: Serve) -> None:
    client = serve(auth=ADA).client()
    assert client.post("/login", json={**USER, "username": " ada "}).status_code == 200


@pytest.mark.parametrize("answer, let_in", [(True, True), (False, False), (None, False), ("yes", True)])
def test_a_function_decides(serve: Serve, answer: Any, let_in: bool) -> None:
    async def later(user: str, password: str) -> Any:
        return answer

    for check in (lambda user, password: answer, later, lambda user, password: later(user, password)):
        with serve(auth=check).client() as client:
            assert (client.post("/login", data=USER).status_code == 200) == let_in


def test_a_function_that_fails_refuses(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def check(user: str, password: str) -> bool:
        raise SystemExit("never ends the server")

    client = serve(auth=check).client()
    assert client.post("/login", data=USER).status_code == 401
    assert "auth function failed" in caplog.text


def test_a_function_that_hangs_refuses_and_others_go_on(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quickdemo.runtime.server.auth.CHECK_LIMIT_S", 0.05)

    async def check(user: str, password: str) -> bool:
        await asyncio.sleep(60)
        return True

    client = serve(auth=check).client()
    assert client.post("/login", data=USER).status_code == 401
    assert client.get("/livez").status_code == 200


def test_a_browser_is_led_to_the_form_and_back(serve: Serve) -> None:
    client = serve(auth=ADA, auth_message="Ask **Grace**").client()
    assert client.get("/", headers=PAGE).headers["location"] == "login"
    there = client.get("/api/docs?a=1", headers=PAGE)
    assert (there.status_code, there.headers["location"]) == (303, "../login?next=%2Fapi%2Fdocs%3Fa%3D1")
    form = client.get("/login?next=%2Fapi%2Fdocs", headers=PAGE)
    assert "<strong>Grace</strong>" in form.text and 'value="/api/docs"' in form.text
    answer = client.post("/login", data={**USER, "next": "/api/docs"}, headers=PAGE | OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "./api/docs")
    assert client.get("/login", headers=PAGE).headers["location"] == "./"


def test_a_wrong_password_shows_the_form_with_the_tries_left(serve: Serve) -> None:
    client = serve(auth=ADA).client()
    answer = client.post("/login", data={**USER, "password": "wrong"}, headers=PAGE | OURS)
    assert answer.status_code == 401
    assert "do not go together. 4 more tries" in answer.text and "wrong" not in answer.text.replace("wrong_", "")


def test_unknown_users_and_wrong_passwords_get_the_same_answer(serve: Serve) -> None:
    served = serve(auth=ADA)
    bodies = {
        served.client(f"10.0.0.{n}").post("/login", data={"username": user, "password": "x"}).text
        for n, user in enumerate(["ada", "nobody"])
    }
    assert len(bodies) == 1


def test_a_login_is_kept_over_a_reload_and_ends_with_its_account(serve: Serve) -> None:
    client = serve(auth=ADA).client()
    client.post("/login", data=USER)
    after, without = serve(auth=ADA).client(), serve(auth=("bob", "another one")).client()
    after.cookies = without.cookies = client.cookies
    assert after.get("/api/openapi.json").status_code == 200
    assert without.get("/api/openapi.json").status_code == 401


def test_logout_ends_the_login_on_the_server(serve: Serve) -> None:
    served = serve(auth=ADA)
    client, thief, elsewhere = served.client(), served.client(), served.client()
    client.post("/login", data=USER)
    elsewhere.post("/login", data=USER)
    thief.cookies.update(dict(client.cookies))
    assert thief.get("/api/docs").status_code == 200
    assert client.get("/logout", headers=PAGE).status_code in (404, 405)
    assert client.post("/logout", headers=PAGE | OURS).headers["location"] == "login"
    assert not client.cookies
    assert thief.get("/api/docs").status_code == 401
    assert elsewhere.get("/api/docs").status_code == 200


def test_a_logout_at_another_server_of_the_same_demo_ends_the_login_here_too(serve: Serve) -> None:
    here, there = serve(auth=ADA).client(), serve(auth=ADA).client()
    here.post("/login", data=USER)
    there.cookies.update(dict(here.cookies))
    assert here.get("/api/docs").status_code == 200
    assert there.post("/logout", headers=PAGE | OURS).status_code == 303
    until = time.monotonic() + 10
    while here.get("/api/docs").status_code == 200:  # it is trusted for a moment
        assert time.monotonic() < until


def test_each_login_has_a_new_token_and_ends_the_old(serve: Serve) -> None:
    served = serve(auth=ADA)
    client = served.client()
    client.post("/login", data=USER)
    (old,) = client.cookies.values()
    client.post("/login", json=USER)
    (new,) = client.cookies.values()
    assert old != new and len(served.context.store.execute("SELECT * FROM logins")) == 1


def test_logins_end_when_idle_and_when_old(serve: Serve) -> None:
    served = serve(auth=ADA)
    client, store, now = served.client(), served.context.store, time.time()
    client.post("/login", data=USER)
    store.execute("UPDATE logins SET seen = ?", (now - 3600,))
    assert client.get("/api/docs").status_code == 200
    assert store.execute("SELECT seen FROM logins")[0][0] >= now
    store.execute("UPDATE logins SET seen = ?", (now - logins.IDLE_S - 1,))
    assert client.get("/api/docs").status_code == 401
    store.execute("UPDATE logins SET seen = ?, created = ?", (now, now - logins.ABSOLUTE_S - 1))
    assert client.get("/api/docs").status_code == 401


def test_one_user_has_a_bounded_number_of_logins(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "MAX_PER_USER", 3)
    served = serve(auth=ADA)
    for _ in range(5):
        served.client().post("/login", data=USER)
    assert len(served.context.store.execute("SELECT * FROM logins")) == 3


def test_no_token_and_no_password_is_stored(serve: Serve, tmp_path: Path) -> None:
    client = serve(auth=ADA).client()
    client.post("/login", data=USER)
    (token,) = client.cookies.values()
    stored = b"".join(file.read_bytes() for file in (tmp_path / "store").rglob("*") if file.is_file())
    assert token.encode() not in stored and b"correct horse" not in stored


def test_the_cookie_is_for_this_port_and_out_of_reach_of_scripts(serve: Serve) -> None:
    for url, secure in (("http://127.0.0.1:7860", False), ("https://127.0.0.1:7860", True)):
        served = serve(auth=ADA)
        served.context.visitors.__init__(logins.StoredLogins(served.context.store), b"k", 7860, secure)  # type: ignore[misc]
        served.context.visitors.require_login(lambda user: True)
        cookie = served.client(url=url).post("/login", data=USER).headers["set-cookie"]
        name = "__Host-quickdemo_7860" if secure else "quickdemo_7860"
        assert re.fullmatch(
            name + r"=[\w-]{43}; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800" + "; Secure" * secure, cookie
        )


def test_guessing_is_slowed_down_but_the_owner_still_gets_in(serve: Serve) -> None:
    served = serve(auth=ADA)
    home, attacker = served.client("192.0.2.1"), served.client("198.51.100.7")
    assert home.post("/login", data=USER).status_code == 200
    wrong = {**USER, "password": "guess"}
    assert [attacker.post("/login", data=wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    refused = attacker.post("/login", data=USER)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
    assert attacker.post("/login", data={**USER, "username": "bob"}).status_code == 429
    assert home.post("/login", json=USER).status_code == 200


def test_pauses_double_up_to_a_minute_and_are_forgotten() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    pauses = []
    for _ in range(14):
        throttle.failed("account", "address")
        pauses.append(throttle.pause_s("account", "address"))
    assert pauses == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    now[0] = 15 * 60 + 1
    assert throttle.pause_s("account", "address") == 0 and throttle.tries_left("account", "address") == 5


def test_an_own_account_does_not_buy_further_guesses() -> None:
    throttle = Throttle(lambda: 0.0)
    for number in range(8):
        throttle.failed(f"victim {number}", "address")
        throttle.failed("own", "address")
        throttle.succeeded("own", "address")
    assert throttle.pause_s("another", "address") > 0


def test_the_throttle_is_bounded() -> None:
    throttle = Throttle()
    for number in range(12_000):
        throttle.failed(f"account {number}", "address")
    assert len(throttle._failures) <= 10_000


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) == same


@pytest.mark.parametrize("auth", [("ada", ""), ("", "password"), ("ada", 5), [("ada",)], [], "ada:pw", 7])
def test_accounts_that_cannot_be_meant_are_refused_at_start(auth: Any) -> None:
    with pytest.raises(AppError):
        accounts_of(auth)


def test_an_auth_file_has_plain_and_hashed_passwords(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text(f"# the lab\n\nada:correct:horse\ngrace:{hash_password('battery staple')}\n")
    accounts = read_accounts(str(path))
    assert accounts["ada"].matches("correct:horse") and accounts["grace"].matches("battery staple")
    assert not accounts["grace"].matches("correct horse")
    path.write_text("ada\n")
    with pytest.raises(AppError, match="colon"):
        read_accounts(str(path))
    path.write_text("ada:scrypt$1$1\n")
    with pytest.raises(AppError) as caught:
        read_accounts(str(path))
    assert "scrypt$1" not in caught.value.message
    with pytest.raises(AppError, match="cannot be read"):
        read_accounts(str(tmp_path / "none"))


def test_an_auth_file_guards_a_demo_without_auth(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "users").write_text("ada:correct horse\n")
    client = serve(settings={"auth_file": str(tmp_path / "users")}).client()
    assert client.get("/").status_code == 401
    assert client.post("/login", data=USER).status_code == 200


def test_an_account_forgets_the_text_once_it_is_hashed() -> None:
    account = Account("correct horse")
    assert account.matches("correct horse") and not account.matches("wrong")
    account.settle()
    assert account.matches("correct horse") and not account.matches("wrong")
    assert not any("correct horse" in str(value) for value in vars(account).values())


def test_short_passwords_are_warned_of_on_an_open_address(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    serve(auth=("ada", "short"))
    assert "under 8" not in caplog.text
    serve(auth=("ada", "short"), settings={"host": "0.0.0.0"})
    assert "under 8" in caplog.text and "short" not in caplog.text.replace("shorter", "")


def test_a_refused_login_is_logged_without_control_characters(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        serve(auth=ADA).client().post("/login", data={"username": "x\r\n\x1b[31mroot", "password": "hunter2"})
    (line,) = [record.getMessage() for record in caplog.records if record.name == "quickdemo.auth"]
    assert line.isprintable() and "hunter2" not in caplog.text


@given(st.text(max_size=30) | st.from_regex(r"[/\\]{0,3}[a-z.@:/?#]{0,12}", fullmatch=True))
def test_a_redirect_stays_on_this_server(target: str) -> None:
    if safe_target(target) is not None:
        assert target.startswith("/") and not target.startswith(("//", "/\\"))
        assert target.isascii() and target.isprintable() and " " not in target and "\\" not in target


@pytest.mark.parametrize(
    "target", ["https://evil.test", "//evil.test", "/\\evil.test", "/\t/evil.test", "javascript:1"]
)
def test_a_foreign_way_back_is_ignored(serve: Serve, target: str) -> None:
    answer = serve(auth=ADA).client().post("/login", data={**USER, "next": target}, headers=PAGE | OURS)
    assert answer.headers["location"] == "./"


def test_without_accounts_login_leads_to_the_page(serve: Serve) -> None:
    client = serve().client()
    assert client.get("/login", headers=PAGE).headers["location"] == "./"
    assert client.post("/login", data=USER).json() == {"success": True}


def test_two_servers_share_the_logins_file(serve: Serve, tmp_path: Path) -> None:
    client = serve(auth=ADA).client()
    client.post("/login", data=USER)
    with sqlite3.connect(tmp_path / "store" / "state.db") as other:
        assert other.execute("SELECT username FROM logins").fetchall() == [("ada",)]
    other.close()
