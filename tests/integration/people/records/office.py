"""A counter with a few people, as these tests use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from ichimai import audit
from ichimai.audit import Look, Myself, Purpose
from ichimai.kernel.clock import ManualClock, day_in_tokyo
from ichimai.people.records import claims, consents, memberships, personal, predicates
from ichimai.people.records.claims import ClaimId, ClaimKind, NewClaim, Source
from ichimai.people.records.consents import ConsentId, DataCategory, How, LegalBasis, Terms, Wanted
from ichimai.people.records.memberships import MembershipKind, Term
from ichimai.people.records.personal import Details, PersonalKey
from ichimai.registry import SubjectId
from ichimai.storage import Database, Schema, WriteTx

LOOK = Look(UUID(int=0x57AFF), "officer", Purpose.APPLICATION, "窓口での申請")
HANAKO, TARO, MIKA = (SubjectId(UUID(int=0xA0 + number)) for number in range(3))
DETAILS = Details("山田 花子", "ヤマダ ハナコ", "0300001234", "hanako@example.jp")
BORN_ON = date(1938, 3, 5)
TERMS = Terms(
    service="library",
    controller="豊島区",
    purpose="貸出のお知らせ",
    categories=frozenset({DataCategory.NAME, DataCategory.MAIL}),
    recipient="豊島区立図書館",
    legal_basis=LegalBasis.PUBLIC_BODY,
    text="図書館に氏名とメールアドレスを渡すことに同意します。",
    text_version="2026-10",
)


@dataclass
class Office:
    """One operator's records."""

    database: Database
    operator: Schema
    clock: ManualClock
    key: PersonalKey = field(default_factory=lambda: PersonalKey(b"p" * 32, "131164"))

    @contextmanager
    def write(self) -> Iterator[WriteTx]:
        """A transaction on the operator's schema."""
        with self.database.write(self.operator) as tx:
            yield tx

    @property
    def today(self) -> date:
        """The operator's day."""
        return day_in_tokyo(self.clock.now())

    def claim(
        self,
        kind: ClaimKind,
        value: str = "",
        *,
        of: SubjectId = HANAKO,
        from_on: date | None = None,
        until_on: date | None = None,
    ) -> ClaimId:
        """Attest something of a person."""
        new = NewClaim(kind, value, Source.DOCUMENT, "運転免許証", from_on or self.today, until_on)
        with self.write() as tx:
            return claims.add(tx, self.key, self.clock, LOOK, of, claim=new)

    def enrol(
        self, who: SubjectId = HANAKO, details: Details = DETAILS, born_on: date = BORN_ON
    ) -> None:
        """Keep a person's details and birth date."""
        with self.write() as tx:
            personal.write(tx, self.key, self.clock, LOOK, who, details=details)
        self.claim(ClaimKind.BIRTH_DATE, born_on.isoformat(), of=who)

    def erase(self, who: SubjectId = HANAKO) -> None:
        """Erase a person."""
        with self.write() as tx:
            personal.erase(tx, self.clock, Myself(who), who)

    def looks(self, who: SubjectId) -> list[str]:
        """What of a person's record was looked at or changed, latest first."""
        with self.database.read(self.operator) as tx:
            return [entry.what for entry in audit.of_subject(tx, Myself(who))]

    def consent(self) -> ConsentId:
        """Hanako consents to TERMS."""
        with self.write() as tx:
            return consents.give(
                tx, self.clock, Myself(HANAKO), HANAKO, terms=TERMS, how=How.MY_PAGE
            )

    def hand_over(self, *categories: DataCategory) -> dict[DataCategory, object]:
        """What goes to the library."""
        with self.write() as tx:
            handed = personal.hand_over(
                tx,
                self.key,
                self.clock,
                LOOK,
                HANAKO,
                wanted=Wanted(TERMS.service, TERMS.purpose, TERMS.recipient, frozenset(categories)),
            )
        return dict(handed.data)

    def full_record(self) -> None:
        """Everything that can be held of Hanako."""
        self.enrol()
        self.claim(ClaimKind.RESIDENT_SINCE, "1990-04-01")
        self.consent()
        self.hand_over(DataCategory.NAME)
        with self.write() as tx:
            predicates.ask(tx, self.key, self.clock, HANAKO, ["age>=65"], service="pool")
            memberships.add(
                tx,
                self.key,
                self.clock,
                LOOK,
                HANAKO,
                service="sports",
                kind=MembershipKind.MEMBER,
                number="S-0042-CANARY",
                term=Term(self.today, self.today + timedelta(days=365), "一般"),
            )
