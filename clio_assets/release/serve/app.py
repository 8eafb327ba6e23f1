"""Addresses and what they answer: the index, and the files of each published version."""

from __future__ import annotations

from pathlib import PurePath

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from clio_assets.release.serve.guard import Guard
from clio_assets.release.serve.index import render_index
from clio_assets.release.serve.policy import stated_policy
from clio_assets.release.serve.shelf import AbsentError, DamagedError, Shelf

PAGE = "index.html"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
"""What a browser shows or a page loads. Everything else is for saving."""

_SAVED = {".csv": "text/csv; charset=utf-8", ".parquet": "application/vnd.apache.parquet"}


def build_app(shelf: Shelf, names: frozenset[str]) -> ASGIApp:
    """The server's whole surface; `names` are the Host headers it answers to.

    Endpoints are plain functions, so they run beside the event loop and may read files.
    """

    def index(_: Request) -> Response:
        page = render_index(shelf)
        return Response(page, headers=_headers(page), media_type=_TYPES[".html"])

    def file(request: Request) -> Response:
        period, folder = request.path_params["period"], request.path_params["folder"]
        name = request.path_params.get("name", PAGE)
        content = shelf.read(period, folder, name)
        kind = PurePath(name).suffix
        if kind in _TYPES:
            headers = _headers(content) if kind == ".html" else {}
        else:
            # Many versions land in one folder of downloads: the name tells them apart.
            saved_as = f"{period}-{folder}-{name}"
            headers = {"Content-Disposition": f'attachment; filename="{saved_as}"'}
        media = _TYPES.get(kind) or _SAVED.get(kind, "application/octet-stream")
        return Response(content, headers=headers, media_type=media)

    def absent(_: Request, __: Exception) -> Response:
        return PlainTextResponse("Nothing is published here. The index is at /\n", status_code=404)

    def damaged(_: Request, error: Exception) -> Response:
        return PlainTextResponse(f"{error}\n", status_code=500)

    app = Starlette(
        routes=[
            Route("/", index),
            Route("/{period}/{folder}/", file),
            Route("/{period}/{folder}/{name}", file),
        ],
        exception_handlers={404: absent, AbsentError: absent, DamagedError: damaged},
    )
    # Each address is exactly one thing: no second spelling of it leads anywhere.
    app.router.redirect_slashes = False
    return Guard(app, names)


def _headers(page: bytes) -> dict[str, str]:
    return {"Content-Security-Policy": stated_policy(page)}
