"""Payout batches: made by one person, approved by another, handed to the bank as a file."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants, people, settlement
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.merchants import ShopId, ShopSize
from ichimai.people.model import StaffId
from ichimai.programs import lists
from ichimai.settlement.errors import NoPayer, NotABankDay, NothingToPay, PayeesRefused
from ichimai.settlement.model import Batch, BatchId
from ichimai.storage import ReadTx
from ichimai.web.console.bank_words import REASONS
from ichimai.web.console.door import DOOR, EVERYBODY, RELEASERS, TREASURERS, AtConsole, for_staff
from ichimai.web.console.shops import SIZES
from ichimai.web.layout import Pages, text_of
from ichimai.web.layout.downloads import ZENGIN, download
from ichimai.web.layout.forms import Form, FormUnreadable
from ichimai.web.layout.paging import part_of

_ON_A_PAGE: Final = 20
_SHOPS_ON_A_PAGE: Final = 100
_MOST: Final = 2_000


def routes(pages: Pages) -> list[Route]:
    """The pages about payouts."""
    one = "/console/payouts/{id:uuid}"
    return [
        pages.page("/console/payouts", DOOR, for_staff(EVERYBODY, _list)),
        pages.action("/console/payouts", DOOR, for_staff(TREASURERS, _make)),
        pages.page(one, DOOR, for_staff(EVERYBODY, _show)),
        pages.action(f"{one}/approve", DOOR, for_staff(RELEASERS, _approve)),
        pages.action(f"{one}/reject", DOOR, for_staff(RELEASERS, _reject)),
        pages.action(f"{one}/again", DOOR, for_staff(TREASURERS, _make_again)),
        pages.action(f"{one}/take-back", DOOR, for_staff(RELEASERS, _take_back)),
        pages.action(f"{one}/file", DOOR, for_staff(TREASURERS, _file)),
    ]


def _list(here: AtConsole) -> Response:
    """The payouts, the newest first."""
    return _list_page(here)


def _list_page(
    here: AtConsole, *, error: str = "", refused: PayeesRefused | None = None
) -> Response:
    with here.read() as tx:
        programs = lists.all_programs(tx)
        batches = settlement.reports.batches(tx, limit=_MOST)
        lines = settlement.reports.open_lines(tx)
        owed = {
            program.key: settlement.reports.to_pay(
                [line for line in lines if line.asset == program.key]
            )
            for program in programs
        }
        shops = _by_number(
            tx, [problem.shop_number for problem in refused.payees] if refused else []
        )
        back = [each for each in settlement.bank.results.sent_back(tx) if each.is_same_account]
        known = {shop.id: shop for shop in merchants.directory.payees(tx)}
    return here.render(
        "console/payouts.html",
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        programs=programs,
        names={program.key: program for program in programs},
        owed=owed,
        owed_in_all=settlement.reports.to_pay(lines),
        part=part_of(batches, here.visit.request.query_params.get("after"), _ON_A_PAGE),
        new_id=ids.uuid7(here.visit.services.clock),
        error=error,
        problems=refused.payees if refused else (),
        problem_shops=shops,
        back={each.shop: each for each in back},
        shops=known,
        reasons=REASONS,
        sizes=SIZES,
        asked=here.visit.form,
    )


def _make(here: AtConsole) -> Response:
    """Make a payout of what is owed, to all shops or to those of a size."""
    form = here.visit.form
    try:
        with here.write() as tx:
            key = form.text("program")
            batch = settlement.make_batch(
                tx,
                here.visit.services.clock,
                BatchId(form.id("id")),
                *([lists.program(tx, Asset(key)).key] if key else []),
                made_by=here.staff.id,
                pay_on=form.day("pay_on"),
                hold=_shops_in(form.every("hold")),
                release=_shops_in(form.every("release")),
                sizes=_sizes_in(form),
            )
    except PayeesRefused as error:
        return _list_page(here, error=text_of(error.code), refused=error)
    except (NoPayer, NotABankDay, NothingToPay) as error:
        return _list_page(here, error=text_of(error.code))
    return here.visit.go(f"/console/payouts/{batch.id}")


def _show(here: AtConsole) -> Response:
    """Whom a payout pays, whom it leaves out, and where it stands."""
    with here.read() as tx:
        batch = settlement.reports.batch(tx, _id(here))
        payees = settlement.reports.payees(tx, batch.id)
        held = settlement.reports.held(tx, batch.id)
        results = settlement.bank.results.of_batch(tx, batch.id)
        shops = {shop.id: shop for shop in merchants.directory.payees(tx)}
        program = lists.program(tx, batch.asset) if batch.asset else None
        importers = [StaffId(each.imported_by) for each in results]
        staff_names = people.staff.members(tx, [*_people_of(batch), *importers])
        payer = settlement.reports.payer(tx)
    is_too_late = batch.pay_on <= day_in_tokyo(here.visit.services.clock.now())
    return here.render(
        "console/payout.html",
        batch=batch,
        is_too_late=is_too_late,
        program=program,
        payer=payer,
        held=held,
        results=results,
        reasons=REASONS,
        sizes=SIZES,
        part=part_of(payees, here.visit.request.query_params.get("after"), _SHOPS_ON_A_PAGE),
        shops=shops,
        staff_names=staff_names,
        new_id=ids.uuid7(here.visit.services.clock),
    )


def _approve(here: AtConsole) -> Response:
    """Approve a payout, as another person than its maker."""
    with here.write() as tx:
        batch = settlement.approve_batch(
            tx, here.visit.services.clock, _id(here), approved_by=here.staff.id
        )
    return here.visit.go(f"/console/payouts/{batch.id}")


def _reject(here: AtConsole) -> Response:
    """Give up a payout that is not approved."""
    with here.write() as tx:
        batch = settlement.reject_batch(
            tx, here.visit.services.clock, _id(here), rejected_by=here.staff.id
        )
    return here.visit.go(f"/console/payouts/{batch.id}")


def _take_back(here: AtConsole) -> Response:
    """Take a payout back that is approved and of which nobody has the file."""
    with here.write() as tx:
        batch = settlement.release.take_back(
            tx, here.visit.services.clock, _id(here), taken_back_by=here.staff.id
        )
    return here.visit.go(f"/console/payouts/{batch.id}")


def _make_again(here: AtConsole) -> Response:
    """Give the batch up and make another that pays some of those it held, in one step."""
    form, clock = here.visit.form, here.visit.services.clock
    with here.write() as tx:
        old = settlement.reject_batch(tx, clock, _id(here), rejected_by=here.staff.id)
        batch = settlement.make_batch(
            tx,
            clock,
            BatchId(form.id("id")),
            *old.programs,
            made_by=here.staff.id,
            pay_on=old.pay_on,
            hold=_shops_in(form.every("hold")),
            release=_shops_in(form.every("release")),
            sizes=old.sizes,
        )
    return here.visit.go(f"/console/payouts/{batch.id}")


def _file(here: AtConsole) -> Response:
    """Hand over the file for the bank; every copy is the same."""
    with here.write() as tx:
        file = settlement.release.payout_file(
            tx, here.visit.services.clock, _id(here), handed_to=here.staff.id
        )
    return download(file.content, name=file.name, kind=ZENGIN)


def _id(here: AtConsole) -> BatchId:
    return BatchId(here.visit.request.path_params["id"])


def _people_of(batch: Batch) -> list[StaffId]:
    everybody = (batch.made_by, batch.decided_by, batch.taken_back_by)
    return [StaffId(each) for each in everybody if each]


def _shops_in(texts: Iterable[str]) -> frozenset[ShopId]:
    try:
        return frozenset(ShopId(UUID(text)) for text in texts)
    except ValueError:
        raise FormUnreadable from None


def _sizes_in(form: Form) -> frozenset[ShopSize]:
    try:
        return frozenset(ShopSize(text) for text in form.every("size") if text)
    except ValueError:
        raise FormUnreadable from None


def _by_number(tx: ReadTx, numbers: Iterable[str]) -> dict[str, ShopId]:
    wanted = set(numbers)
    if not wanted:
        return {}
    return {
        shop.number: shop.id for shop in merchants.directory.payees(tx) if shop.number in wanted
    }
