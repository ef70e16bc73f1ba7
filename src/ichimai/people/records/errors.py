"""Why a person's record is not shown, changed or handed over."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class WrongPersonalKey(errors.Unavailable):
    """Personal data was sealed with another key than the one in use; restore that key."""

    code = "wrong_personal_key"


@dataclass(eq=False)
class InvalidPersonal(errors.Invalid):
    """Name and kana have up to 100 characters; a telephone number 10 or 11 digits."""

    field: str
    code = "invalid_personal"
    public = ("field",)


@dataclass(eq=False)
class NothingKnown(errors.NotFound):
    """Nothing personal is held of this person."""

    code = "nothing_known"


@dataclass(eq=False)
class InvalidClaim(errors.Invalid):
    """The claim's value, evidence or dates are not what its kind asks for."""

    field: str
    code = "invalid_claim"
    public = ("field",)


@dataclass(eq=False)
class ClaimConflicts(errors.Conflict):
    """Another claim of this kind counts in the same days; end that one first."""

    code = "claim_conflicts"


@dataclass(eq=False)
class UnknownClaim(errors.NotFound):
    """This person has no such claim that counts."""

    code = "unknown_claim"


@dataclass(eq=False)
class UnknownPredicate(errors.Invalid):
    """One may ask age>=N, age<N, resident, disability, works_in_town, membership:service."""

    ask: str
    code = "unknown_predicate"
    public = ("ask",)


@dataclass(eq=False)
class TooManyPredicates(errors.Invalid):
    """One may ask one to eight things at a time."""

    code = "too_many_predicates"


@dataclass(eq=False)
class ThresholdNotAllowed(errors.Forbidden):
    """This age is not one that may be asked for here."""

    age: int
    code = "threshold_not_allowed"
    public = ("age",)


@dataclass(eq=False)
class TooManyThresholds(errors.Forbidden):
    """So many ages were asked of this person that the birth date could be told from them."""

    code = "too_many_thresholds"


@dataclass(eq=False)
class InvalidConsent(errors.Invalid):
    """A consent names who, what for, which data, to whom, until when, and the text shown."""

    field: str
    code = "invalid_consent"
    public = ("field",)


@dataclass(eq=False)
class ConsentMissing(errors.Forbidden):
    """The person has not consented to hand these data to this service for this purpose."""

    categories: tuple[str, ...]
    code = "consent_missing"
    public = ("categories",)


@dataclass(eq=False)
class UnknownConsent(errors.NotFound):
    """This person has given no such consent."""

    code = "unknown_consent"


@dataclass(eq=False)
class InvalidDelegation(errors.Invalid):
    """A delegation names another person, what they may do, up to how much, and until when."""

    field: str
    code = "invalid_delegation"
    public = ("field",)


@dataclass(eq=False)
class BirthDateUnknown(errors.Conflict):
    """A guardian's delegation ends with childhood: the child's birth date must be known first."""

    code = "birth_date_unknown"


@dataclass(eq=False)
class NoLongerAChild(errors.Conflict):
    """A guardian acts for a child until the day before the 18th birthday, and not longer."""

    code = "no_longer_a_child"


@dataclass(eq=False)
class DelegationOverlaps(errors.Conflict):
    """The two have a delegation in these days already that covers some of this."""

    code = "delegation_overlaps"


@dataclass(eq=False)
class CredentialInUse(errors.Conflict):
    """Each delegation has a card of its own, and this card belongs to another one."""

    code = "credential_in_use"


@dataclass(eq=False)
class UnknownDelegation(errors.NotFound):
    """There is no such delegation."""

    code = "unknown_delegation"


@dataclass(eq=False)
class DelegationNotBegun(errors.Conflict):
    """The delegation has not begun."""

    code = "delegation_not_begun"


@dataclass(eq=False)
class DelegationEnded(errors.Conflict):
    """The delegation has ended."""

    code = "delegation_ended"


@dataclass(eq=False)
class OutOfScope(errors.Forbidden):
    """The delegation is for other things than this."""

    code = "delegation_out_of_scope"


@dataclass(eq=False)
class DayLimitExceeded(errors.Conflict):
    """This is more than the delegate may spend in a day."""

    code = "delegation_day_limit_exceeded"


@dataclass(eq=False)
class TotalLimitExceeded(errors.Conflict):
    """This is more than the delegate may still spend in all."""

    code = "delegation_total_limit_exceeded"


@dataclass(eq=False)
class DifferentUse(errors.Conflict):
    """This operation was written before, with another amount or purpose."""

    code = "exists_with_different_use"


@dataclass(eq=False)
class InvalidMembership(errors.Invalid):
    """A membership has a service, a number of 1 to 40 characters, a grade and two days."""

    field: str
    code = "invalid_membership"
    public = ("field",)


@dataclass(eq=False)
class AlreadyMember(errors.Conflict):
    """This person or group has a membership of this service that has not ended."""

    code = "already_member"


@dataclass(eq=False)
class NumberTaken(errors.Conflict):
    """Another membership of this service has this number."""

    code = "membership_number_taken"


@dataclass(eq=False)
class UnknownMembership(errors.NotFound):
    """There is no such membership, or it has ended."""

    code = "unknown_membership"


@dataclass(eq=False)
class TermsOutOfOrder(errors.Conflict):
    """A new term begins after the one before it began."""

    code = "terms_out_of_order"


OF_DELEGATES: dict[str, type[errors.DomainError]] = {
    error.code: error
    for error in (
        DelegationNotBegun,
        DelegationEnded,
        OutOfScope,
        DayLimitExceeded,
        TotalLimitExceeded,
    )
}
"""Refusals of a delegate's payment that are its answer for ever, by code."""
