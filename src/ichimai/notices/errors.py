"""Why a notice cannot be handled so."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class UnknownNotice(errors.NotFound):
    """No such letter waits to be posted."""

    code = "unknown_notice"
