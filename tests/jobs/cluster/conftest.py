"""Apps of their own in the shared broker, and a broker of one's own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.brokers import NatsServer, nats_server


@pytest.fixture
def app() -> str:
    """A name that no other test uses."""
    return f"app-{secrets.token_hex(4)}"


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[NatsServer]:
    """One that the test may kill."""
    with nats_server(tmp_path) as server:
        yield server
