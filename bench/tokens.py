"""Clients of streams whose tokens are times in milliseconds: quickdemo's stream, and Gradio's queue."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time

LIMIT_S = 300.0
TOKEN = re.compile(rb'(?<=[" ])\d{13}(?= )')

Told = list[tuple[float, float]]  # (when a token was yielded, when it came), in milliseconds since 1970


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _request(port: int, method: str, path: str, body: object = None, accept: str = "*/*") -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {accept}\r\nConnection: close\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    return reader, writer


async def _quickdemo(port: int, data: list[float]) -> Connection:
    return await _request(port, "POST", "/api/predict", {"data": data}, "text/event-stream")


async def _gradio(port: int, data: list[float]) -> Connection:
    config = json.loads((await _answer(port, "GET", "/config")).split(b"\r\n\r\n", 1)[1])
    number = next(one["id"] for one in config["dependencies"] if one["api_name"] == "predict")
    session = secrets.token_hex(8)
    joined = {"data": data, "fn_index": number, "session_hash": session}
    await _answer(port, "POST", "/gradio_api/queue/join", joined)
    return await _request(port, "GET", f"/gradio_api/queue/data?session_hash={session}", accept="text/event-stream")


async def _answer(port: int, method: str, path: str, body: object = None) -> bytes:
    reader, writer = await _request(port, method, path, body)
    try:
        return await reader.read()
    finally:
        writer.close()


async def _tokens(connection: Connection) -> Told:
    """The tokens of a stream as they come; what repeats all of them at its end is left out."""
    told: Told = []
    reader, writer = connection
    while line := await reader.readline():
        if line.startswith(b"event: done") or b"process_completed" in line:
            break
        if not line.startswith(b"data: "):
            continue
        now = time.time() * 1000
        told += [(float(token), now) for token in TOKEN.findall(line)]
    writer.close()
    return told


async def _opened(server: str, port: int, data: list[float]) -> Connection:
    return await (_gradio if server == "gradio" else _quickdemo)(port, data)


def bytes_of(server: str, port: int, data: list[float]) -> int:
    """Bytes of one stream, heads included."""

    async def run() -> int:
        reader, writer = await _opened(server, port, data)
        size = 0
        while line := await reader.readline():
            size += len(line)
            if b"process_completed" in line:
                break
        writer.close()
        return size

    return asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def together(server: str, port: int, streams: int, data: list[float]) -> tuple[list[Told], float]:
    """The tokens of so many streams at once, and the seconds that all took; a stream that LIMIT_S ends has none."""

    async def one() -> Told:
        try:
            return await asyncio.wait_for(_tokens(await _opened(server, port, data)), LIMIT_S)
        except asyncio.TimeoutError:
            return []

    async def run() -> tuple[list[Told], float]:
        start = time.monotonic()
        return list(await asyncio.gather(*(one() for _ in range(streams)))), time.monotonic() - start

    return asyncio.run(run())
