"""The test provider of digital identities over HTTP, at the real one's paths."""

from html import escape
from string import Template
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ichimai.oidc import Reply
from ichimai.oidc.test_provider import PEOPLE, REALM, ProviderForTests, RequestRefused
from ichimai.web.layout import SecurityHeaders

_PAGE: Final = Template("""<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>テスト用デジタル認証</title>
<main>
<h1>テスト用デジタル認証</h1>
<p>本物ではありません。だれのカードをかざすか選んでください。</p>
<p lang="en">This is not the real one. Choose whose card is held.</p>
<form method="post">
$choices
<p><button name="cancel" value="yes">やめる / Cancel</button></p>
</form>
</main>
</html>
""")
_BELOW: Final = f"{REALM}/protocol/openid-connect"


def application(provider: ProviderForTests) -> Starlette:
    """The provider's four endpoints, without UserInfo: nobody here asks for a name."""

    def ask(request: Request) -> Response:
        try:
            provider.check(request.query_params)
        except RequestRefused as refused:
            return HTMLResponse(f"refused: {escape(str(refused))}", 400)
        choices = [
            f'<p><button name="person" value="{escape(one)}">{escape(one)}</button></p>'
            for one in PEOPLE
        ]
        return HTMLResponse(_PAGE.substitute(choices="\n".join(choices)))

    async def answer(request: Request) -> Response:
        async with request.form() as form:
            person, cancels = form.get("person"), "cancel" in form
        try:
            if cancels:
                return RedirectResponse(provider.cancel(request.query_params), 303)
            return RedirectResponse(provider.let_in(request.query_params, str(person)), 303)
        except RequestRefused as refused:
            return HTMLResponse(f"refused: {escape(str(refused))}", 400)

    async def token(request: Request) -> Response:
        async with request.form() as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return _json(provider.token(fields))

    def certs(_: Request) -> Response:
        return _json(provider.certs())

    return Starlette(
        routes=[
            Route(f"{_BELOW}/auth", ask, methods=["GET"]),
            Route(f"{_BELOW}/auth", answer, methods=["POST"]),
            Route(f"{_BELOW}/token", token, methods=["POST"]),
            Route(f"{_BELOW}/certs", certs, methods=["GET"]),
        ],
        middleware=[Middleware(SecurityHeaders)],
    )


def _json(reply: Reply) -> Response:
    return Response(reply.body, reply.status, media_type="application/json")
