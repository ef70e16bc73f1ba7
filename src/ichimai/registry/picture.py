"""The picture of a card's code."""

import segno

from ichimai.registry.card_code import parse_code


def card_svg(code: str) -> str:
    """The QR code of a card as SVG markup, quiet zone included, to be sized by its container.

    Error correction Q (a quarter may be worn or dirty). Raises MistypedCode.
    """
    picture = segno.make_qr(parse_code(code), error="q", boost_error=False)
    return str(picture.svg_inline(omitsize=True, light="#fff", svgclass="card-code"))
