from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from quickdemo.runtime.components.dropdown import Dropdown
from quickdemo.runtime.components.number import Number
from quickdemo.runtime.components.slider import Slider
from quickdemo.runtime.components.textbox import Textbox
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.tabs import TabbedInterface
from tests.serving import PAGE, USER, Serve


def forecast(city: str, days: int, kind: str) -> tuple[str, float]:
    return f"{kind} {city}", float(days)


def demo() -> Interface:
    inputs = [Textbox(label="City"), Slider(1, 7, step=1, label="Days"), Dropdown(["rain", "sun"], label="Kind")]
    return Interface(forecast, inputs, [Textbox(), Number()], title="Weather", allow_flagging="never")


def test_each_endpoint_is_described_by_its_components(serve: Serve) -> None:
    document = serve(demo()).client().get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0" and document["info"]["title"] == "Weather"
    call = document["paths"]["/api/predict"]["post"]
    data = call["requestBody"]["content"]["application/json"]["schema"]["properties"]["data"]
    assert [item["title"] for item in data["prefixItems"]] == ["City", "Days", "Kind"]
    assert (data["minItems"], data["maxItems"]) == (3, 3)
    assert "422" in call["responses"] and "/api/files" in document["paths"]


def test_every_tab_has_its_own_endpoint(serve: Serve) -> None:
    tabs = TabbedInterface([demo(), demo()], ["One", "Two"])
    paths = serve(tabs).client().get("/api/openapi.json").json()["paths"]
    assert {"/api/predict", "/api/predict_1"} <= set(paths)


@pytest.mark.parametrize("data", [["Oslo", 3, "rain"], ["", 1, "sun"], ["\U0001f327", 7, "rain"]])
def test_what_the_description_says_is_what_the_server_does(serve: Serve, data: list[Any]) -> None:
    client = serve(demo()).client()
    call = client.get("/api/openapi.json").json()["paths"]["/api/predict"]["post"]
    body = call["requestBody"]["content"]["application/json"]["schema"]
    answer = call["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.Draft202012Validator(body).validate({"data": data})
    jsonschema_rs.Draft202012Validator(answer).validate(client.post("/api/predict", json={"data": data}).json())


@pytest.mark.parametrize(
    "data", [["Oslo", 8, "rain"], ["Oslo", "3", "rain"], ["Oslo", 3, "snow"], [["Oslo"], 3, "rain"], ["Oslo", 3], []]
)
def test_what_the_description_excludes_is_refused(serve: Serve, data: list[Any]) -> None:
    answer = serve(demo()).client().post("/api/predict", json={"data": data})
    assert answer.status_code == 422


def test_the_login_is_described_when_there_is_one(serve: Serve) -> None:
    client = serve(demo(), auth=(USER["username"], USER["password"])).client()
    assert client.get("/api/openapi.json").status_code == 401
    client.post("/login", data=USER)
    assert "/login" in client.get("/api/openapi.json").json()["paths"]


def test_the_examples_of_the_docs_page_work(serve: Serve) -> None:
    client = serve(demo()).client()
    page = client.get("/api/docs", headers=PAGE).text
    assert "Weather" in page and "curl" in page and "<script" not in page
    start = page.index("{&#34;data&#34;")
    body = page[start : page.index("}", start) + 1].replace("&#34;", '"').replace("&#39;", "'")
    assert client.post("/api/predict", json=json.loads(body)).status_code == 200


def test_explanations_are_described_as_they_are(serve: Serve) -> None:
    client = serve(Interface(len, "text", "number", interpretation="default")).client()
    paths = client.get("/api/openapi.json").json()["paths"]
    for path, given in (("/api/interpret", {"data": ["a b"]}), ("/api/interpret/part", {"key": "", "present": [0]})):
        call = paths[path]["post"]
        schema = call["requestBody"]["content"]["application/json"]["schema"]
        answer = call["responses"]["200"]["content"]["application/json"]["schema"]
        if "key" in given:
            given["key"] = client.post("/api/interpret", json={"data": ["a b"]}).json()["key"]
        jsonschema_rs.Draft202012Validator(schema).validate(given)
        jsonschema_rs.Draft202012Validator(answer).validate(client.post(path, json=given).json())
    assert "api/interpret/part" in client.get("/api/docs", headers=PAGE).text
