"""What a shopper still has, as the simulation keeps it for itself."""

from dataclasses import dataclass, field
from datetime import date

from ichimai.merchants import ShopSize
from ichimai.programs.terms import Program
from ichimai.simulation.model import Recipient, Storefront


@dataclass(slots=True)
class Wallet:
    """The remainder of a recipient's gifts, to know what a payment may be.

    It keeps within what the program surely allows: the cap on large shops is taken as that of
    one gift, and refunds give back nothing of a limit or cap.
    """

    program: Program
    units: int
    large_left: int
    _spent_on: dict[date, int] = field(default_factory=dict)

    @classmethod
    def of(cls, recipient: Recipient, program: Program) -> "Wallet":
        """The wallet of somebody who was just granted the gifts."""
        percent = program.acceptance.large_store_cap_percent
        one_gift = min(gift.units for gift in recipient.gifts)
        large = recipient.units if percent is None else one_gift * percent // 100
        return cls(program, recipient.units, large)

    def room(self, shop: Storefront, day: date) -> int:
        """The most that can be paid at ``shop`` on ``day``."""
        room = self.units
        if self.program.use.per_payment_limit is not None:
            room = min(room, self.program.use.per_payment_limit)
        if self.program.use.per_day_limit is not None:
            room = min(room, self.program.use.per_day_limit - self._spent_on.get(day, 0))
        return min(room, self.large_left) if shop.shop.size is ShopSize.LARGE else room

    def is_overspent_by(self, units: int) -> bool:
        """Whether a payment of ``units`` is refused for the remainder and nothing else."""
        limit = self.program.use.per_payment_limit
        return units > self.units and (limit is None or units <= limit)

    def pay(self, units: int, shop: Storefront, day: date) -> None:
        """Take ``units``, which are within ``room``."""
        self.units -= units
        self._spent_on[day] = self._spent_on.get(day, 0) + units
        if shop.shop.size is ShopSize.LARGE:
            self.large_left -= units

    def give_back(self, units: int) -> None:
        """Put ``units`` of a refund back."""
        self.units += units
