"""A load generator in a process of its own: keep-alive clients that send one JSON body as fast as answers come.

python -m bench.load PORT PATH BODY CLIENTS SECONDS   prints requests per second; any status but 200 ends it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time


async def client(port: int, request: bytes, until: float) -> int:
    """How many answers one connection got until `until` (monotonic seconds)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.monotonic() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"bench: {head.decode(errors='replace').splitlines()[0]}")
        await skip_body(reader, head.lower())
        count += 1
    writer.close()
    return count


async def skip_body(reader: asyncio.StreamReader, head: bytes) -> None:
    """Read the body: of a given length, or in chunks."""
    if b"content-length: " in head:
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        return
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readline()


async def run(port: int, path: str, body: str, clients: int, seconds: float) -> float:
    """Requests per second of all clients together."""
    data = body.encode()
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    ).encode() + data
    start = time.monotonic()
    counts = await asyncio.gather(*(client(port, request, start + seconds) for _ in range(clients)))
    return sum(counts) / (time.monotonic() - start)


def rate(port: int, path: str, body: str, *, clients: int = 32, seconds: float = 3.0) -> float:
    """Requests per second, measured from another process."""
    command = [sys.executable, "-m", "bench.load", str(port), path, body, str(clients), str(seconds)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    print(asyncio.run(run(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))))
