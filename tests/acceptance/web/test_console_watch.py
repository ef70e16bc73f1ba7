"""What the auditor reads in the console: what the daily watch noticed, and the access log."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from ichimai import audit, people
from ichimai.audit import Look, Purpose, What
from ichimai.audit.watch import Noticed
from ichimai.kernel.ids import NIL
from ichimai.registry import SubjectId
from tests.acceptance.little_town import PASSWORD, STAFF, LittleTown
from tests.acceptance.pages import PageClient

OFFICER, APPROVER, TREASURER, AUDITOR = STAFF
DAY = date(2026, 10, 1)
PERSON, OTHER = UUID(int=0xABCDEF01_23456789), UUID(int=0xABCDEF01_98765432)
Browser = Callable[[], PageClient]


def sign_in(client: PageClient, name: str) -> PageClient:
    page = client.get("/console/sign-in")
    client.submit(page, "/console/sign-in", {"name": name, "password": PASSWORD})
    return client


@pytest.fixture
def auditor(town: LittleTown, browser: Browser) -> PageClient:
    """An auditor, after a day on which an officer looked at two people."""
    with town.database.write(town.operator) as tx:
        officer = people.staff.named(tx, OFFICER).id
        look = Look(officer, "officer", Purpose.ENQUIRY, "電話で")
        for person in (PERSON, OTHER):
            audit.record(tx, town.clock, look, [person], What.CLAIMS)
        found = [
            Noticed("many_people", officer, NIL, "", 16),
            Noticed("again_and_again", officer, PERSON, "", 3),
            Noticed.of_service("curious_service", "pool", 5),
            Noticed.of_service("curious_service", people.predicates.by_shop(town.tavern.id), 4),
            Noticed.of_service("sprayed", "", 2),
            Noticed.of_service("of-a-later-version", "", 1),
        ]
        audit.watch.keep(tx, town.clock, DAY, found)
    return sign_in(browser(), AUDITOR)


def test_what_was_noticed_says_when_what_who_and_what_to_ask(
    town: LittleTown, auditor: PageClient
) -> None:
    page = auditor.get("/console/watch")
    assert page.heading == "見回りで気づいたこと"
    for words in (
        "2026年10月1日",
        "1人の職員が多くの方の情報を見ました",
        OFFICER,
        "16",
        "pool",
        town.tavern.name,
        "同じ暗証番号かパスワードが何度も試されました",
        "そのほか",
    ):
        assert words in page.text
    assert "…23456789" in page.text
    assert str(PERSON) not in page.text
    assert str(town.tavern.id) not in page.text


def test_a_notice_leads_to_its_entries_and_to_nothing_else(auditor: PageClient) -> None:
    """Of that member of staff and person, in the weeks in which a habit is seen."""
    page = auditor.get("/console/watch")
    links = [address for address in page.links().values() if address.startswith("/console/access-")]
    (one,) = [address for address in links if str(PERSON) in address]
    log = auditor.get(one)
    assert log.text.count("電話で") == 1
    assert "…23456789" in log.text
    assert "…98765432" not in log.text
    (many,) = [address for address in links if "staff=" in address and address != one]
    assert auditor.get(many).text.count("電話で") == 2
    assert auditor.get(one.replace("2026-10-01", "2026-09-30")).text.count("電話で") == 0
    for wrong in ("staff=x", "subject=1", "first=2026-13-01", "after=-1"):
        assert auditor.get(f"/console/access-log?{wrong}").text.count("電話で") == 2


def test_a_long_log_comes_in_pages_that_keep_what_was_asked(
    town: LittleTown, auditor: PageClient
) -> None:
    with town.database.write(town.operator) as tx:
        officer = people.staff.named(tx, OFFICER).id
        for _ in range(60):
            audit.record(
                tx, town.clock, Look(officer, "officer", Purpose.CARD), [OTHER], What.CARDS
            )
    first = auditor.get(f"/console/access-log?subject={OTHER}")
    (following,) = [each for each in first.links().values() if "after=" in each]
    second = auditor.get(following)
    assert (first.text.count("…98765432"), second.text.count("…98765432")) == (51, 12)


def test_a_residents_question_is_found_by_the_number_they_read(
    town: LittleTown, auditor: PageClient
) -> None:
    """Then by a click all of that person; or what was looked at for one reason."""
    with town.database.read(town.operator) as tx:
        number = audit.of_subject(tx, audit.Myself(SubjectId(PERSON)))[0].number
    page = auditor.get(f"/console/access-log?number={number}")
    assert page.text.count("電話で") == 1
    person = page.links()["…23456789"]
    assert person == f"/console/access-log?subject={PERSON}"
    assert auditor.get(person).text.count("…23456789") > 1
    for reason, found in (("enquiry", 2), ("card", 0), ("none", 2)):
        assert auditor.get(f"/console/access-log?purpose={reason}").text.count("電話で") == found
    assert auditor.get("/console/access-log?number=999999").text.count("電話で") == 0


def test_that_it_was_read_is_written_too(town: LittleTown, auditor: PageClient) -> None:
    auditor.get("/console/watch")
    auditor.get(f"/console/access-log?subject={PERSON}")
    with town.database.read(town.operator) as tx:
        rows = tx.rows(
            "SELECT purpose, what, subject FROM access_entry WHERE role = 'auditor' ORDER BY number"
        )
    # The client reads each page in both languages.
    assert set(rows) == {("audit", "access_log", NIL), ("audit", "access_log", PERSON)}


@pytest.mark.parametrize("name", [OFFICER, APPROVER, TREASURER])
def test_it_is_the_auditors_alone(auditor: PageClient, browser: Browser, name: str) -> None:
    assert "/console/watch" in auditor.get("/console").links().values()
    other = sign_in(browser(), name)
    assert "/console/watch" not in other.get("/console").links().values()
    for path in ("/console/watch", "/console/access-log", f"/console/access-log?subject={PERSON}"):
        assert "…" not in other.get(path, status=403).text


def test_a_quiet_town_says_so(town: LittleTown, browser: Browser) -> None:
    client = sign_in(browser(), AUDITOR)
    assert "この1年、気づいたことはありません" in client.get("/console/watch").text
