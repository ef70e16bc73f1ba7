"""A transfer file (全銀協 総合振込) as an answer: what it is, and whether the bank may have it."""

import base64
from typing import Final

from starlette.responses import Response

from ichimai.settlement.model import PayoutFile
from ichimai.web.api.endpoint import Reply

_FILE_TYPE: Final = "text/plain; charset=Shift_JIS"

FILE: Final = Reply(
    "The file.",
    media=("text/plain",),
    headers={
        "Content-Digest": "SHA-256 of the file (RFC 9530).",
        "Digest": "The same in the older form (RFC 3230).",
        "Ichimai-Copy": "1 for the first hand-over.",
        "Ichimai-Resend": "true when the bank may have the file already (再送).",
    },
)


def handed_over(found: PayoutFile) -> Response:
    """The file with its digest, and which copy it is."""
    digest = base64.b64encode(bytes.fromhex(found.sha256)).decode()
    headers = {
        "Content-Type": _FILE_TYPE,
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Digest": f"sha-256=:{digest}:",
        "Digest": f"SHA-256={digest}",
        "Ichimai-Copy": str(found.copy_number),
        "Ichimai-Resend": "true" if found.is_resend else "false",
    }
    return Response(found.content, headers=headers)
