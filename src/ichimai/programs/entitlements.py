"""Whether somebody has what somebody else's program gives (シルバーパス): yes or no, no more."""

from uuid import UUID

from ichimai.kernel import Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records import standings
from ichimai.people.records.personal import PersonalKey
from ichimai.programs.conditions import Known, predicates_of
from ichimai.programs.terms import Program
from ichimai.storage import ReadTx


def is_entitled(
    tx: ReadTx, key: PersonalKey, clock: Clock, subject: UUID, program: Program
) -> bool:
    """Whether ``program``, a check, says yes to ``subject`` today."""
    asks = sorted(predicates_of(program.entitled))
    found = standings.standings(tx, key, [subject], asks, day_in_tokyo(clock.now()))
    standing = found[subject]
    return Known(
        subject,
        standing.holds,
        district=standing.district,
        is_birthday_month=standing.is_birthday_month,
    ).is_one_of(program.entitled)
