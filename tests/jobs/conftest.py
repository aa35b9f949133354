"""Shared by the tests of engines: one broker for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jobs.brokers import NatsServer, nats_server


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """Each test has an app of its own in it."""
    with nats_server(tmp_path_factory.mktemp("nats")) as server:
        yield server
