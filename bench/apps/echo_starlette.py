"""The least that answers the same JSON: one route, no checks, the same uvicorn settings as quickdemo's server."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def echo(request: Request) -> JSONResponse:
    body = await request.json()
    return JSONResponse({"data": body["data"], "duration": 0.0})


app = Starlette(routes=[Route("/api/predict", echo, methods=["POST"])])
uvicorn.run(app, port=int(sys.argv[1]), http="httptools", loop="asyncio", access_log=False, log_level="warning")
