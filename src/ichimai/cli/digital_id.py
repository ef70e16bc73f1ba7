"""``ichimai digital-id``: what the provider needs of us, and a provider to try it with."""

import json
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from ichimai import web
from ichimai.cli.options import Data, settings_of
from ichimai.kernel.clock import SystemClock
from ichimai.oidc.test_provider import REALM, Client, ProviderForTests

digital_id_cli = typer.Typer(
    no_args_is_help=True, help="Residents' sign-in by デジタル認証アプリ (OpenID Connect)."
)


@digital_id_cli.command("key")
def digital_id_key(data: Data = None) -> None:
    """Print what to register with the provider: the public key and the redirect URI."""
    settings = settings_of(data)
    found = {
        "redirect_uri": _redirect_uri(settings.base_url),
        "jwks": {"keys": [settings.client_key.public]},
    }
    typer.echo(json.dumps(found, indent=1))


@digital_id_cli.command("test-provider")
def digital_id_test_provider(
    data: Data = None,
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8_100,
    client: Annotated[str, typer.Option(help="The client id that it knows us by.")] = "ichimai",
    public_key: Annotated[
        Path | None, typer.Option(help="Another relying party's key, as `key` prints it.")
    ] = None,
    redirect_uri: Annotated[str, typer.Option(help="That relying party's redirect URI.")] = "",
) -> None:
    """Serve a provider like the real one, for trying only: anybody is let in as anybody.

    Point ICHIMAI_DIGITAL_ID_ISSUER at the issuer that it prints.
    """
    settings = settings_of(data)
    issuer = f"http://127.0.0.1:{port}{REALM}"
    known = Client(
        redirect_uri or _redirect_uri(settings.base_url),
        json.loads(public_key.read_bytes()) if public_key else settings.client_key.public,
    )
    provider = ProviderForTests(issuer, SystemClock(), {client: known})
    typer.echo(issuer)
    uvicorn.run(web.test_provider(provider), host="127.0.0.1", port=port, log_level="warning")


def _redirect_uri(base_url: str) -> str:
    return f"{base_url.rstrip('/')}{web.DIGITAL_ID_ANSWER}"
