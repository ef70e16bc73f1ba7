"""What the reader says to whoever sits at it, in Japanese and English. Never who it was."""

from typing import Final

from ichimai.cards import Kind
from ichimai.reader.model import Event, Happening

Words = tuple[str, str]
"""Japanese, English."""

KINDS: Final[dict[Kind | None, Words]] = {
    Kind.MY_NUMBER_CARD: ("マイナンバーカード", "My Number Card"),
    Kind.PHONE_CERTIFICATE: ("スマートフォンの電子証明書", "phone certificate"),
    Kind.FELICA: ("FeliCa（交通系ICカードなど）", "FeliCa (transit card)"),
    None: ("使えないカード", "a card that cannot be used"),
}
_HAPPENINGS: Final[dict[Happening, Words]] = {
    Happening.READER_ADDED: ("読取機がつながりました", "reader connected"),
    Happening.READER_GONE: ("読取機が外れました", "reader gone"),
    Happening.CARD_PRESENT: ("カードが置かれました", "card present"),
    Happening.CARD_LIFTED: ("カードが離れました", "card lifted"),
    Happening.CARD_UNREADABLE: (
        "カードを読めません。1枚だけを平らに置き直してください",
        "the card cannot be read: lay it down again, flat and alone",
    ),
    Happening.CARD_BUSY: (
        "ほかのプログラムがカードを使っています。終わるのを待っています",
        "another program is using the card: waiting until it is done",
    ),
    Happening.ONE_CARD_ONLY: (
        "カードは1枚ずつ置いてください。いったんすべて離してください",
        "one card at a time: lift them all first",
    ),
}


def of_event(event: Event) -> Words:
    """What happened; of a card only its kind."""
    japanese, english = _HAPPENINGS[event.happening]
    if event.happening is Happening.CARD_PRESENT:
        kind = KINDS[event.kind]
        return f"{japanese}（{kind[0]}）", f"{english}: {kind[1]}"
    is_about_readers = event.happening in (Happening.READER_ADDED, Happening.READER_GONE)
    if is_about_readers:
        return f"{japanese}（{event.reader}）", f"{english}: {event.reader}"
    return japanese, english


def of_pairing(code: str) -> Words:
    """The code to type in the page."""
    return f"画面に入力する合言葉: {code}", f"pairing code, to be typed in the page: {code}"


def of_start(address: str, origin: str) -> Words:
    """Where the reader is, and for which page."""
    return (
        f"読取機の窓口を開きました: {address} （{origin} の画面だけが使えます）",
        f"ready at {address}, for pages of {origin} only",
    )


def of_damage(file: str) -> Words:
    """The queue could not be read."""
    return (
        f"保存していた受付記録が壊れています。{file} に取り置き、新しく始めました",
        f"the stored check-ins are damaged; they were put aside as {file}, and a new queue began",
    )


def of_failure(kind: str) -> Words:
    """Something that nobody expected."""
    return f"内部エラー（{kind}）", f"internal error: {kind}"


PAIRING_WANTED: Final[Words] = (
    "画面がまだ登録されていません",
    "no page is paired yet",
)
STOPPED: Final[Words] = ("終了しました", "stopped")
INSECURE: Final[Words] = (
    "注意: httpの画面からは、ブラウザが読取機への接続を拒みます。httpsにしてください",
    "warning: browsers refuse a page of http to reach this reader; serve it by https",
)
