"""`quickdemo worker --group`: which functions a worker takes, and what is said where nobody takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.limits import Launched, group_limits
from quickdemo.runtime.server.shared import SharedStore, workable
from tests.jobs.brokers import nats_server
from tests.jobs.cluster.hosts import Hosts, ask, kinds, promised
from tests.prometheus import read
from tests.running import until

APP = """
import os
import quickdemo as gr

who = os.environ.get("WHO", "front")
draws = gr.Interface(lambda text: who, "text", "text", api_name="draw", concurrency_id="gpu", concurrency_limit=2)
paints = gr.Interface(lambda text: who, "text", "text", api_name="paint", concurrency_id="gpu")
counts = gr.Interface(lambda text: who, "text", "text", api_name="count")
gr.TabbedInterface([draws, paints, counts]).launch(metrics=True)
"""


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """A broker of their own."""
    (tmp_path / "broker").mkdir()
    with nats_server(tmp_path / "broker") as broker, ExitStack() as stack:
        yield Hosts(tmp_path, broker, stack, APP)


@pytest.mark.slow
def test_a_worker_takes_only_the_functions_of_its_groups(hosts: Hosts) -> None:
    (front,) = hosts.fronts(1)
    (gpu,) = hosts.workers(1, "--group", "gpu", env={"WHO": "gpu"})
    assert gpu.events[-1]["functions"] == ["draw", "paint"]
    (both,) = hosts.workers(1, "--group", "count,gpu", env={"WHO": "both"})
    assert both.events[-1]["functions"] == ["draw", "paint", "count"]
    both.process.kill()
    hosts.workers(1, "--group", "count", env={"WHO": "cpu"})

    ids = {endpoint: [promised(front, "x", endpoint) for _ in range(6)] for endpoint in ("draw", "paint", "count")}
    for endpoint, who in (("draw", "gpu"), ("paint", "gpu"), ("count", "cpu")):
        for id in ids[endpoint]:
            assert kinds(front, id)[-1] == "done"
            told = json.loads(ask(front, "GET", f"/api/jobs/{id}")[2])
            assert told["result"]["data"] == [who]


@pytest.mark.slow
def test_a_front_says_that_nobody_works_for_a_group(hosts: Hosts) -> None:
    (front,) = hosts.fronts(1)
    hosts.workers(1, "--group", "count")
    id = promised(front, "x", "draw")

    def said(words: str) -> bool:
        return any(words in line for line in front.said)

    until(lambda: said("1 calls of draw wait, and no worker takes them"))
    assert said("quickdemo worker --store ... --group gpu")
    told = json.loads(ask(front, "GET", f"/api/jobs/{id}")[2])
    assert (told["state"], told["position"], told["workers"], told["remaining"]) == ("queued", 1, 0, None)

    def workers() -> dict[str, float]:
        family = read(ask(front, "GET", "/metrics")[2].decode())["quickdemo_workers"]
        named = [(dict(labels), value) for (_, labels), value in family.samples.items()]
        assert all(labels["group"] == ("count" if labels["function"] == "count" else "gpu") for labels, _ in named)
        return {labels["function"]: value for labels, value in named}

    assert workers() == {"draw": 0, "paint": 0, "count": 1}
    hosts.workers(1, "--group", "gpu")
    assert kinds(front, id)[-1] == "done"
    until(lambda: said("a worker takes the calls of draw again"))
    assert workers() == {"draw": 1, "paint": 1, "count": 1}


@pytest.mark.slow
def test_a_group_that_no_function_is_in_ends_the_start(hosts: Hosts) -> None:
    worker = hosts.run("worker", "--group", "tpu")
    code, said = worker.ends(40)
    assert code == 1
    assert "in the group 'tpu'" in said and "count, gpu" in said and "Traceback" not in said


def test_functions_without_a_group_are_one_of_their_own() -> None:
    functions = {
        "a": Interface(str, "text", "text", concurrency_id="gpu", concurrency_limit=3),
        "b": Interface(str, "text", "text", concurrency_id="gpu", concurrency_limit=2),
        "c": Interface(str, "text", "text", concurrency_limit=1),
    }
    assert group_limits(functions.values()) == {"gpu": 2}
    launched = Launched(groups=group_limits(functions.values()))
    assert [launched.asked(one) for one in functions.values()] == [2, 2, 1]
    assert [launched.of(one).at_once for one in functions.values()] == [2, 2, 1]
    queued = Launched(one_at_a_time=True, groups={"gpu": 3})
    told = [Interface(str, "text", "text", concurrency_id=group) for group in ("gpu", "cpu", None)]
    assert [queued.asked(one) for one in told] == [queued.of(one).at_once for one in told] == [3, 1, 1]

    def taken(*groups: str) -> list[str]:
        return workable(SharedStore("nats://x", "app", "1", groups=groups), functions)

    assert [taken(), taken("gpu"), taken("c"), taken("c", "gpu")] == [list("abc"), list("ab"), ["c"], list("abc")]
    with pytest.raises(AppError, match="'a'"):
        taken("a")


@pytest.mark.parametrize("wrong", ["", " ", "a,b", 3])
def test_a_group_has_a_name(wrong: object) -> None:
    with pytest.raises(ValueError, match="concurrency_id"):
        Interface(str, "text", "text", concurrency_id=wrong)  # type: ignore[arg-type]
