"""The app under faults: functions of every kind, which write down each start; and what they should answer."""

from __future__ import annotations

from typing import Any

#: kinds of functions, by their endpoints
FUNCTIONS = ("plain", "coroutine", "generator", "async_generator", "batch", "refusing")
STEPS = 12

APP = """
import asyncio, os, time
import quickdemo as gr

VERSION = {version}

def began(text):
    fd = os.open("starts.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, f"{{text}} {{os.getpid()}}\\n".encode())
    os.close(fd)
    return float(text.split("-")[1]) / 1000  # how long it takes

def plain(text):
    time.sleep(began(text))
    return text[::-1]

async def coroutine(text):
    await asyncio.sleep(began(text))
    return text.upper()

def generator(text):
    pause, said = began(text) / STEPS, ""
    for step in range(STEPS):
        time.sleep(pause)
        said += f"{{text}}.{{step}} "
        yield said

async def async_generator(text):
    pause, said = began(text) / STEPS, ""
    for step in range(STEPS):
        await asyncio.sleep(pause)
        said += f"{{text}}.{{step}} "
        yield said

def batch(texts):
    time.sleep(max(began(text) for text in texts))
    return [[text + "!" for text in texts]]

def refusing(text):
    began(text)
    raise gr.Error("Not " + text)

STEPS = {steps}
kinds = [plain, coroutine, generator, async_generator, batch, refusing]
parts = [
    gr.Interface(
        kind, "text", "text", api_name=kind.__name__, allow_flagging="never",
        **({{"batch": True, "max_batch_size": 4}} if kind is batch else {{"concurrency_limit": 4}}),
    )
    for kind in kinds
]
gr.TabbedInterface(parts, [kind.__name__ for kind in kinds]).launch()
"""


def app(version: int) -> str:
    """The script."""
    return APP.format(version=version, steps=STEPS)


def expected(function: str, call: str) -> tuple[str, Any]:
    """How a call ends that nothing disturbs: ("done", its value), or ("failed", the code of its error)."""
    if function == "refusing":
        return "failed", "error"
    said = "".join(f"{call}.{step} " for step in range(STEPS))
    values = {"plain": call[::-1], "coroutine": call.upper(), "batch": call + "!"}
    return "done", values.get(function, said)
