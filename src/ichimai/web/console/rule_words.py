"""What is wrong with a program, in words of the page's language: each rule, and each problem."""

from collections.abc import Mapping
from typing import Final

from ichimai.towns.errors import Problem, Rule, TownInvalid
from ichimai.web.layout import mark

_RULES: Final[Mapping[Rule, str]] = {
    Rule.KNOWN_ASSOCIATION: mark("The town has no such association."),
    Rule.KNOWN_CATEGORY: mark("The town has no such class of shops."),
    Rule.KNOWN_SHOP: mark("The town has no such shop or place."),
    Rule.KNOWN_DISTRICT: mark("The town has no such district."),
    Rule.KNOWN_SERVICE: mark("The town has no such service."),
    Rule.KNOWN_PARTY: mark(
        "Who pays is the operator, the shop, an association of the town or one of its sponsors."
    ),
    Rule.KNOWN_PROGRAM: mark("The town has no such program."),
    Rule.VERSIONS_IN_ORDER: mark("Versions of a program are 1, 2, 3 in order."),
    Rule.VERSION_SAID_ONCE: mark("A version of a program is there once."),
    Rule.VERSION_HAS_START: mark("A later version says on what day it starts."),
    Rule.STARTS_LATER: mark("A version starts later than the one before it."),
    Rule.ONE_VERSION: mark("A change is one version of one program."),
    Rule.BEGINS_LATER: mark("A change says on what day it begins, tomorrow at the earliest."),
    Rule.KIND_STAYS: mark("A program's kind is the same in all its versions."),
    Rule.UNIT_STAYS: mark("A unit is worth the same in all versions."),
    Rule.NAMES_DIFFER: mark("Two programs have two names."),
    Rule.SAYS_WHAT_IT_IS: mark("A program says in both languages what it is, and by which law."),
    Rule.UNIT_IS_SAID: mark(
        "A unit has a name in both languages; only what is worth one yen is counted in yen."
    ),
    Rule.IS_GOT_SOMEHOW: mark(
        "A unit is earned, paid in, given by list, or what another program is exchanged for."
    ),
    Rule.END_IS_SAID: mark("A program says when its units end, or that they never do."),
    Rule.END_SAID_ONCE: mark("When units end is said once."),
    Rule.YEARS_OF_FISCAL_YEAR: mark("Years later are those of the fiscal year's end."),
    Rule.USABLE_BEFORE_END: mark("What is earned can be used before it ends."),
    Rule.SIX_MONTHS_END: mark(
        "What is exempt for six months ends on a day, or after six months at most."
    ),
    Rule.IN_OR_OUT: mark("A class of shops takes part, or does not."),
    Rule.SHOP_OF_ASSOCIATION: mark(
        "A shop that is named belongs to one of the associations that are."
    ),
    Rule.DAYS_IN_ORDER: mark("The last day is not before the first."),
    Rule.HOURS_IN_ORDER: mark("Hours do not end when they begin."),
    Rule.PREDICATE_IS_KNOWN: mark("This is no predicate."),
    Rule.SOMEBODY_BELONGS: mark("Nobody is of such an age."),
    Rule.LIMITS_GROW: mark("The limit of a longer time is not the smaller one."),
    Rule.LIMIT_IS_ENOUGH: mark("A limit leaves room for at least one time."),
    Rule.BUDGET_HAS_FUNDER: mark("A budget says whose it is."),
    Rule.BUDGET_KEEPS_PARTY: mark(
        "A budget is of the same party in all versions; of another party it has another key."
    ),
    Rule.BUDGET_IS_NO_SHOPS: mark("Shops together have no budget."),
    Rule.BUDGET_IS_ENOUGH: mark("A budget is enough for one time."),
    Rule.BUDGET_OF_UNITS: mark("A budget is of units, not of gifts."),
    Rule.SHOP_FUNDS_SALES: mark(
        "A shop pays for what it gives at its till, not for events and exchanges."
    ),
    Rule.POOL_IS_NAMED: mark("Who keeps what is charged at issue is named."),
    Rule.POOL_AT_ISSUE: mark("A pool is kept of what is charged at issue."),
    Rule.POOL_IS_NO_SHOP: mark("A pool is not kept by shops."),
    Rule.VALUE_IS_SETTLED: mark("Who takes what is worth yen is paid for it."),
    Rule.NOTHING_OWED: mark("For a unit without worth nobody owes anything."),
    Rule.PAYS_IN_YEN: mark("A unit that pays in shops is worth one yen."),
    Rule.MULTIPLE_OF_POINTS: mark("Only points are used in multiples."),
    Rule.AUTOMATIC_PAYS: mark("Only what pays in shops pays by itself."),
    Rule.PAYMENT_WITHIN_DAY: mark("The limit of a payment is not above that of a day."),
    Rule.MULTIPLE_WITHIN_LIMIT: mark("A multiple fits into the limit of a payment and of a day."),
    Rule.CAP_OF_GRANTS: mark("Large shops have a share of gifts by list only."),
    Rule.CARD_HAS_SIZE: mark("A card of stamps says how many are full."),
    Rule.CARD_OF_STAMPS: mark("Only stamps have a card."),
    Rule.CARD_IS_ENOUGH: mark("An exchange takes no more than a full card."),
    Rule.STAMPS_ARE_EXCHANGED: mark("A full card is exchanged for something."),
    Rule.IN_KIND_HAS_THINGS: mark("A right in kind is to a thing."),
    Rule.THINGS_OF_IN_KIND: mark("Only rights in kind are to a thing."),
    Rule.PREPAID_IS_PAID_IN: mark("Prepaid money is paid in somehow."),
    Rule.TOP_UP_OF_PREPAID: mark("Only prepaid money is paid in."),
    Rule.PREPAID_IS_OWN: mark("Prepaid money, and no other, is a person's own."),
    Rule.PREPAID_IS_INSTRUMENT: mark(
        "What is paid for is an instrument of the Payment Services Act, or exempt for a reason."
    ),
    Rule.PREPAID_IS_NOT_EARNED: mark("Prepaid money is not given away."),
    Rule.REFUND_OF_PREPAID: mark("Only prepaid money is paid back."),
    Rule.ISSUED_BY_GOVERNMENT: mark("What an association issues is not a local government's."),
    Rule.CHECK_ASKS_WHO: mark("A check says for whom it is."),
    Rule.CHECK_COUNTS_NOTHING: mark("A check gives and counts nothing."),
    Rule.ENTITLED_OF_CHECK: mark("Only a check says who is entitled."),
    Rule.KEYS_DIFFER: mark("Two parts of a program have two keys."),
    Rule.EVENT_IS_NAMED: mark("What is earned by an event names it."),
    Rule.EVENT_OF_EVENTS: mark("Only what is earned by an event names one."),
    Rule.RATE_OF_SALES: mark("Only a sale has a rate, or a least sum."),
    Rule.OTHER_OF_EVENTS: mark("Only an event gives to another person."),
    Rule.BONUS_OF_EARNING: mark("A bonus is of an earning of its program."),
    Rule.GIVES_SOMETHING: mark("An exchange is for units or for a gift."),
    Rule.GIVES_ONE_THING: mark("An exchange is for units, or for one gift."),
    Rule.GIFT_IN_BOTH: mark("A gift is named in both languages."),
    Rule.NOT_TO_ITSELF: mark("A program is not exchanged for itself."),
    Rule.NOT_TO_MONEY: mark("An exchange gives no prepaid money, and no entitlement of others."),
    Rule.NOTHING_FROM_NOTHING: mark(
        "A circle of exchanges does not end with more units than it began with."
    ),
    Rule.GROUP_IS_EARNED: mark("A minimum is of a group that earnings have."),
    Rule.STEPS_FIT: mark("The least and the most that is paid in are whole steps."),
    Rule.PREMIUM_HAS_PROGRAM: mark("A premium is given in a program."),
    Rule.PREMIUM_HAS_RATE: mark("A premium says how many percent it is."),
    Rule.PREMIUM_IS_GIVEN: mark("A premium is in vouchers or points."),
    Rule.PREMIUM_IS_EARNED: mark(
        "Money on which a premium is given is never paid back: the premium would be left for"
        " nothing."
    ),
    Rule.DEPOSIT_HAS_SUM: mark("A deposit has a sum and a program."),
    Rule.DEPOSIT_COMES_BACK: mark(
        "A deposit is prepaid money that pays in no shop and comes back on leaving."
    ),
    Rule.REASON_NAMES_DIFFER: mark("Two reasons have two names."),
    Rule.AGE_IS_COUNTED: mark("A reason of age says how ages are counted."),
    Rule.WEDDING_IS_NOT_AGED: mark("A wedding has no way of counting ages."),
    Rule.YEARS_CAN_BE: mark("Years are 0 (数え年: 1) to 150."),
}
_PROBLEMS: Final[Mapping[Problem, str]] = {
    Problem.NO_FILE: mark("There is no such file."),
    Problem.NOT_UTF_8: mark("This is not UTF-8."),
    Problem.NOT_CSV: mark("This is no CSV."),
    Problem.NOT_TOML: mark(
        "This is no TOML: a bracket, a quotation mark or an equals sign may be missing."
    ),
    Problem.RAGGED_ROW: mark("This row has another number of cells."),
    Problem.MISSING_FIELD: mark("This field is missing."),
    Problem.UNKNOWN_FIELD: mark("There is no such field."),
    Problem.WRONG_VALUE: mark("This value cannot stand here."),
    Problem.CONTROL_CHARACTER: mark("This has an invisible control character. Type it anew."),
    Problem.USED_BEFORE: mark("This was used before."),
    Problem.CONTRADICTORY: mark("This contradicts another field."),
    Problem.NOT_IN_THE_TOWN: mark("The town has no such thing."),
}


def meaning_of(wrong: TownInvalid) -> str:
    """What is wrong, as a sentence to be translated."""
    return _RULES[wrong.rule] if wrong.rule is not None else _PROBLEMS[wrong.problem]
