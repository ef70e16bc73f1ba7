"""The rules that a town's programs keep, each with a name, and a sentence that says it."""

from enum import StrEnum
from typing import Self

from ichimai.towns.problems import Problem

_MISSING = Problem.MISSING_FIELD
_CONTRADICTS = Problem.CONTRADICTORY
_TWICE = Problem.USED_BEFORE
_UNKNOWN = Problem.NOT_IN_THE_TOWN
_WRONG = Problem.WRONG_VALUE


class Rule(StrEnum):
    """A rule, what sort of ``problem`` it is to break it, and what it asks (``meaning``)."""

    problem: Problem
    meaning: str

    def __new__(cls, code: str, problem: Problem, meaning: str) -> Self:
        """A member whose value is ``code``."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.problem = problem
        member.meaning = meaning
        return member

    # What the town has.
    KNOWN_ASSOCIATION = "known_association", _UNKNOWN, "The town has no such association."
    KNOWN_CATEGORY = "known_category", _UNKNOWN, "The town has no such class of shops."
    KNOWN_SHOP = "known_shop", _UNKNOWN, "The town has no such shop or place."
    KNOWN_DISTRICT = "known_district", _UNKNOWN, "The town has no such district."
    KNOWN_SERVICE = "known_service", _UNKNOWN, "The town has no such service."
    KNOWN_PARTY = (
        "known_party",
        _UNKNOWN,
        "Who pays is the operator, the shop, an association of the town or one of its sponsors.",
    )
    KNOWN_PROGRAM = "known_program", _UNKNOWN, "The town has no such program."

    # A program and its versions.
    VERSIONS_IN_ORDER = "versions_in_order", _WRONG, "Versions of a program are 1, 2, 3 in order."
    VERSION_SAID_ONCE = "version_said_once", _TWICE, "A version of a program is there once."
    VERSION_HAS_START = "version_has_start", _MISSING, "A later version says on what day it starts."
    STARTS_LATER = "starts_later", _WRONG, "A version starts later than the one before it."
    ONE_VERSION = "one_version", _WRONG, "A change is one version of one program."
    BEGINS_LATER = (
        "begins_later",
        _WRONG,
        "A change says on what day it begins, tomorrow at the earliest.",
    )
    KIND_STAYS = "kind_stays", _CONTRADICTS, "A program's kind is the same in all its versions."
    UNIT_STAYS = "unit_stays", _CONTRADICTS, "A unit is worth the same in all versions."
    NAMES_DIFFER = "names_differ", _TWICE, "Two programs have two names."
    SAYS_WHAT_IT_IS = (
        "says_what_it_is",
        _MISSING,
        "A program says in both languages what it is, and by which law.",
    )
    UNIT_IS_SAID = (
        "unit_is_said",
        _MISSING,
        "A unit has a name in both languages; only what is worth one yen is counted in yen.",
    )
    IS_GOT_SOMEHOW = (
        "is_got_somehow",
        _MISSING,
        "A unit is earned, paid in, given by list, or what another program is exchanged for.",
    )

    # When it ends.
    END_IS_SAID = (
        "end_is_said",
        _MISSING,
        "A program says when its units end, or that they never do.",
    )
    END_SAID_ONCE = "end_said_once", _TWICE, "When units end is said once."
    YEARS_OF_FISCAL_YEAR = (
        "years_of_fiscal_year",
        _CONTRADICTS,
        "Years later are those of the fiscal year's end.",
    )
    USABLE_BEFORE_END = (
        "usable_before_end",
        _CONTRADICTS,
        "What is earned can be used before it ends.",
    )
    SIX_MONTHS_END = (
        "six_months_end",
        _CONTRADICTS,
        "What is exempt for six months ends on a day, or after six months at most.",
    )

    NOTICES_IN_ORDER = (
        "notices_in_order",
        _WRONG,
        "Each notice is nearer to the end than the one before it.",
    )
    NOTICES_AFTER_START = (
        "notices_after_start",
        _CONTRADICTS,
        "No notice is due before what it tells of could be given.",
    )
    NOTICES_OF_AN_END = (
        "notices_of_an_end",
        _CONTRADICTS,
        "What never ends has no notice before its end.",
    )

    # Where, when, for whom, how much.
    IN_OR_OUT = "in_or_out", _CONTRADICTS, "A class of shops takes part, or does not."
    SHOP_OF_ASSOCIATION = (
        "shop_of_association",
        _CONTRADICTS,
        "A shop that is named belongs to one of the associations that are.",
    )
    DAYS_IN_ORDER = "days_in_order", _WRONG, "The last day is not before the first."
    HOURS_IN_ORDER = "hours_in_order", _WRONG, "Hours do not end when they begin."
    PREDICATE_IS_KNOWN = "predicate_is_known", _WRONG, "This is no predicate."
    SOMEBODY_BELONGS = "somebody_belongs", _CONTRADICTS, "Nobody is of such an age."
    LIMITS_GROW = "limits_grow", _CONTRADICTS, "The limit of a longer time is not the smaller one."
    LIMIT_IS_ENOUGH = "limit_is_enough", _CONTRADICTS, "A limit leaves room for at least one time."

    # Who pays.
    BUDGET_HAS_FUNDER = "budget_has_funder", _MISSING, "A budget says whose it is."
    BUDGET_KEEPS_PARTY = (
        "budget_keeps_party",
        _CONTRADICTS,
        "A budget is of the same party in all versions; of another party it has another key.",
    )
    BUDGET_IS_NO_SHOPS = "budget_is_no_shops", _CONTRADICTS, "Shops together have no budget."
    BUDGET_IS_ENOUGH = "budget_is_enough", _CONTRADICTS, "A budget is enough for one time."
    BUDGET_OF_UNITS = "budget_of_units", _CONTRADICTS, "A budget is of units, not of gifts."
    SHOP_FUNDS_SALES = (
        "shop_funds_sales",
        _CONTRADICTS,
        "A shop pays for what it gives at its till, not for events and exchanges.",
    )
    POOL_IS_NAMED = "pool_is_named", _MISSING, "Who keeps what is charged at issue is named."
    POOL_AT_ISSUE = "pool_at_issue", _CONTRADICTS, "A pool is kept of what is charged at issue."
    POOL_IS_NO_SHOP = "pool_is_no_shop", _CONTRADICTS, "A pool is not kept by shops."
    VALUE_IS_SETTLED = (
        "value_is_settled",
        _CONTRADICTS,
        "Who takes what is worth yen is paid for it.",
    )
    NOTHING_OWED = "nothing_owed", _CONTRADICTS, "For a unit without worth nobody owes anything."

    # How it is used.
    PAYS_IN_YEN = "pays_in_yen", _CONTRADICTS, "A unit that pays in shops is worth one yen."
    MULTIPLE_OF_POINTS = "multiple_of_points", _CONTRADICTS, "Only points are used in multiples."
    AUTOMATIC_PAYS = "automatic_pays", _CONTRADICTS, "Only what pays in shops pays by itself."
    PAYMENT_WITHIN_DAY = (
        "payment_within_day",
        _CONTRADICTS,
        "The limit of a payment is not above that of a day.",
    )
    MULTIPLE_WITHIN_LIMIT = (
        "multiple_within_limit",
        _CONTRADICTS,
        "A multiple fits into the limit of a payment and of a day.",
    )
    CAP_OF_GRANTS = "cap_of_grants", _CONTRADICTS, "Large shops have a share of gifts by list only."

    # What each kind has.
    CARD_HAS_SIZE = "card_has_size", _MISSING, "A card of stamps says how many are full."
    CARD_OF_STAMPS = "card_of_stamps", _CONTRADICTS, "Only stamps have a card."
    CARD_IS_ENOUGH = "card_is_enough", _CONTRADICTS, "An exchange takes no more than a full card."
    STAMPS_ARE_EXCHANGED = (
        "stamps_are_exchanged",
        _MISSING,
        "A full card is exchanged for something.",
    )
    IN_KIND_HAS_THINGS = "in_kind_has_things", _MISSING, "A right in kind is to a thing."
    THINGS_OF_IN_KIND = "things_of_in_kind", _CONTRADICTS, "Only rights in kind are to a thing."
    PREPAID_IS_PAID_IN = "prepaid_is_paid_in", _MISSING, "Prepaid money is paid in somehow."
    TOP_UP_OF_PREPAID = "top_up_of_prepaid", _CONTRADICTS, "Only prepaid money is paid in."
    PREPAID_IS_OWN = (
        "prepaid_is_own",
        _CONTRADICTS,
        "Prepaid money, and no other, is a person's own.",
    )
    PREPAID_IS_INSTRUMENT = (
        "prepaid_is_instrument",
        _CONTRADICTS,
        "What is paid for is an instrument of the Payment Services Act, or exempt for a reason.",
    )
    PREPAID_IS_NOT_EARNED = (
        "prepaid_is_not_earned",
        _CONTRADICTS,
        "Prepaid money is not given away.",
    )
    REFUND_OF_PREPAID = "refund_of_prepaid", _CONTRADICTS, "Only prepaid money is paid back."
    ISSUED_BY_GOVERNMENT = (
        "issued_by_government",
        _CONTRADICTS,
        "What an association issues is not a local government's.",
    )
    CHECK_ASKS_WHO = "check_asks_who", _MISSING, "A check says for whom it is."
    CHECK_COUNTS_NOTHING = "check_counts_nothing", _CONTRADICTS, "A check gives and counts nothing."
    ENTITLED_OF_CHECK = "entitled_of_check", _CONTRADICTS, "Only a check says who is entitled."

    # Its parts.
    KEYS_DIFFER = "keys_differ", _TWICE, "Two parts of a program have two keys."
    EVENT_IS_NAMED = "event_is_named", _MISSING, "What is earned by an event names it."
    EVENT_OF_EVENTS = "event_of_events", _CONTRADICTS, "Only what is earned by an event names one."
    RATE_OF_SALES = "rate_of_sales", _CONTRADICTS, "Only a sale has a rate, or a least sum."
    OTHER_OF_EVENTS = "other_of_events", _CONTRADICTS, "Only an event gives to another person."
    BONUS_OF_EARNING = "bonus_of_earning", _UNKNOWN, "A bonus is of an earning of its program."
    GIVES_SOMETHING = "gives_something", _MISSING, "An exchange is for units or for a gift."
    GIVES_ONE_THING = "gives_one_thing", _CONTRADICTS, "An exchange is for units, or for one gift."
    GIFT_IN_BOTH = "gift_in_both", _MISSING, "A gift is named in both languages."
    NOT_TO_ITSELF = "not_to_itself", _CONTRADICTS, "A program is not exchanged for itself."
    NOT_TO_MONEY = (
        "not_to_money",
        _CONTRADICTS,
        "An exchange gives no prepaid money, and no entitlement of others.",
    )
    NOTHING_FROM_NOTHING = (
        "nothing_from_nothing",
        _CONTRADICTS,
        "A circle of exchanges does not end with more units than it began with.",
    )
    GROUP_IS_EARNED = "group_is_earned", _UNKNOWN, "A minimum is of a group that earnings have."
    STEPS_FIT = "steps_fit", _CONTRADICTS, "The least and the most that is paid in are whole steps."
    PREMIUM_HAS_PROGRAM = "premium_has_program", _MISSING, "A premium is given in a program."
    PREMIUM_HAS_RATE = "premium_has_rate", _MISSING, "A premium says how many percent it is."
    PREMIUM_IS_GIVEN = "premium_is_given", _CONTRADICTS, "A premium is in vouchers or points."
    PREMIUM_IS_EARNED = (
        "premium_is_earned",
        _CONTRADICTS,
        (
            "Money on which a premium is given is never paid back: the premium would be left for"
            " nothing."
        ),
    )
    DEPOSIT_HAS_SUM = "deposit_has_sum", _MISSING, "A deposit has a sum and a program."
    DEPOSIT_COMES_BACK = (
        "deposit_comes_back",
        _CONTRADICTS,
        "A deposit is prepaid money that pays in no shop and comes back on leaving.",
    )

    # Gifts by list.
    REASON_NAMES_DIFFER = "reason_names_differ", _TWICE, "Two reasons have two names."
    AGE_IS_COUNTED = "age_is_counted", _MISSING, "A reason of age says how ages are counted."
    WEDDING_IS_NOT_AGED = (
        "wedding_is_not_aged",
        Problem.UNKNOWN_FIELD,
        "A wedding has no way of counting ages.",
    )
    YEARS_CAN_BE = "years_can_be", _WRONG, "Years are 0 (数え年: 1) to 150."
