"""The frame of every page: who asks, in which language, with a form to believe or not.

A handler is a plain function from a ``Visit`` to a response; it runs in a worker thread
and opens the transactions it needs. Only a handler that awaits the committer is async.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from gettext import NullTranslations
from http import HTTPStatus
from typing import Any, Literal, cast
from urllib.parse import urlencode

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ichimai.kernel.check_digits import contains_my_number
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from ichimai.programs.upkeep import ending_rules
from ichimai.web.layout import formats, i18n, messages, security
from ichimai.web.layout.cookies import Door, Jar
from ichimai.web.layout.forms import (
    FORM_BYTES,
    Form,
    FormTooLarge,
    FormUnreadable,
    read_form,
)
from ichimai.web.layout.static import StaticFiles
from ichimai.web.my_number import refuse_in_texts
from ichimai.web.services import Services

_STATUS = (
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
)


class SignInNeeded(Exception):
    """This page is for somebody who has signed in."""


class FormNotBelieved(Exception):
    """The form did not come from our page in this browser."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page, its form already checked.

    ``token`` is what the browser holds for the audience's session, if anything;
    ``visitor`` what its forms are bound to without one.
    """

    pages: "Pages"
    door: Door | None
    request: Request
    form: Form
    language: str
    token: str | None
    visitor: str
    nonce: str

    @property
    def services(self) -> Services:
        """The parts that the pages are made of."""
        return self.pages.services

    @property
    def paper_language(self) -> Literal["ja", "en"]:
        """The language of a paper that is downloaded from this page."""
        return "ja" if self.language == i18n.JAPANESE else "en"

    @property
    def network(self) -> str:
        """The address that the request came from, as far as failed sign-ins count it.

        A /64 of IPv6 is one customer. Behind a proxy the server must be told to trust it:
        we read no forwarding header ourselves (faults.md G111).
        """
        host = self.request.client.host if self.request.client else ""
        return ":".join(host.split(":")[:4]) if ":" in host else host

    def render(self, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
        """A page."""
        return self.pages.render(self, template, status=status, **context)

    def go(self, path: str) -> Response:
        """Send the browser on to one of our own pages (post, redirect, get)."""
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)

    def go_signed_in(self, token: str, path: str) -> Response:
        """Give the browser its session and send it on."""
        response = self.go(path)
        self.pages.jar.set_session(response, self._door, token)
        return response

    def go_signed_out(self) -> Response:
        """Take the session out of the browser and send it to the sign-in page."""
        response = self.go(self._door.sign_in)
        self.pages.jar.drop_session(response, self._door)
        return response

    def say(self, message: str) -> str:
        """A marked sentence in the language of the page, for text that no template writes."""
        return self.pages.translation(self.language).gettext(message)

    def yen(self, units: int) -> str:
        """An amount in the language of the page."""
        return formats.yen(units, self.language)

    def form_token(self) -> str:
        """What this page's forms must carry."""
        return security.form_token(
            self.services.people_key,
            self.door.name if self.door else "",
            self.token or self.visitor,
        )

    @property
    def _door(self) -> Door:
        if self.door is None:
            raise TypeError("this page has no audience")
        return self.door


Handler = Callable[[Visit], Response] | Callable[[Visit], Awaitable[Response]]


class Pages:
    """Makes routes of handlers and pages of templates."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.jar = Jar(is_https=services.is_https)
        self.static = _static()
        for language in i18n.LANGUAGES:
            _environment(language)

    def translation(self, language: str) -> NullTranslations:
        """The catalogue of a language."""
        return i18n.translations(language)

    def page(self, path: str, door: Door | None, handler: Handler) -> Route:
        """A page that is only looked at."""
        return Route(path, self._endpoint(door, handler), methods=["GET"])

    def action(
        self, path: str, door: Door | None, handler: Handler, *, limit: int = FORM_BYTES
    ) -> Route:
        """What a form does; its body has at most ``limit`` bytes."""
        return Route(path, self._endpoint(door, handler, limit), methods=["POST"])

    def render(self, visit: Visit, template: str, *, status: int, **context: Any) -> Response:  # noqa: ANN401 - a template takes anything
        """A page with its headers and, for a browser without one, a visitor's cookie."""
        town, language = self.services.town, visit.language
        is_japanese = language == i18n.JAPANESE
        body = (
            _environment(language)
            .get_template(template)
            .render(
                context,
                form_token=visit.form_token(),
                language=language,
                nonce=visit.nonce,
                other_languages=_other_languages(visit),
                town_name=town.name_ja if is_japanese else town.name_en,
                town_contact=formats.to_call(town.contact_ja if is_japanese else town.contact_en),
            )
        )
        response = HTMLResponse(body, status)
        may_scan = bool(context.get("may_scan"))
        policy = security.page_policy(
            visit.nonce,
            may_scan=may_scan,
            leads_to=context.get("leads_to", ""),
            reads_cards=bool(context.get("reads_cards")),
        )
        response.headers["Content-Security-Policy"] = policy
        if may_scan:
            response.headers["Permissions-Policy"] = security.CAMERA_ALLOWED
        if not visit.token and self.jar.visitor(visit.request) != visit.visitor:
            self.jar.set_visitor(response, visit.visitor)
        if visit.request.query_params.get("lang") == language:
            self.jar.set_language(response, i18n.COOKIE, language)
        return response

    async def not_found(self, request: Request, _: Exception) -> Response:
        """The page for an address that leads nowhere."""
        return self._error_page(self._visit(request, None), HTTPStatus.NOT_FOUND, "not_found")

    async def server_error(self, request: Request, _: Exception) -> Response:
        """The page for a mistake of ours; it says nothing about it."""
        visit = self._visit(request, None)
        page = self._error_page(visit, HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error")
        # This answer is made outside of the middleware.
        security.add_headers(page.headers)
        return page

    def _endpoint(
        self, door: Door | None, handler: Handler, limit: int = FORM_BYTES
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            visit = self._visit(request, door)
            try:
                refuse_in_texts(request.query_params.multi_items())
                if request.method == "POST":
                    visit = await self._with_form(visit, limit)
                return await _answer(handler, visit)
            except SignInNeeded:
                return visit.go_signed_out()
            except DomainError as error:
                return self._error_page(visit, _status_of(error), error.code)
            except HTTPException as error:
                return self._error_page(visit, HTTPStatus(error.status_code), "not_found")
            except FormTooLarge:
                return self._error_page(
                    visit, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "form_too_large"
                )
            except FormUnreadable:
                return self._error_page(visit, HTTPStatus.BAD_REQUEST, "form_unreadable")
            except FormNotBelieved:
                return self._error_page(visit, HTTPStatus.FORBIDDEN, "form_not_believed")

        # The list of routes in the documentation is made of these.
        endpoint.__doc__ = handler.__doc__
        return endpoint

    def _visit(self, request: Request, door: Door | None) -> Visit:
        return Visit(
            pages=self,
            door=door,
            request=request,
            form=Form(),
            language=i18n.chosen(
                request.query_params.get("lang"), request.cookies.get(i18n.COOKIE)
            ),
            token=self.jar.session(request, door) if door else None,
            visitor=self.jar.visitor(request) or security.new_nonce(),
            nonce=security.new_nonce(),
        )

    async def _with_form(self, visit: Visit, limit: int) -> Visit:
        """The visit with its form, once that is known to be ours (faults.md G98).

        Raises FormNotBelieved, FormTooLarge, FormUnreadable, MyNumberRefused.
        """
        if visit.request.headers.get("sec-fetch-site", "same-origin") not in (
            "same-origin",
            "none",
        ):
            raise FormNotBelieved
        form = await read_form(visit.request, limit)
        bound_to = visit.token or self.jar.visitor(visit.request)
        door = visit.door.name if visit.door else ""
        if not bound_to or not security.is_form_token(
            self.services.people_key, door, bound_to, form.text("form_token")
        ):
            raise FormNotBelieved
        refuse_in_texts((name, text) for name, texts in form.fields.items() for text in texts)
        return Visit(
            pages=self,
            door=visit.door,
            request=visit.request,
            form=form,
            language=visit.language,
            token=visit.token,
            visitor=visit.visitor,
            nonce=visit.nonce,
        )

    def _error_page(self, visit: Visit, status: HTTPStatus, code: str) -> Response:
        home = visit.door.home if visit.door else "/"
        return visit.render(
            "error.html", status=status, message=messages.text_of(code), code=code, home=home
        )


async def _answer(handler: Handler, visit: Visit) -> Response:
    if inspect.iscoroutinefunction(handler):
        return await cast("Awaitable[Response]", handler(visit))
    return await run_in_threadpool(cast("Callable[[Visit], Response]", handler), visit)


def _status_of(error: DomainError) -> HTTPStatus:
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return HTTPStatus.SERVICE_UNAVAILABLE


def _other_languages(visit: Visit) -> list[tuple[str, str, str]]:
    """(code, name, address) of this page in the other languages; a My Number is not sent back."""
    query = {name: value for name, value in visit.request.query_params.items() if name != "lang"}
    path = visit.request.url.path
    if any(map(contains_my_number, [visit.request.scope["path"], *query, *query.values()])):
        path, query = "/", {}
    return [
        (code, name, f"{path}?{urlencode(query | {'lang': code})}")
        for code, name in i18n.LANGUAGES.items()
        if code != visit.language
    ]


@functools.cache
def _static() -> StaticFiles:
    """Read once in a process, as templates are compiled once."""
    return StaticFiles()


@functools.cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ichimai.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The extension adds this method.
    catalogue = i18n.translations(language)
    cast("Any", environment).install_gettext_translations(catalogue, newstyle=True)
    environment.globals["static"] = _static().url
    environment.filters["yen"] = lambda units: formats.yen(units, language)
    environment.filters["units"] = lambda count, of: formats.units(count, of, language)
    environment.filters["day"] = lambda value: formats.day(value, language)
    environment.filters["birth_day"] = lambda value: formats.birth_day(value, language)
    environment.filters["fact"] = lambda value: formats.fact(value, language)
    environment.filters["account"] = lambda of: formats.account(of, language)
    environment.filters["moment"] = lambda at: formats.moment(at, language)
    environment.filters["day_and_time"] = lambda at: formats.day_and_time(at, language)
    environment.filters["on_day"] = day_in_tokyo
    environment.filters["clock_time"] = formats.clock_time
    environment.filters["share"] = formats.share
    environment.filters["notices"] = ending_rules.notices
    environment.filters["last_day"] = ending_rules.last_day
    environment.filters["called"] = lambda thing: formats.called(thing, language)
    environment.filters["number"] = lambda value: f"{value:,}"
    return environment
