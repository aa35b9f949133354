"""What openapi.json says of explanations."""

from __future__ import annotations

from typing import Any

from quickdemo.interpret.methods import METHODS
from quickdemo.runtime.components.base import Schema

_NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
TARGET: Schema = {
    "type": ["object", "null"],
    "description": "what is explained: an output by its place and, of a Label, a class by its name; null chooses",
    "properties": {"output": {"type": ["integer", "null"]}, "class": {"type": ["string", "null"]}},
}
EXPLANATION: Schema = {
    "type": "object",
    "required": ["method", "estimator", "base", "full", "calls", "final", "inputs"],
    "properties": {
        "method": {"type": "string"},
        "estimator": {"type": "string", "description": "how the scores were found"},
        "target": TARGET,
        "base": {**_NUMBER_OR_NULL, "description": "the score with every part left out; null while it is not known"},
        "full": {**_NUMBER_OR_NULL, "description": "the score of the inputs as they are"},
        "calls": {"type": "integer", "description": "calls of the function"},
        "budget": {"type": ["integer", "null"], "description": "calls that it may make"},
        "seed": {"type": ["integer", "null"]},
        "final": {"type": "boolean"},
        "seconds": {"type": "number"},
        "remaining_s": _NUMBER_OR_NULL,
        "note": {"type": ["string", "null"], "description": "what is not as it should be, and what to do about it"},
        "key": {"type": "string", "description": "for api/interpret/part; the visitor's own"},
        "answer": {
            "type": "object",
            "description": "what a prediction gives for these inputs, from the first call; not with state, own "
            'functions, or "answer": false. A stream has it as an event',
            "required": ["data", "duration"],
            "properties": {"data": {"type": "array"}, "duration": {"type": "number", "description": "seconds"}},
        },
        "closer": {
            "type": ["object", "null"],
            "description": "what to send to know more, and the calls that it takes",
            "properties": {
                "calls": {"type": "integer"},
                "inside": {"type": ["integer", "null"]},
                "budget": {"type": ["integer", "null"]},
                "method": {"type": "string"},
            },
        },
        "messages": {
            "type": "array",
            "description": "what the calls told, each message once; in a stream `log` events",
        },
        "switchable": {"type": "boolean", "description": "whether parts can be left out with api/interpret/part"},
        "inputs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "label", "kind"],
                "properties": {
                    "index": {"type": "integer", "description": "its place in `data`"},
                    "label": {"type": "string"},
                    "kind": {"type": ["string", "null"], "description": "of its parts; null where it has none"},
                    "why": {"type": ["string", "null"], "description": "why it has none"},
                    "total": {"type": "number", "description": "the sum of its scores"},
                    "parts": {"type": "object", "description": "how the parts are drawn"},
                    "labels": {"type": "array", "items": {"type": "string"}},
                    "scores": {"type": "array", "items": {"type": "number"}},
                    "sizes": {
                        "type": ["array", "null"],
                        "items": {"type": "integer"},
                        "description": "how many parts, one after the other, each score is of; null: one part each",
                    },
                    "errors": {
                        "type": ["array", "null"],
                        "description": "standard errors of the scores, null where one is not known",
                    },
                    "sweep": {"type": ["object", "null"], "description": "{x, y}: the score for other values"},
                },
            },
        },
    },
}
PART: Schema = {
    "value": {"type": "number", "description": "the score"},
    "output": {"description": "the answer, as far as it is kept"},
    "full": {"type": "number", "description": "the score with all parts"},
    "known": {"type": "boolean", "description": "whether it took no call"},
    "messages": {"type": "array", "description": "what the call told, if anything"},
}


def request(endpoints: list[str]) -> Schema:
    """The body of api/interpret."""
    return {
        "data": {"type": "array", "description": "one value for each input, as for a prediction"},
        "endpoint": {"type": ["string", "null"], "enum": [*endpoints, None]},
        "target": TARGET,
        "method": {"type": ["string", "null"], "enum": [*METHODS, None]},
        "budget": {"type": ["integer", "null"], "minimum": 2, "description": "calls of the function at most"},
        "inside": {
            "type": ["integer", "null"],
            "minimum": 1,
            "description": "calls beyond these for looking into the strongest regions, paragraphs and sentences",
        },
        "session": {"type": "string"},
        "answer": {"type": "boolean", "default": True, "description": "whether the answer is wanted as well"},
    }


def part_request() -> dict[str, Any]:
    """The body of api/interpret/part."""
    present = {"type": "array", "items": {"type": "integer", "minimum": 0}}
    return {
        "key": {"type": "string", "description": "of an explanation"},
        "session": {"type": "string"},
        "present": {**present, "description": "the parts that are there, counted over all inputs by `sizes`"},
        "target": TARGET,
    }
