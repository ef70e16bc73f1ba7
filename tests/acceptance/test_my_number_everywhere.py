"""A My Number is refused in every field of every form and API, and is kept nowhere (faults.md F85).

The fields are taken from the router, the types and the templates, so that a new one is asked too.
The database logs every statement with its values here: it must not even have been asked for it.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.storage import Database, Schema
from ichimai.web.my_number import FILLED_BY_READERS
from tests.acceptance.my_numbers import (
    MY_NUMBER,
    SPELLINGS,
    TRACES,
    Browser,
    Callers,
    Site,
    field_names,
    is_clean,
    operations,
    pages,
    refused,
    texts_of,
)
from tests.town import GIFT, Town, served


@pytest.fixture
def site(database_url: str, operator: Schema, clock: ManualClock) -> Iterator[Site]:
    """A town whose database writes down every statement with every value."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        name = connection.info.dbname
        for setting in ("log_min_duration_statement = 0", "log_parameter_max_length = -1"):
            connection.execute(f"ALTER DATABASE {name} SET {setting}".encode())
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    log = Path(row[0]) / "server.log"
    offset = log.stat().st_size
    database = Database(database_url)
    town = Town(database, operator, clock).build()
    with served(town) as address:
        yield Site(address, town, log, offset)
    database.close()


@pytest.fixture
def nothing_is_written_down(site: Site, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever the test sends, the database is not asked about it and no log line has it."""
    capfd.readouterr()
    with httpx.Client(base_url=f"{site.address}/api/v1") as http:
        bearer = {"Authorization": f"Bearer {site.town.token('officer')}"}
        assert http.get("/shops?query=MARKER", headers=bearer).status_code == 200
    yield
    out, err = capfd.readouterr()
    told = site.told_to_database()
    assert "MARKER" in told, "the database's log has no values in it"
    for place in (out, err, told):
        assert [trace for trace in TRACES if trace in place] == []


# The API.


def test_every_text_of_every_body_refuses_it(site: Site, nothing_is_written_down: None) -> None:
    """In a body that is right otherwise, in one that is not, and in what nobody asked for."""
    callers, asked = Callers(site.town), 0
    with httpx.Client(base_url=f"{site.address}/api/v1", timeout=30) as http:
        for method, path, operation in operations():
            if operation.body is None:
                continue
            right, texts = texts_of(operation.body)
            headers = callers.headers(operation)
            for name in texts:
                for spelling in SPELLINGS:
                    for told in (right | {name: spelling}, {name: spelling}, {name: [spelling]}):
                        what = f"{method} {path} {name}"
                        refused(http.request(method, path, json=told, headers=headers), what)
                        asked += 1
            spelling = next(site.spellings)
            for told in (
                {spelling: 1},
                right | {"note": spelling},
                {"x": {"y": [{"z": spelling}]}},
            ):
                refused(http.request(method, path, json=told, headers=headers), f"{path} {told}")
    assert asked > 300


def test_every_query_of_the_api_refuses_it(site: Site, nothing_is_written_down: None) -> None:
    callers, asked = Callers(site.town), 0
    with httpx.Client(base_url=f"{site.address}/api/v1", timeout=30) as http:
        for method, path, operation in operations():
            if operation.query is None:
                continue
            headers = callers.headers(operation)
            for name in (*operation.query.__struct_encode_fields__, "note"):
                spelling = next(site.spellings)
                for query in ({name: spelling}, {spelling: "1"}):
                    answer = http.request(method, path, params=query, headers=headers)
                    refused(answer, f"{method} {path} {name}")
                    asked += 1
    assert asked > 20


def test_no_answer_repeats_it_where_a_request_is_wrong_in_another_way(
    site: Site, nothing_is_written_down: None
) -> None:
    """Not as a number instead of a text, not as an id, a header, an address or broken JSON."""
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/payments", {"json": {"credential": int(MY_NUMBER), "amount": 1}}),
        ("POST", "/payments", {"content": f'{{"credential": "{MY_NUMBER}"'}),
        ("POST", "/payments", {"content": MY_NUMBER}),
        ("POST", "/payments", {"headers": {"Idempotency-Key": MY_NUMBER}, "json": {"amount": 1}}),
        ("GET", f"/payments/{MY_NUMBER}", {}),
        ("GET", f"/{MY_NUMBER}?x={MY_NUMBER}", {}),
        ("POST", "/payments", {"headers": {"Authorization": f"Bearer {MY_NUMBER}"}, "json": {}}),
    ]
    till = {"Authorization": f"Bearer {site.town.token('greengrocer')}"}
    with httpx.Client(base_url=f"{site.address}/api/v1", timeout=30) as http:
        for method, path, options in wrong:
            sent = till | options.pop("headers", {})
            answer = http.request(method, path, headers=sent, **options)
            assert 400 <= answer.status_code < 500
            is_clean(answer, f"{method} {path}")


def test_escapes_do_not_hide_it(site: Site, nothing_is_written_down: None) -> None:
    hidden = "".join(f"\\u{ord(digit):04x}" for digit in MY_NUMBER)
    bearer = {"Authorization": f"Bearer {site.town.token('greengrocer')}"}
    with httpx.Client(base_url=f"{site.address}/api/v1", headers=bearer) as http:
        for told in (f'{{"credential": "{hidden}", "amount": 1}}', f'{{"{hidden}": 1}}'):
            refused(http.post("/payments", content=told), told)


def test_a_number_in_a_readers_frame_is_judged_with_the_cards(
    site: Site, nothing_is_written_down: None
) -> None:
    """It passes the door in fields that readers fill, is no card here, and is not sent back."""
    assert set(FILLED_BY_READERS) == {"card", "credential", "felica", "number"}
    bearer = {"Authorization": f"Bearer {site.town.token('greengrocer')}"}
    framed = f"A{MY_NUMBER}B"
    with httpx.Client(base_url=f"{site.address}/api/v1", headers=bearer) as http:
        paid = {"id": str(site.town.operation()), "credential": framed, "amount": 100}
        answer = http.post("/payments", json=paid)
        assert 400 <= answer.status_code < 500, answer.text
        is_clean(answer, "a payment")
        enrolment = http.post("/enrolments", json={"code": framed, "secret": "s" * 32})
        refused(enrolment, "a field that no reader fills")


@pytest.mark.parametrize("path", ["/grant-lists", "/grant-lists/check"])
def test_a_list_with_one_says_the_row_and_no_more(
    site: Site, nothing_is_written_down: None, path: str
) -> None:
    header = "宛名番号,氏名,カナ,生年月日,事由,婚姻日,夫婦番号"
    cells = ["0000000101", "豊島 花子", "トシマ ハナコ", "昭和23年12月3日", "喜寿", "", ""]
    bearer = {"Authorization": f"Bearer {site.town.token('officer')}"}
    with httpx.Client(base_url=f"{site.address}/api/v1", headers=bearer) as http:
        for place in range(len(cells)):
            spelling = next(site.spellings)
            row = ",".join([*cells[:place], spelling, *cells[place + 1 :]])
            answer = http.post(
                path,
                params={"program": GIFT.key},
                content=f"{header}\n{row}\n".encode(),
                headers={"Content-Type": "text/csv"},
            )
            assert answer.status_code == 422
            assert '"my_number"' in answer.text
            is_clean(answer, f"column {place}")


# The pages.


@pytest.fixture
def browser(site: Site) -> Iterator[Browser]:
    """A browser of everybody."""
    with httpx.Client(base_url=site.address, timeout=30) as http:
        yield Browser(site, http)


def test_every_field_of_every_form_refuses_it(
    site: Site, browser: Browser, nothing_is_written_down: None
) -> None:
    """Any field, since a form may bring any: urlencoded, and as a form with a file comes."""
    forms = [path for method, path in pages() if method == "POST"]
    assert len(forms) > 15
    for path, name in itertools.product(forms, sorted(field_names())):
        told = {"form_token": browser.token(path), name: next(site.spellings)}
        refused(browser.http.post(path, data=told), f"{path} {name}")
    for path in forms:
        parts = {"form_token": (None, browser.token(path)), "note": (None, next(site.spellings))}
        refused(browser.http.post(path, files=parts), path)


def test_a_form_that_is_not_believed_does_not_repeat_it(
    site: Site, browser: Browser, nothing_is_written_down: None
) -> None:
    for method, path in pages():
        if method == "POST":
            answer = browser.http.post(path, data={"form_token": "x", "note": next(site.spellings)})
            assert answer.status_code == 403
            is_clean(answer, path)


def test_every_parameter_of_every_page_refuses_it(
    site: Site, browser: Browser, nothing_is_written_down: None
) -> None:
    """Also in the links of the refusal to the page in the other language."""
    names = sorted(field_names())
    for path in [path for method, path in pages() if method == "GET"]:
        for name in names:
            answer = browser.http.get(path, params={name: next(site.spellings)})
            refused(answer, f"{path} {name}")
        refused(browser.http.get(path, params={next(site.spellings): "1"}), path)


def test_an_address_that_leads_nowhere_does_not_repeat_it(
    site: Site, browser: Browser, nothing_is_written_down: None
) -> None:
    for spelling in SPELLINGS:
        for path in (f"/{spelling}", f"/me/{spelling}", f"/shop/payments/{spelling}?x={spelling}"):
            answer = browser.http.get(path)
            assert answer.status_code in {404, 422}
            is_clean(answer, path)


def test_the_name_of_a_file_is_not_repeated(
    site: Site, browser: Browser, nothing_is_written_down: None
) -> None:
    path = "/console/lists/new"
    token = {"form_token": browser.token(path), "program": GIFT.key, "do": "check"}
    for spelling in SPELLINGS:
        file = {"list": (f"{spelling}.csv", f"宛名番号\n{spelling}\n".encode())}
        answer = browser.http.post(path, data=token, files=file)
        assert answer.status_code == 422
        is_clean(answer, "a file's name")
