"""docs/deploy: files that operators copy are what their readers take, and say what quickdemo knows."""

from __future__ import annotations

import configparser
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.conftest import ROOT
from tests.deploy_schemas import COMPOSE, schema_of
from tests.test_docs import helped, options_of

DEPLOY = ROOT / "docs" / "deploy"
UNIT = DEPLOY / "quickdemo.service"
KUBERNETES = [DEPLOY / "kubernetes.yaml", DEPLOY / "kubernetes-cluster.yaml"]


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text()))


def compose() -> Any:
    return documents(DEPLOY / "compose.yaml")[0]


def unit() -> configparser.SectionProxy:
    """The service's section; keys that stand twice would be an error."""
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(UNIT.read_text())
    return read["Service"]


def containers() -> list[tuple[str, Any, Any]]:
    """(name of the object, its pod, its container) of all deployments."""
    found = []
    for path in KUBERNETES:
        for one in documents(path):
            if one["kind"] == "Deployment":
                pod = one["spec"]["template"]["spec"]
                found += [(one["metadata"]["name"], pod, container) for container in pod["containers"]]
    return found


def commands() -> dict[str, list[str]]:
    """What each file starts."""
    dockerfile = re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)[0]
    started = {
        "systemd": shlex.split(unit()["ExecStart"]),
        "Dockerfile": yaml.safe_load(dockerfile),
        "compose": compose()["services"]["demo"]["command"],
    }
    return started | {name: container["args"] for name, _, container in containers()}


# ------------------------------------------------------------------ as their own readers see them


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    program = Path(sys.executable).parent / "quickdemo"
    placed = UNIT.read_text().replace("/srv/demo/.venv/bin/quickdemo", str(program))
    copy = tmp_path / UNIT.name
    copy.write_text(placed)
    run = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (run.returncode, [line for line in run.stderr.splitlines() if UNIT.name in line]) == (0, []), run.stderr
    copy.write_text(placed.replace("KillMode=mixed", "KillMode=mixt"))
    run = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert "kill mode" in run.stderr, "it would say what is wrong"


def test_compose_takes_the_file() -> None:
    path = DEPLOY / "compose.yaml"
    jsonschema.Draft202012Validator(COMPOSE).validate(compose())
    if importlib.util.find_spec("compose_spec"):
        import compose_spec  # type: ignore[import-not-found]

        compose_spec.PyCompose.from_yaml(path.read_text()).validate()
    if shutil.which("docker") and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        command = ["docker", "compose", "-f", str(path), "config", "--quiet"]
        subprocess.run(command, env={**os.environ, "QUICKDEMO_METRICS_TOKEN": "x" * 16}, check=True)


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.stem)
def test_kubernetes_takes_the_objects(path: Path) -> None:
    for one in documents(path):
        jsonschema.Draft202012Validator(schema_of(one)).validate(one)
    if importlib.util.find_spec("kubernetes_validate"):
        import kubernetes_validate  # type: ignore[import-not-found]

        for one in documents(path):
            if one["kind"] != "ScaledObject":
                kubernetes_validate.validate(one, kubernetes_validate.latest_version(), strict=True)


# ------------------------------------------------------------------ as quickdemo sees them


@pytest.mark.parametrize("name", ["systemd", "Dockerfile", "compose", "demo"])
def test_commands_are_those_of_quickdemo(name: str) -> None:
    command = commands()[name]
    assert command[0].rpartition("/")[2] == "quickdemo" and command[1:3] == ["run", "app.py"]
    assert options_of(" ".join(command)) <= options_of(helped("run"))


def test_every_file_serves_at_the_same_port() -> None:
    for name, command in commands().items():
        if "run" in command:
            port = re.search(r"--port[= ](\d+)", " ".join(command))
            assert port and port[1] == "7860" and "--strict-port" in command, name
    service = compose()["services"]["demo"]
    assert service["ports"] == ["127.0.0.1:7860:7860"] and ":7860/readyz" in service["healthcheck"]["test"][-1]
    assert [c["ports"][0]["containerPort"] for _, _, c in containers() if "ports" in c] == [7860, 7860]


def test_nobody_is_killed_before_calls_had_their_time() -> None:
    graceful = {}
    for name, command in commands().items():
        if given := re.search(r"--timeout-graceful[= ](\d+)", " ".join(command)):
            graceful[name] = int(given[1])
    assert set(graceful) == {"systemd", "Dockerfile", "compose", "demo", "demo-front", "demo-worker"}
    assert int(unit()["TimeoutStopSec"]) >= graceful["systemd"] + 3
    assert int(compose()["services"]["demo"]["stop_grace_period"].rstrip("s")) >= graceful["compose"] + 3
    for name, pod, _ in containers():
        assert pod["terminationGracePeriodSeconds"] >= graceful.get(name, 0) + 3, name
    assert unit()["KillMode"] == "mixed" and "143" in unit()["SuccessExitStatus"]


def test_probes_and_mounts_lead_somewhere() -> None:
    from quickdemo.runtime.server.gate import PUBLIC

    for _, pod, container in containers():
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in container:
                http = container[probe]["httpGet"]
                assert ("GET", http["path"]) in PUBLIC and http["port"] in {p["name"] for p in container["ports"]}
        named = {volume["name"] for volume in pod.get("volumes", [])}
        assert {mount["name"] for mount in container.get("volumeMounts", [])} == named
    claims = {one["metadata"]["name"] for one in documents(KUBERNETES[0]) if one["kind"] == "PersistentVolumeClaim"}
    (state,) = [v for _, pod, _ in containers() for v in pod.get("volumes", []) if "persistentVolumeClaim" in v]
    assert {state["persistentVolumeClaim"]["claimName"]} == claims


def test_selectors_select() -> None:
    for path in KUBERNETES:
        deployed = [one for one in documents(path) if one["kind"] == "Deployment"]
        labels = [one["spec"]["template"]["metadata"]["labels"] for one in deployed]
        assert [one["spec"]["selector"]["matchLabels"] for one in deployed] == labels
        assert all(one["spec"]["selector"] in labels for one in documents(path) if one["kind"] == "Service")


def test_the_lag_of_every_lane_counts() -> None:
    (scaled,) = [one for one in documents(KUBERNETES[1]) if one["kind"] == "ScaledObject"]
    assert scaled["spec"]["scaleTargetRef"]["name"] in {name for name, _, _ in containers()}
    triggers = scaled["spec"]["triggers"]
    formula = scaled["spec"]["advanced"]["scalingModifiers"]["formula"]
    assert formula.split(" + ") == [one["name"] for one in triggers]
    assert [one["metadata"]["consumer"] for one in triggers] == [*map(str, range(8)), "low"]
    assert len({one["metadata"]["stream"] for one in triggers}) == 1


def test_variables_are_known() -> None:
    text = "".join(path.read_text() for path in DEPLOY.iterdir())
    source = "".join(path.read_text() for folder in ("cli", "runtime") for path in (ROOT / folder).rglob("*.py"))
    for name in set(re.findall(r"QUICKDEMO_([A-Z_]+)", text)):
        assert f'"{name}"' in source or f"QUICKDEMO_{name}" in source, name
