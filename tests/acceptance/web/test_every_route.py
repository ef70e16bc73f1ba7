"""What holds for every address, whatever it shows: made from the router (faults.md MATRIX)."""

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from starlette.routing import Route

from ichimai import web
from tests.acceptance.little_town import LittleTown, served, services_of
from tests.acceptance.pages import PageClient, check_headers, check_page

Browser = Callable[[], PageClient]

OPEN = {"/", "/me/from-counter", "/me/sign-in", "/shop/enrol", "/console/sign-in", "/metrics"} | {
    "/me/digital-id/answer",
    "/shop/account/cancel",
    "/phone",
    "/phone/worker.js",
    "/shop/cut",
    "/shop/tasks/offline",
    "/shop/worker.js",
}
"""The only pages for somebody who has not signed in."""


@pytest.fixture
def routes(town: LittleTown) -> list[tuple[str, str]]:
    """(method, address) of every page and action, with an id nobody has in it."""
    found = []
    for route in web.application(services_of(town)).routes:
        if isinstance(route, Route) and not route.path.startswith(("/api/", "/static/")):
            path = re.sub(r"{\w+:uuid}", str(uuid.uuid4()), route.path)
            path = re.sub(r"{\w+:int}", "8", path)
            found += [(method, path) for method in route.methods or () if method != "HEAD"]
    assert len(found) > 40
    return found


def test_nobody_sees_a_page_without_having_signed_in(
    routes: list[tuple[str, str]], browser: Browser
) -> None:
    for method, path in routes:
        if method == "GET" and path not in OPEN:
            answer = browser().http.get(path)
            check_headers(answer)
            assert answer.status_code == 303, path
            assert answer.headers["location"] in OPEN, path


def test_no_form_is_believed_without_a_token(
    routes: list[tuple[str, str]], browser: Browser
) -> None:
    for method, path in routes:
        if method == "POST":
            answer = browser().http.post(path, data={"id": str(uuid.uuid4())})
            check_headers(answer)
            assert answer.status_code == 403, path


def test_a_form_from_another_site_is_not_believed(browser: Browser) -> None:
    client = browser()
    page = client.get("/console/sign-in")
    token = page.form_to("/console/sign-in").find(".//input[@name='form_token']")
    assert token is not None
    data = {"form_token": token.get("value", ""), "name": "x", "password": "y"}
    for origin in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": origin}
        answer = client.http.post("/console/sign-in", data=data, headers=headers)
        assert answer.status_code == 403
    assert client.http.post("/console/sign-in", data=data).status_code == 422


def test_a_token_is_good_for_its_own_browser_and_door_only(browser: Browser) -> None:
    """Login CSRF: a token from the attacker's browser opens nothing in the victim's."""
    attacker, victim = browser(), browser()
    field = attacker.get("/console/sign-in").form_to("/console/sign-in").find(".//input")
    assert field is not None
    victim.get("/console/sign-in")
    data = {"form_token": field.get("value", ""), "name": "x", "password": "y"}
    assert victim.http.post("/console/sign-in", data=data).status_code == 403
    assert attacker.http.post("/me/sign-in", data=data).status_code == 403


def test_no_answer_names_the_host_that_a_request_claims(browser: Browser) -> None:
    """Open redirect by a forged Host (faults.md G109)."""
    client = browser()
    for path in ("/me/", "/shop/", "/console/sign-in/", "/me", "//evil.example/me"):
        answer = client.http.get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.headers.get("location", "")


def test_an_address_that_leads_nowhere_says_so_in_both_languages(browser: Browser) -> None:
    client = browser()
    for path in ("/nowhere", "/console/../etc", "/me/9", "/shop/payments/not-an-id"):
        client.get(path, status=404)


@pytest.mark.parametrize(
    "body, kind, status",
    [
        (b"x=" + b"y" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 400),
        (b"", "", 400),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b", 403),
        (b"no boundary", "multipart/form-data", 400),
        (b"&".join(b"a=1" for _ in range(2_000)), "application/x-www-form-urlencoded", 400),
    ],
)
def test_a_body_that_is_no_form_of_ours_is_refused(
    browser: Browser, body: bytes, kind: str, status: int
) -> None:
    client = browser()
    client.get("/me/sign-in")
    answer = client.http.post("/me/sign-in", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    check_headers(answer)
    check_page(answer)


def test_a_long_body_without_a_length_is_cut_off(browser: Browser) -> None:
    client = browser()
    client.get("/me/sign-in")

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.http.post("/me/sign-in", content=pieces(), headers=headers)
    assert answer.status_code == 413


def test_what_was_typed_is_shown_as_text(town: LittleTown, browser: Browser) -> None:
    """XSS by reflection (faults.md G97): the page client finds any script of the page."""
    client = browser()
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    page = client.submit(client.get("/me/sign-in"), "/me/sign-in", {"card": evil}, status=422)
    assert page.form_to("/me/sign-in").find(".//input[@id='card']") is not None
    assert "<script>alert" not in page.response.text
    fields = {"code": evil}
    page = client.submit(client.get("/shop/enrol"), "/shop/enrol", fields, status=422)
    assert "<script>alert" not in page.response.text
    assert town.greengrocer.name not in page.text


def test_the_language_is_remembered_and_an_unknown_one_is_not(browser: Browser) -> None:
    client = browser()
    client.http.get("/?lang=en")
    assert client.http.cookies["ichimai-lang"] == "en"
    assert check_page(client.http.get("/me/sign-in")).tree.get("lang") == "en"
    client.http.get("/?lang=xx")
    assert client.http.cookies["ichimai-lang"] == "en"
    client.http.get("/?lang=ja")
    assert check_page(client.http.get("/me/sign-in")).tree.get("lang") == "ja"


def test_over_https_every_cookie_is_bound_to_this_host(town: LittleTown) -> None:
    """A cookie cannot be planted by another host of the town's domain (faults.md G107)."""
    with served(town, is_https=True) as address:
        client = PageClient(address)
        visitor = client.http.get("/me/sign-in").headers["set-cookie"]
        client.close()
    assert visitor.startswith("__Host-ichimai-visitor=")
    for flag in ("HttpOnly", "Path=/", "SameSite=lax", "Secure"):
        assert flag in visitor
    assert "Domain" not in visitor


def test_a_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    town: LittleTown, browser: Browser
) -> None:
    client = browser()
    page = client.get("/shop/enrol")
    data = {"code": town.enrolment_code(town.greengrocer)}
    token = page.form_to("/shop/enrol").find(".//input[@name='form_token']")
    assert token is not None
    data["form_token"] = token.get("value", "")
    cookie = client.http.post("/shop/enrol", data=data).headers["set-cookie"]
    assert cookie.startswith("ichimai-till=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_our_own_files_never_change_under_their_address(browser: Browser) -> None:
    client = browser()
    page = client.get("/")
    (address,) = re.findall(r'href="(/static/\w+/ichimai\.css)"', page.response.text)
    answer = client.http.get(address)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.http.get(address.replace("ichimai.css", "../pages.py")).status_code == 404
    assert client.http.get("/static/0/ichimai.css").status_code == 404
    wasm = address.replace("ichimai.css", "vendor/zxing-wasm/zxing_reader.wasm")
    assert client.http.get(wasm).headers["content-type"] == "application/wasm"
