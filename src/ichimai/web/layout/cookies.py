"""Cookies: one for each audience's session, one for visitors, one for the language."""

from dataclasses import dataclass
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

_FOR_YEARS: Final = 400 * 24 * 3600  # RFC 6265bis §4.1.2.2: the longest that browsers keep


@dataclass(frozen=True, slots=True)
class Door:
    """By which one audience comes in: its cookie and its first pages.

    ``is_lasting`` cookies stay when the browser is closed: a till is enrolled once.
    """

    name: str
    home: str
    sign_in: str
    same_site: Literal["lax", "strict"]
    is_lasting: bool = False


@dataclass(frozen=True, slots=True)
class Jar:
    """Reads and writes cookies; over HTTPS their names begin with ``__Host-``.

    A ``__Host-`` cookie cannot be set by another host of the town's domain (faults.md G107).
    """

    is_https: bool

    def session(self, request: Request, door: Door) -> str | None:
        """The token that the browser holds for an audience."""
        return request.cookies.get(self._name(door.name))

    def visitor(self, request: Request) -> str | None:
        """The random value by which forms of a browser without a session are recognised."""
        return request.cookies.get(self._name("visitor"))

    def set_session(self, response: Response, door: Door, token: str) -> None:
        """Give the browser a session's token."""
        age = _FOR_YEARS if door.is_lasting else None
        self._set(response, door.name, token, same_site=door.same_site, max_age=age)

    def set_visitor(self, response: Response, value: str) -> None:
        """Give a browser without a session something to bind its forms to."""
        self._set(response, "visitor", value, same_site="lax")

    def drop_session(self, response: Response, door: Door) -> None:
        """Take the session's token out of the browser."""
        self._set(response, door.name, "", same_site=door.same_site, max_age=0)

    def set_language(self, response: Response, cookie: str, language: str) -> None:
        """Remember the language of the pages."""
        response.set_cookie(
            cookie, language, max_age=_FOR_YEARS, secure=self.is_https, samesite="lax"
        )

    def _name(self, name: str) -> str:
        return f"{'__Host-' if self.is_https else ''}ichimai-{name}"

    def _set(
        self,
        response: Response,
        name: str,
        value: str,
        *,
        same_site: Literal["lax", "strict"],
        max_age: int | None = None,
    ) -> None:
        response.set_cookie(
            self._name(name),
            value,
            max_age=max_age,
            secure=self.is_https,
            httponly=True,
            samesite=same_site,
        )
