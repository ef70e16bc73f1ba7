"""``ichimai authority``: the test authority of emulated cards, as if it were a real one."""

from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shlex import quote
from typing import Annotated, Final

import typer

from ichimai.cards import Kind, emulated
from ichimai.kernel.clock import SystemClock

authority_cli = typer.Typer(no_args_is_help=True, help="The test authority of emulated cards.")

Folder = Annotated[Path, typer.Argument(help="Of the test authority; made at first use.")]

_MOST_BYTES: Final = 16 * 1024


@authority_cli.command("revoke")
def revoke(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Which of the folder's cards.")] = "card",
    phone: Annotated[bool, typer.Option("--phone", help="A phone's certificate.")] = False,
) -> None:
    """Revoke an emulated card, as when it is lost or renewed, and publish the list of today."""
    kind = Kind.PHONE_CERTIFICATE if phone else Kind.MY_NUMBER_CARD
    emulated.revoke(folder, name, SystemClock().now(), kind)
    typer.echo(f"{name} is revoked")


@authority_cli.command("serve")
def serve(
    folder: Folder,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any that is free.")] = 8_008,
) -> None:
    """Answer on this machine whether cards are revoked: OCSP at /, the list at /authority.crl."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = type("Handler", (_Handler,), {"folder": folder})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        typer.echo(
            f"export ICHIMAI_AUTHORITIES={quote(str(folder.resolve()))} ICHIMAI_OCSP={address}/"
        )
        with suppress(KeyboardInterrupt):  # this is how it is meant to end
            server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    folder: Path

    def do_POST(self) -> None:
        """A question (RFC 6960 app. A). The folder is read anew: a card may be revoked by now."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= _MOST_BYTES:
            self.send_error(413)
            return
        now = SystemClock().now()
        answer = emulated.load_authority(self.folder, now).answer(self.rfile.read(length), now)
        self._send("application/ocsp-response", answer)

    def do_GET(self) -> None:
        """The list of today."""
        if self.path != "/authority.crl":
            self.send_error(404)
            return
        now = SystemClock().now()
        found = emulated.load_authority(self.folder, now).revocation_list(now)
        self._send("application/pkix-crl", found)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: who is asked about is nobody's business."""

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
