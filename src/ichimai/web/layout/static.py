"""Our own CSS, scripts and pictures, served under an address that changes when they change."""

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "wasm": "application/wasm",
}


class StaticFiles:
    """Every file in ``web/static`` of a type that a browser asks for, held in memory (1.1 MB)."""

    def __init__(self) -> None:
        self._files = _read(resources.files("ichimai.web") / "static", "")
        digest = hashlib.sha256()
        for name, body in sorted(self._files.items()):
            digest.update(name.encode() + b"\0" + body)
        self.version = digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """The address of a file; the version is in the path, so that scripts import beside it."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    def route(self) -> Route:
        """The route that serves the files."""
        return Route("/static/{version}/{name:path}", self._serve, methods=["GET"])

    async def _serve(self, request: Request) -> Response:
        """One of our own files, which never changes under its address."""
        name = request.path_params["name"]
        body = self._files.get(name)
        if body is None or request.path_params["version"] != self.version:
            raise HTTPException(404)
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
        }
        kind = _TYPES[name.rpartition(".")[2]]
        return Response(body, headers=headers, media_type=kind)


def _read(folder: Traversable, prefix: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            files |= _read(entry, f"{name}/")
        elif name.rpartition(".")[2] in _TYPES:
            files[name] = entry.read_bytes()
    return files
