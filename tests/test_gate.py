from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.server.app import routes
from quickdemo.runtime.server.gate import PUBLIC, PUBLIC_PREFIX
from quickdemo.runtime.server.hosts import Hosts, is_loopback
from tests.serving import ORIGIN, OURS, PAGE, USER, Serve

AUTH = (USER["username"], USER["password"])


def test_every_route_is_closed_without_a_login(serve: Serve) -> None:
    served = serve(auth=AUTH)
    every: list[Any] = routes(served.context)
    assert len(every) >= 12
    for route in every:
        path = route.path
        for name in ("name", "handle"):
            path = path.replace("{" + name + "}", "predict")
        for method in sorted(route.methods or {"GET", "POST", "DELETE"}):
            if (method, path) in PUBLIC or path.startswith(PUBLIC_PREFIX):
                continue
            assert served.client().request(method, path).status_code == 401, f"{method} {path}"


def test_what_does_not_exist_is_closed_too(serve: Serve) -> None:
    client = serve(auth=AUTH).client()
    for path in ("/nope", "/static", "/staticx", "/login/", "/livez/x", "/docs", "/%6cogin/x", "/api"):
        assert client.get(path).status_code == 401, path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_public_paths_are_public_for_reading_only(serve: Serve, method: str) -> None:
    client = serve(auth=AUTH).client()
    assert client.request(method, "/livez").status_code == 401
    assert client.request(method, "/static/x.js").status_code == 401


@pytest.mark.parametrize(
    "host",
    [
        "evil.test", "evil.test:7860", "localhost.evil.test", "127.0.0.1.evil.test", "localhost:7861", "127.0.0.1:80",
        "", "localhost:7860@evil.test", "x/../../", "localhost/..", "[::1", "127.1", "2130706433", "0.0.0.0",
        "localhost:7860, evil.test", "192.168.1.5",
    ],
)  # fmt: skip
def test_a_foreign_host_is_misdirected(serve: Serve, host: str) -> None:
    client = serve().client()
    for path in ("/", "/livez", "/nope", "/api/events"):
        assert client.get(path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:7860", "LOCALHOST:7860", "[::1]:7860", "[::1]"])
def test_our_own_names_are_known(serve: Serve, host: str) -> None:
    assert serve().client().get("/livez", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "bound, allowed, header, accepted",
    [
        ("0.0.0.0", (), "192.168.1.5:7860", True),
        ("0.0.0.0", (), "[fe80::1]:7860", True),
        ("::", (), "10.0.0.1", True),
        ("0.0.0.0", (), "my-machine:7860", False),
        ("0.0.0.0", ("demo.test",), "demo.test", True),
        ("127.0.0.1", ("demo.test",), "demo.test:8443", False),
        ("127.0.0.1", ("demo.test:8443",), "demo.test:8443", True),
        ("192.168.1.5", (), "192.168.1.5:7860", True),
        ("192.168.1.5", (), "192.168.1.6:7860", False),
        ("fd00::5", (), "[fd00::5]:7860", True),
        ("/run/demo.sock", (), "localhost", True),
        ("/run/demo.sock", (), "localhost:9", True),
        ("/run/demo.sock", (), "evil.test", False),
    ],
)
def test_the_bound_address_and_allowed_names_are_known(
    bound: str, allowed: tuple[str, ...], header: str, accepted: bool
) -> None:
    assert Hosts(bound, 7860, allowed).accepts(header.encode()) == accepted


@given(st.binary(max_size=40))
def test_no_other_bytes_are_a_host(header: bytes) -> None:
    ours = {b"127.0.0.1", b"localhost", b"[::1]"}
    expected = header.lower() in ours | {name + b":7860" for name in ours}
    assert Hosts("127.0.0.1", 7860).accepts(header) == expected


@pytest.mark.parametrize(
    "address, near",
    [
        ("127.0.0.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("", False),
        ("x", False),
    ],
)
def test_loopback_is_recognised(address: str, near: bool) -> None:
    assert is_loopback(address) == near


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": ORIGIN}, 403),
        ({"origin": ORIGIN}, 200),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:7861"}, 403),
        ({"origin": "http://127.0.0.1:7860.evil.test"}, 403),
        ({"origin": "http://127.0.0.1"}, 403),
        ({"origin": "https://127.0.0.1:7860"}, 403),
        ({"origin": "file://"}, 403),
        ({}, 200),
    ],
)
@pytest.mark.parametrize("cookie", [False, True])
def test_only_our_own_pages_may_change_anything(
    serve: Serve, headers: dict[str, str], status: int, cookie: bool
) -> None:
    client = serve().client()
    if cookie:
        client.get("/", headers=PAGE)
        assert client.cookies
    assert client.post("/api/predict", json={"data": ["a"]}, headers=headers).status_code == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_with_a_cookie_must_say_where_it_comes_from(serve: Serve, kind: str) -> None:
    client = serve(auth=AUTH).client()
    client.post("/login", data=USER)
    assert client.post("/logout", headers={"content-type": kind}).status_code == 403
    assert client.post("/logout", headers={"content-type": kind} | OURS).status_code == 200


def test_files_streams_and_values_are_not_for_other_sites(serve: Serve) -> None:
    client = serve().client()
    wire = client.post("/api/files", content=b"x", headers={"x-file-name": "x"}).json()
    for path in (f"/{wire['url']}", "/api/events", "/api/values/predict/i0"):
        assert client.get(path, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_forwarded_headers_change_nothing(serve: Serve) -> None:
    client = serve().client()
    forged = {"x-forwarded-host": "evil.test", "x-forwarded-proto": "https", "x-forwarded-prefix": "/evil",
              "forwarded": "host=evil.test"}  # fmt: skip
    answer = client.get("/", headers=PAGE | forged)
    assert "evil" not in answer.text and "evil" not in str(answer.headers)


@pytest.mark.parametrize("path", ["/", "/login", "/livez", "/nope", "/api/openapi.json", "/api/docs", "/static/x"])
@pytest.mark.parametrize("auth", [None, AUTH])
def test_every_answer_has_the_security_headers(serve: Serve, path: str, auth: Any) -> None:
    headers = serve(auth=auth).client().get(path, headers=PAGE).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_each_page_has_its_own_nonce(serve: Serve) -> None:
    client = serve().client()
    policies = {client.get("/", headers=PAGE).headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3
    assert all("script-src 'self' 'nonce-" in p and "unsafe-inline" not in p.split("style-src")[0] for p in policies)


def test_an_anonymous_browser_is_the_same_visitor_on_every_page(serve: Serve) -> None:
    client = serve().client()
    client.get("/", headers=PAGE)
    (token,) = client.cookies.values()
    client.get("/", headers=PAGE)
    assert list(client.cookies.values()) == [token] and len(token) == 43
