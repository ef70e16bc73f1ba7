"""What a page may ask of the reader, and who may not ask at all."""

import base64
import json
from collections.abc import Callable
from uuid import UUID, uuid5

import pytest

from ichimai.kernel.ids import NIL
from ichimai.reader import operations
from ichimai.reader.scans import INFO, SUITE
from tests.integration.reader.conftest import BASE, ORIGIN, PORT, Site
from tests.unit.reader.table_of_readers import LEFT, PIN, RIGHT, felica_card, my_number_card

TAP = uuid5(NIL, "tap")
NONCE = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
ASKED = [
    ("POST", "/v1/pairings"),
    ("GET", "/v1/events"),
    ("GET", "/v1/scans"),
    ("POST", "/v1/scans"),
    ("POST", "/v1/scans/settled"),
    ("POST", f"/v1/taps/{TAP}/certificate"),
    ("POST", f"/v1/taps/{TAP}/tries"),
    ("POST", f"/v1/taps/{TAP}/signature"),
    ("POST", f"/v1/taps/{TAP}/idm"),
]
EVERY = pytest.mark.parametrize("method,path", ASKED)


def data(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signature(number: int = 1, pin: str = PIN, nonce: str = NONCE) -> dict[str, str]:
    return {"id": str(uuid5(NIL, str(number))), "nonce": nonce, "pin": pin}


def test_the_list_of_addresses_is_complete(site: Site) -> None:
    """What is tried below is all that there is."""
    routes = site.api.routes()
    found = {
        (method, route.path.replace("{tap:uuid}", str(TAP)))
        for route in routes
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert found == set(ASKED)


@EVERY
@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "http://card.city.example",
        "https://card.city.example:444",
        "https://card.city.example.evil.example",
        "HTTPS://CARD.CITY.EXAMPLE",
        BASE,
    ],
)
def test_a_page_of_another_origin_is_refused(
    paired: Site, method: str, path: str, origin: str | None
) -> None:
    """Even with the token; and it is not told that it might read the refusal."""
    headers = {"Authorization": paired.headers["Authorization"]}
    if origin is not None:
        headers["Origin"] = origin
    for verb in (method, "OPTIONS"):
        answer = paired.client.request(verb, path, headers=headers, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "host",
    [f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.2:{PORT}", f"[::1]:{PORT}", "", "127.0.0.1:1"],
)
@pytest.mark.parametrize("path", ["/", "/v1/events", "/status.css"])
def test_a_name_that_is_not_ours_is_refused(paired: Site, host: str, path: str) -> None:
    """DNS rebinding: a page's own name may lead to this machine, but the Host header tells."""
    answer = paired.client.request("GET", path, headers={**paired.headers, "Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_host")


@EVERY
def test_the_right_page_is_let_in_by_its_preflight(site: Site, method: str, path: str) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    answer = site.client.request("OPTIONS", path, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-private-network"] == "true"
    assert "access-control-allow-credentials" not in answer.headers
    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("method,path", ASKED[1:])
@pytest.mark.parametrize("token", ["", "Bearer", "Bearer ", "Bearer x", "Basic x", "Bearer あ"])
def test_a_page_that_is_not_paired_is_refused(
    site: Site, method: str, path: str, token: str
) -> None:
    headers = [(b"origin", ORIGIN.encode()), (b"authorization", token.encode())]
    answer = site.client.request(method, path, headers=headers, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_paired")
    assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_pairing_is_by_the_code_that_is_shown_and_once(site: Site) -> None:
    assert site.post("/v1/pairings", {"code": "x"}).json()["code"] == "pairing_closed"
    site.pair()
    assert site.get("/v1/scans").status_code == 200
    again = site.post("/v1/pairings", {"code": site.said[0]})
    assert again.json()["code"] == "pairing_closed"


def test_guessing_the_code_is_stopped(site: Site) -> None:
    site.pairing.open()
    codes = [site.post("/v1/pairings", {"code": "0"}).json()["code"] for _ in range(7)]
    assert codes == ["wrong_pairing_code"] * 5 + ["pairing_paused"] * 2


def test_a_card_is_read_and_signs(paired: Site) -> None:
    card = my_number_card()
    tap = str(paired.desk.lay(card).id)
    read = paired.post(f"/v1/taps/{tap}/certificate", {}).json()
    assert paired.post(f"/v1/taps/{tap}/tries", {}).json() == {"tap": tap, "tries_left": 3}
    signed = paired.post(f"/v1/taps/{tap}/signature", signature()).json()
    assert signed["tap"] == read["tap"] == tap
    assert signed["certificate"] == read["certificate"]
    assert len(data(signed["signature"])) == 256


def test_an_idm_is_read(paired: Site) -> None:
    tap = str(paired.desk.lay(felica_card()).id)
    assert paired.post(f"/v1/taps/{tap}/idm", {}).json() == {"tap": tap, "idm": "012e4cb1a2b3c4d5"}
    refused = paired.post(f"/v1/taps/{tap}/certificate", {})
    assert refused.json()["code"] == "card_refused"


def test_a_wrong_pin_says_what_is_left_and_nothing_more(paired: Site) -> None:
    tap = paired.desk.lay(my_number_card()).id
    wrong = paired.post(f"/v1/taps/{tap}/signature", signature(1, "9999"))
    assert wrong.status_code == 403
    assert (wrong.json()["code"], wrong.json()["tries_left"]) == ("wrong_card_pin", 2)
    assert "9999" not in wrong.text
    again = paired.post(f"/v1/taps/{tap}/signature", signature(1, PIN))
    assert (again.status_code, again.json()["code"]) == (409, "already_asked")


def test_a_card_that_is_gone_is_not_asked(paired: Site) -> None:
    tap = paired.desk.lay(my_number_card()).id
    paired.desk.table.lift()
    paired.desk.look()
    other = my_number_card()
    paired.desk.lay(other)
    paired.desk.table.sent.clear()
    for what, body in [("certificate", {}), ("tries", {}), ("signature", signature()), ("idm", {})]:
        answer = paired.post(f"/v1/taps/{tap}/{what}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "card_lifted")
    assert paired.desk.table.sent == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '"4126"',
        "\xff",
        "{" * 10_000,
        json.dumps(signature(pin="4126") | {"more": 1}),
        json.dumps(signature() | {"id": "1"}),
        json.dumps(signature() | {"pin": 4126}),
        json.dumps(signature(nonce=NONCE[:-2])),
        json.dumps(signature(nonce=NONCE + "AAAA")),
        json.dumps(signature(nonce="あ" * 43)),
        json.dumps(signature(nonce=NONCE[:-1] + "=")),
        json.dumps(signature() | {"pin": "x" * 100_000}),
    ],
)
def test_a_malformed_request_touches_no_card(paired: Site, body: str) -> None:
    card = my_number_card()
    tap = paired.desk.lay(card).id
    paired.desk.table.sent.clear()
    headers = {**paired.headers, "Content-Type": "application/json"}
    sent = body.encode("latin-1", "replace")
    answer = paired.client.request(
        "POST", f"/v1/taps/{tap}/signature", content=sent, headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert "4126" not in answer.text
    assert (paired.desk.table.sent, card.tries_left) == ([], 3)


def test_a_pin_of_another_form_uses_no_try(paired: Site) -> None:
    card = my_number_card()
    tap = paired.desk.lay(card).id
    for number, pin in enumerate(["", "123", "12345", "１２３４", "12a4", "1234\n"]):
        answer = paired.post(f"/v1/taps/{tap}/signature", signature(number, pin))
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_card_pin")
    assert card.tries_left == 3


def test_a_form_of_another_site_cannot_send_what_the_page_sends(paired: Site) -> None:
    """Only JSON, which a browser asks leave for."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        headers = {**paired.headers, "Content-Type": kind}
        answer = paired.client.request("POST", "/v1/scans/settled", content=b"{}", headers=headers)
        assert answer.json()["code"] == "malformed_request"


def test_check_ins_are_kept_handed_over_and_settled(paired: Site) -> None:
    ids = [str(uuid5(NIL, str(number))) for number in range(3)]
    for number, id_ in enumerate(ids, 1):
        for _ in range(2):
            kept = paired.post("/v1/scans", {"id": id_, "body": f"{number}人目"}).json()
            assert kept == {"queue": str(NIL), "sequence": number}
    waiting = paired.get("/v1/scans").json()
    assert (waiting["waiting"], waiting["last_sequence"]) == (3, 3)
    for scan, number in zip(waiting["scans"], (1, 2, 3), strict=True):
        info = INFO + UUID(scan["id"]).bytes
        opened = SUITE.decrypt(data(scan["sealed"]), paired.server, info=info)
        assert opened.decode() == f"{number}人目"
    body = {"queue": str(NIL), "taken": [1, 2], "refused": [{"sequence": 3, "code": "late"}]}
    assert paired.post("/v1/scans/settled", body).json() == {"waiting": 0}
    left = paired.get("/v1/scans").json()
    assert (left["refused"], left["scans"]) == (1, [])
    assert left["put_aside"] == [waiting["scans"][2] | {"refused_as": "late"}]
    wrong = paired.post("/v1/scans/settled", body | {"queue": str(TAP)})
    assert wrong.json()["code"] == "other_queue"


def test_too_long_a_check_in_is_refused(paired: Site) -> None:
    answer = paired.post("/v1/scans", {"id": str(TAP), "body": "あ" * 3_000})
    assert answer.json()["code"] == "malformed_request"
    numbers = {"queue": str(NIL), "taken": [2**70]}
    assert paired.post("/v1/scans/settled", numbers).json()["code"] == "malformed_request"


def test_what_nobody_expected_is_told_by_its_class_alone(
    paired: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception's text may hold what was read from the card."""

    def broken(_: Callable[[bytes], bytes]) -> bytes:
        raise ValueError("CANARY")

    monkeypatch.setattr(operations, "certificate", broken)
    tap = paired.desk.lay(my_number_card()).id
    answer = paired.post(f"/v1/taps/{tap}/certificate", {})
    assert (answer.status_code, answer.json()["code"]) == (503, "reader_failed")
    assert paired.said[-1] == "ValueError"
    assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    "path", ["/v1/", "/v1/nothing", "/nothing", "/status.py", "/v1/taps/1/idm"]
)
def test_other_addresses_are_not_there(paired: Site, path: str) -> None:
    assert paired.get(path).status_code == 404


def test_the_status_page_tells_no_number(paired: Site) -> None:
    """Its reader, what sort of card lies there, how much waits: in both languages."""
    paired.desk.lay(felica_card())
    paired.post("/v1/scans", {"id": str(TAP), "body": "CANARY"})
    page = paired.client.request("GET", "/")
    assert page.status_code == 200
    for wanted in (LEFT, "FeliCa", ORIGIN, "未送信の受付", "Check-ins that wait"):
        assert wanted in page.text
    for secret in ("012e4cb1a2b3c4d5", "CANARY", paired.said[0]):
        assert secret not in page.text
    assert "access-control-allow-origin" not in page.headers
    assert page.headers["x-frame-options"] == "DENY"
    assert (
        paired.client.request("GET", "/status.css").headers["content-type"].startswith("text/css")
    )
    assert (
        paired.client.request("GET", "/status.js")
        .headers["content-type"]
        .startswith("text/javascript")
    )


def test_of_two_cards_the_page_says_that_all_must_be_lifted(site: Site) -> None:
    """Also while one of them still lies there; it is not called none."""
    words = "いったんすべて離して"
    site.desk.lay(felica_card())
    site.desk.table.plug(RIGHT)
    site.desk.table.lay(my_number_card(), RIGHT)
    site.desk.look()
    assert words in site.client.request("GET", "/").text
    site.desk.table.lift(RIGHT)
    site.desk.look()
    assert words in site.client.request("GET", "/").text
    site.desk.table.lift()
    site.desk.look()
    assert words not in site.client.request("GET", "/").text
    site.desk.lay(felica_card())
    assert words not in site.client.request("GET", "/").text


def test_that_another_program_has_the_card_is_shown_and_told(site: Site) -> None:
    """In the reader's page, without a number, and as the answer to whoever asks."""
    tap = site.desk.lay(my_number_card())
    site.pair()
    site.desk.table.is_held = True
    answer = site.post(f"/v1/taps/{tap.id}/certificate", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "card_busy")
    page = site.client.request("GET", "/").text
    assert "ほかのプログラムが使っています" in page
    assert "another program is using it" in page
    site.desk.table.is_held = False
    site.desk.look()
    assert "another program" not in site.client.request("GET", "/").text
