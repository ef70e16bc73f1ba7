"""What the pages need from the composition root, and nothing else."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ichimai import ledger, programs
from ichimai.kernel import errors
from ichimai.programs.model import GrantListId, Request


Submit = Callable[[programs.model.Request], Awaitable[ledger.Posted | errors.DomainError]]


@dataclass(frozen=True, slots=True)
class Town:
    """How the operator is called on every page, and where a person can ask."""

    name_ja: str
    name_en: str
    contact_ja: str
    contact_en: str


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that pages are made of.

    ``submit`` hands a till's request to group commit. ``start_posting`` has an approved list
    of grants posted behind the scenes and returns at once. ``is_https`` says how browsers
    reach us, also behind a proxy: cookies are then ``__Host-`` ones.
    """

    desk: programs.Desk
    submit: Callable[[Request], Awaitable[ledger.Posted | errors.DomainError]]
    start_posting: Callable[[GrantListId], None]
    town: Town
    is_https: bool
    submit: Submit

    @property
    def people_key(self) -> bytes:
        """The secret key for PINs, sign-in counters and form tokens: not the registry's own."""
        purpose = f"people {self.desk.sector}"
        return hmac.digest(self.desk.key.secret, purpose.encode(), "sha256")
