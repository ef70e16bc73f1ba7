"""Pages that a browser keeps, to open them without a network: the same for everybody."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from ichimai.web.layout.i18n import LANGUAGES
from ichimai.web.layout.pages import Visit

_POLICY: Final = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
WITHOUT_ANSWER: Final = ("opening", "unsent", "unsure")
"""Without an answer: a page was to be opened; a form was not sent, or only asked, so that nothing
was done; whether what a form does was done is not known."""

_FRAME: Final = ("icon.svg", "ichimai.css", "vendor/design-tokens/tokens.css")


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page at ``shell``, what it is made of besides the frame, and for which pages it is shown.

    ``scope``: below which addresses the browser asks. Of them, those that match one of
    ``stands_in_for`` come from the server; the kept page is shown where there is no answer.
    ``cut``: what is shown where there is none to any other page or form, by ``?was=`` one of
    ``WITHOUT_ANSWER``; empty: the browser says so in its own words.
    """

    name: str
    shell: str
    scope: str
    files: Sequence[str]
    stands_in_for: Sequence[str] = ()
    cut: str = ""

    def worker(self, visit: Visit) -> Response:
        """The script by which a browser keeps the page."""
        static = visit.pages.static
        kept = {
            "name": self.name,
            "version": static.version,
            "shell": self.shell,
            "languages": list(LANGUAGES),
            "files": [static.url(file) for file in (*_FRAME, *self.files)],
            "standsInFor": list(self.stands_in_for),
            "cut": self.cut,
            "withoutAnswer": list(WITHOUT_ANSWER) if self.cut else [],
        }
        script = static.url("page-worker.js")
        text = f'self.kept = {json.dumps(kept)};\nimportScripts("{script}");\n'
        headers = {"Content-Security-Policy": _POLICY, "Service-Worker-Allowed": self.scope}
        return Response(text, media_type="text/javascript", headers=headers)
