"""A look needs a purpose, and no reading function of ours goes without a look."""

import inspect
import re
import typing
from collections.abc import Callable, Iterator
from types import ModuleType
from uuid import UUID

import pytest

from ichimai import audit
from ichimai.audit import Look, Myself, Purpose, errors
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.people import records
from ichimai.people.records import exporting, personal
from tests.tidy.tree import sources

STAFF = UUID(int=7)
MODULES = [
    module
    for name, module in vars(records).items()
    if name in records.__all__ and isinstance(module, ModuleType) and hasattr(module, "__all__")
]

NO_LOOK = {
    "claims.is_over": "a rule over a claim that the caller has read",
    "claim_lists.check": "a rule over a row of a list, of nobody",
    "claim_lists.named": "the same of the list's name",
    "claim_lists.erased": "says whose record is gone, and shows nothing of it",
    "predicates.ask": "answers yes or no to a service that the person stands before",
    "predicates.by_shop": "names a shop that asks, and no person",
    "predicates.shop_in": "names a shop that asked, and no person",
    "predicates.understood": "reads what is asked, and of no person",
    "standings.standings": "is asked by programs' rules, and told to nobody",
    "predicates.curious": "counts refusals of services, and shows no person",
    "memberships.check": "says valid and grade of whoever showed the card",
    "memberships.check_number": "the same, of an old card",
    "memberships.check_term": "a rule over dates, of nobody",
    "memberships.renewed_from": "a rule over terms that the caller has read",
    "memberships.standing": "the same",
    "delegates.use": "is asked by a till with the delegate's own card",
    "errands.begin": "is asked by a till with the delegates' own cards",
    "errands.bring_up": "brings the ledger's refunds to a total, and shows nothing",
    "errands.refused_before": "is asked by a till, about operations",
    "errands.write": "writes what it let through",
    "erasures.since": "hashes of ids, to be kept elsewhere",
    "erasures.again": "does again, in a restored database, what was asked for before",
    "personal.confirm": "compares keys, and shows no person",
    "personal.rewrap": "changes the keys' wrapping, and opens nothing",
    "consents.as_record": "writes down what the caller has read",
    "disclosures.offer": "is what the operator asked of everybody, and of no person",
    "disclosures.consenting": "tells ids alone; who is handed over is looked at",
    "offers.check": "reads what would be asked",
    "offers.put": "is what the operator asks of everybody, and of no person",
    "offers.publish": "is what the operator asks of everybody, and of no person",
    "offers.end": "the same",
    "offers.current": "the same",
    "offers.is_of": "compares what the caller has read",
    "offers.text_of": "the text of a consent that the caller has read",
}
"""What may be called without saying why, and for what reason."""


def test_a_purpose_is_one_of_the_list() -> None:
    assert Purpose.parse("card") is Purpose.CARD
    for code in ("", "curiosity", "CARD"):
        with pytest.raises(errors.UnknownPurpose):
            Purpose.parse(code)


@pytest.mark.parametrize("note", ["x" * 201, "a\nb", "\u202eabc", "tab\there"])
def test_a_note_is_one_short_line(note: str) -> None:
    with pytest.raises(errors.InvalidNote):
        Look(STAFF, "officer", Purpose.CARD, note)


@pytest.mark.parametrize("note", ["", "    ", "見た", "    x    "])
def test_another_purpose_says_what_it_is(note: str) -> None:
    with pytest.raises(errors.InvalidNote):
        Look(STAFF, "officer", Purpose.OTHER, note)
    note = "防災訓練の名簿を確認"
    assert Look(STAFF, "officer", Purpose.OTHER, note).note == note


@pytest.mark.parametrize(
    "note", ["番号は123456789018です", "1234-5678-9018", "１２３４ ５６７８ ９０１８"]
)
def test_a_my_number_is_no_reason(note: str) -> None:
    with pytest.raises(MyNumberRefused):
        Look(STAFF, "officer", Purpose.ENQUIRY, note)


def test_there_is_no_look_without_a_purpose() -> None:
    with pytest.raises(TypeError):
        Look(STAFF, "officer")  # type: ignore[call-arg]  # the very point


def _functions() -> Iterator[tuple[str, Callable[..., object]]]:
    for module in MODULES:
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isfunction(found):
                yield f"{module.__name__.split('.')[-1]}.{name}", found


def _asks_for_a_look(function: Callable[..., object]) -> bool:
    hints = typing.get_type_hints(function)
    wanted = [{Look}, {Myself}, {Look, Myself}]
    # What a function is that is asked for is no hint of who looks.
    asked = [hint for hint in hints.values() if typing.get_origin(hint) is not Callable]
    return any(set(typing.get_args(hint) or [hint]) in wanted for hint in asked)


FUNCTIONS = dict(_functions())


def test_every_module_of_records_is_looked_at() -> None:
    assert {module.__name__.split(".")[-1] for module in MODULES} == {*records.__all__}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_persons_record_needs_a_look(name: str) -> None:
    assert _asks_for_a_look(FUNCTIONS[name]) is (name not in NO_LOOK)


def test_every_exception_is_still_there() -> None:
    assert set(NO_LOOK) <= set(FUNCTIONS)


def test_a_function_without_a_look_is_found() -> None:
    assert not _asks_for_a_look(exporting.everything)
    assert _asks_for_a_look(personal.read)


def test_the_journal_of_looks_is_read_with_a_look_or_by_oneself() -> None:
    assert _asks_for_a_look(audit.search)
    assert typing.get_type_hints(audit.of_subject)["me"] is Myself


def test_only_residents_pages_act_as_the_person() -> None:
    """``Myself`` writes nothing into the log: a counter page must not have it at hand."""
    allowed = (
        "src/ichimai/web/resident/",
        "src/ichimai/people/records/exporting.py",
        "src/ichimai/people/records/erasures.py",
    )
    made = [
        source.path
        for source in sources(("src/ichimai/",), ".py")
        if re.search(r"\bMyself\(", source.text)
    ]
    assert [path for path in made if not path.startswith(allowed)] == []
