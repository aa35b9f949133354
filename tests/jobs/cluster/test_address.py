"""Who may use the broker, and what is said to those who may not."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.jobs.cluster.address import address_of
from quickdemo.runtime.jobs.cluster.engine import Clustered
from tests.jobs.brokers import NatsServer, free_port, nats_server
from tests.jobs.cluster.tunings import QUICK
from tests.jobs.engines import run

USER = 'authorization { user: "ann", password: "p@ss:w/rd" }'


async def session(url: str, app: str, creds: Path | None = None) -> int:
    """Something that a user does."""
    async with Clustered(url, app, creds=creds, tuning=replace(QUICK, patience_s=1.0)) as engine:
        return await engine.session("s", lambda state: 1)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A broker that asks for a password."""
    with nats_server(tmp_path_factory.mktemp("nats"), USER) as server:
        yield server


def test_the_password_may_stand_in_the_url(guarded: NatsServer, app: str) -> None:
    assert run(session(f"nats://ann:p%40ss%3Aw%2Frd@127.0.0.1:{guarded.port}", app)) == 1


def test_the_password_may_stand_in_a_file(guarded: NatsServer, app: str, tmp_path: Path) -> None:
    (tmp_path / "creds").write_text("ann:p@ss:w/rd\n")
    assert run(session(guarded.url, app, tmp_path / "creds")) == 1


@pytest.mark.parametrize("login", ["ann:wrong@", "bob:p%40ss%3Aw%2Frd@", "token@", ""])
def test_a_wrong_password_is_refused_at_once(guarded: NatsServer, app: str, login: str) -> None:
    with pytest.raises(AppError, match="refuses") as caught:
        run(session(f"nats://{login}127.0.0.1:{guarded.port}", app))
    assert not login or login[:-1] not in str(caught.value)


def test_a_token_opens_a_broker_that_asks_for_one(tmp_path: Path, app: str) -> None:
    with nats_server(tmp_path, 'authorization { token: "s3cret" }') as server:
        assert run(session(f"nats://s3cret@127.0.0.1:{server.port}", app)) == 1


def test_an_encrypted_connection_is_checked_against_its_authority(tmp_path: Path, app: str) -> None:
    certificate, key = certificate_in(tmp_path)
    config = f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}'
    with nats_server(tmp_path, config) as server:
        assert run(session(f"tls://127.0.0.1:{server.port}?ca={certificate}", app)) == 1
        with pytest.raises(AppError, match="certificate"):
            run(session(f"tls://127.0.0.1:{server.port}", app))


def certificate_in(folder: Path) -> tuple[Path, Path]:
    """One of this machine that signed itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.fail("This test needs openssl: apt-get install openssl.")
    certificate, key = folder / "server.pem", folder / "server.key"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    about = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    use = ["-addext", "keyUsage=digitalSignature,keyCertSign"]
    subprocess.run([*made, *about, *use, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def test_nobody_there_is_told_after_the_patience(app: str) -> None:
    with pytest.raises(AppError, match="does not answer"):
        run(session(f"nats://127.0.0.1:{free_port()}", app))


def test_a_broker_without_jetstream_is_told(tmp_path: Path, app: str) -> None:
    with nats_server(tmp_path) as server:
        (tmp_path / "nats.conf").write_text(f'host: "127.0.0.1"\nport: {server.port}\n')
        server.kill()
        server.start()
        with pytest.raises(AppError, match="nats-server -js"):
            run(session(server.url, app))


def test_a_second_server_is_tried_when_the_first_is_away(broker: NatsServer, app: str) -> None:
    assert run(session(f"nats://127.0.0.1:{free_port()},nats://127.0.0.1:{broker.port}", app)) == 1


@pytest.mark.slow
def test_what_is_no_broker_at_all_is_told(app: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(AppError, match="does not answer"):
            run(session(f"nats://127.0.0.1:{silent.getsockname()[1]}", app))


@pytest.mark.parametrize("url", ["redis://h", "nats://", "http://user:secret@h", "nats://h?cafe=1", "nats://h:x"])
def test_what_is_no_address_is_told_without_its_password(url: str) -> None:
    with pytest.raises(AppError) as caught:
        address_of(url)
    assert "secret" not in str(caught.value)


def test_an_address_shows_no_password() -> None:
    address = address_of("nats://ann:secret@h,tls://i:5")
    assert str(address) == "nats://h:4222,tls://i:5"
    assert "secret" not in repr(address)


@pytest.mark.parametrize("text", ["", "two\nlines"])
def test_a_file_without_credentials_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "creds").write_text(text)
    with pytest.raises(AppError, match="credentials"):
        address_of("nats://h", tmp_path / "creds")
    with pytest.raises(AppError, match="cannot be read"):
        address_of("nats://h", tmp_path / "none")
