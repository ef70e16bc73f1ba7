"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.console import (
    account,
    accounts,
    associations,
    bank_results,
    cards,
    closings,
    debts,
    deliveries,
    disputes,
    end_letters,
    factors,
    groups,
    holders,
    home,
    lists,
    netting_results,
    party_accounts,
    payouts,
    program_edits,
    programs,
    proof,
    reports,
    settling,
    shops,
    sign_in,
    staff,
    watch,
)
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/console``."""
    ways_in = (sign_in, factors, account, staff)
    work = (
        home,
        lists,
        end_letters,
        cards,
        shops,
        accounts,
        closings,
        disputes,
        bank_results,
        payouts,
        settling,
        debts,
        netting_results,
        party_accounts,
        reports,
        # Before the pages whose address has a program's key in it.
        program_edits,
        deliveries,
        programs,
        associations,
        proof,
        watch,
        holders,
        groups,
    )
    return [route for part in (*ways_in, *work) for route in part.routes(pages)]
