"""What an attacker would try first, through the whole app."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from quickdemo.runtime.interface import Interface
from tests.serving import OURS, PAGE, USER, Serve

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
SECRET = "root:x:"
NAME = {"x-file-name": "a.bin"}

TRAVERSALS = [
    "../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "....//....//etc/passwd",
    "..\\..\\etc\\passwd", "..%5c..%5cetc%5cpasswd", "%252e%252e%252fetc%252fpasswd", "/etc/passwd", "//etc/passwd",
    "file:///etc/passwd", "C:/windows/win.ini", "\\\\evil\\share\\x", "x::$DATA", "a%00.png", ".%00./etc/passwd",
    "http://169.254.169.254/", "%c0%ae%c0%ae/etc/passwd", "/proc/self/environ", "..;/etc/passwd", "state.db",
]  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_route_takes_a_path_or_an_address(serve: Serve, path: str) -> None:
    client = serve().client()
    for prefix in ("/files/", "/static/", "/", "/api/", "/api/files/", "/file=", "/proxy="):
        answer = client.get("http://127.0.0.1:7860" + prefix + path)
        assert answer.status_code in (404, 405) and SECRET not in answer.text, prefix + path


@pytest.mark.parametrize("name", [*TRAVERSALS, "", "." * 300, "a" * 5000, "x\u202egnp.exe", "\u0000"])
def test_a_name_never_leads_anywhere(serve: Serve, tmp_path: Path, name: str) -> None:
    client = serve().client()
    answer = client.post("/api/files", content=b"data", headers={"x-file-name": quote(name) or "%20"})
    assert answer.status_code == 200 and len(answer.json()["name"].encode()) <= 255
    (stored,) = (tmp_path / "files").iterdir()
    assert stored.read_bytes() == b"data"


@pytest.mark.parametrize("data", [b"<script>alert(1)</script>", b"<svg onload=alert(1)>", b"%PDF-1.4", b"GIF8 not"])
@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.png", "x.txt", "x"])
def test_an_upload_never_runs(serve: Serve, data: bytes, name: str) -> None:
    client = serve().client()
    wire = client.post("/api/files", content=data, headers={"x-file-name": name, "content-type": "text/html"}).json()
    headers = client.get("/" + wire["url"]).headers
    assert headers["content-disposition"].startswith("attachment")
    assert headers["content-type"] == "application/octet-stream" and headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_a_picture_is_shown_and_still_sandboxed(serve: Serve) -> None:
    client = serve().client()
    wire = client.post("/api/files", content=PNG, headers={"x-file-name": "x.html"}).json()
    headers = client.get("/" + wire["url"]).headers
    assert (headers["content-type"], headers["cache-control"]) == ("image/png", "no-store")
    assert headers["content-disposition"].startswith("inline") and "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "asked, status, got",
    [
        ("bytes=0-3", 206, b"0123"), ("bytes=5-", 206, b"56789"), ("bytes=-2", 206, b"89"), ("bytes=0-99", 206, None),
        ("bytes=-99", 206, b"0123456789"), ("bytes=10-", 416, None), ("bytes=0-1,3-4", 416, None),
        ("bytes=0-1-2", 416, None), ("bytes=3-2", 416, None), ("bytes=-", 416, None), ("bytes=-0", 416, None),
        ("bytes=a-b", 416, None), ("lines=0-1", 416, None), ("bytes=" + "0-," * 5000, 416, None),
        ("bytes=" + "9" * 40 + "-", 416, None),
    ],
)  # fmt: skip
def test_one_range_or_416(serve: Serve, asked: str, status: int, got: bytes | None) -> None:
    client = serve().client()
    wire = client.post("/api/files", content=b"0123456789", headers=NAME).json()
    answer = client.get("/" + wire["url"], headers={"range": asked})
    assert answer.status_code == status
    if got is not None:
        assert answer.content == got and answer.headers["content-range"].endswith("/10")


def test_head_and_etag_save_the_body(serve: Serve) -> None:
    client = serve().client()
    url = "/" + client.post("/api/files", content=b"0123456789", headers=NAME).json()["url"]
    head = client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")
    assert client.get(url, headers={"if-none-match": head.headers["etag"]}).status_code == 304
    stale = client.get(url, headers={"range": "bytes=0-1", "if-range": '"older"'})
    assert (stale.status_code, stale.content) == (200, b"0123456789")


def test_another_visitors_file_is_not_found(serve: Serve) -> None:
    served = serve()
    owner, other = served.client(), served.client()
    for client in (owner, other):
        client.get("/", headers=PAGE)
    url = "/" + owner.post("/api/files", content=b"mine", headers=NAME).json()["url"]
    assert owner.get(url).content == b"mine"
    assert [client.get(url).status_code for client in (other, served.client())] == [404, 404]


def test_another_visitors_session_is_not_known(serve: Serve) -> None:
    def count(state: int) -> tuple[int, int]:
        return state + 1, state + 1

    from quickdemo.runtime.components.number import Number
    from quickdemo.runtime.components.state import State

    served = serve(Interface(count, State(0), [Number(), State()]))
    owner, other = served.client(), served.client()
    for client in (owner, other):
        client.get("/", headers=PAGE)
    first = owner.post("/api/predict", json={"data": [None]}).json()
    stolen = {"data": [None], "session": first["session"]}
    assert owner.post("/api/predict", json=stolen).json()["data"][0] == 2
    assert other.post("/api/predict", json=stolen).status_code == 404


@pytest.mark.parametrize("length", [64 * 2**20 + 1, 10**18])
def test_an_upload_that_announces_too_much_is_refused_at_once(serve: Serve, tmp_path: Path, length: int) -> None:
    answer = serve().client().post("/api/files", content=b"x", headers=NAME | {"content-length": str(length)})
    assert answer.status_code == 413 and "64 MB" in answer.json()["error"]["message"]
    assert not list((tmp_path / "files").iterdir())


def test_an_upload_that_turns_out_too_large_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    def chunks() -> Any:
        for _ in range(30):
            yield bytes(100_000)

    answer = serve(max_file_size="1mb").client().post("/api/files", content=chunks(), headers=NAME)
    assert answer.status_code == 413
    assert not list((tmp_path / "files").iterdir())


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.test"}, {"origin": "null"}]
)
@pytest.mark.parametrize("path", ["/api/files", "/api/predict", "/api/flag/predict", "/login", "/logout"])
def test_no_other_site_can_change_anything(serve: Serve, tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    client = serve(auth=(USER["username"], USER["password"])).client()
    client.post("/login", data=USER)
    assert client.post(path, content=b"x", headers=headers | NAME).status_code == 403
    assert not list((tmp_path / "files").iterdir())
    assert client.get("/api/docs").status_code == 200


@pytest.mark.parametrize(
    "value", ['{"data": [NaN]}', '{"data": [1e999]}', "[" * 5000, '{"data": {"0": 1}}', "null", "5"]
)
def test_odd_json_is_refused_in_one_sentence(serve: Serve, value: str) -> None:
    answer = serve().client().post("/api/predict", content=value, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 413, 422)
    error = answer.json()["error"]
    assert error["message"] and "Traceback" not in answer.text and len(error["message"]) < 300


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{1234567*89}}"])
def test_nothing_of_a_request_is_shown_as_markup(serve: Serve, value: str) -> None:
    client = serve(auth=(USER["username"], USER["password"])).client()
    pages = [
        client.get("/" + quote(value), headers=PAGE | {"accept": "text/html"}),
        client.get("/login", params={"next": "/" + value}, headers=PAGE),
        client.post("/login", data={"username": value, "password": value, "next": "/" + value}, headers=PAGE | OURS),
    ]
    client.post("/login", json=USER)
    pages += [client.get("/" + quote(value), headers=PAGE), client.get("/", params={"__theme": value}, headers=PAGE)]
    for page in pages:
        assert value not in page.text or value == "{{1234567*89}}"
        assert "109876463" not in page.text


def test_no_answer_tells_the_token(serve: Serve) -> None:
    served = serve(auth=(USER["username"], USER["password"]))
    client = served.client()
    client.post("/login", data=USER)
    (token,) = client.cookies.values()
    wire = client.post("/api/files", content=b"0123456789", headers=NAME).json()
    paths = ["/", "/nope", "/api/openapi.json", "/api/docs", "/livez", f"/{wire['url']}", "/login", "/api/predict"]
    for path in paths:
        for headers in (PAGE, {"range": "bytes=0-1"}, {}):
            answer = client.get(path, headers=headers)
            assert token not in answer.text and token not in str(answer.headers), path


def test_no_log_line_has_control_characters_or_secrets(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="quickdemo"):
        client = serve(auth=(USER["username"], USER["password"])).client()
        client.post("/login", data={"username": "a\r\nINJECTED\x1b]0;x\x07", "password": "sesame street"})
        client.get("/%0d%0aINJECTED%1b[31m?token=abc", headers={"x": "y"})
        client.get("/", headers={"host": "evil\x1b[31m"})
    for record in caplog.records:
        if record.name.startswith("quickdemo"):
            message = record.getMessage()
            assert message.isprintable() and "sesame" not in message and "token=abc" not in message


def test_a_large_login_body_is_refused(serve: Serve) -> None:
    client = serve(auth=(USER["username"], USER["password"])).client()
    for content in ("username=" + "a" * 20_000, "&".join(f"a{n}=1" for n in range(100))):
        kind = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post("/login", content=content, headers=kind).status_code in (400, 413)


def test_a_web_socket_is_refused(serve: Serve) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), serve().client().websocket_connect("/api/events"):
        pass
