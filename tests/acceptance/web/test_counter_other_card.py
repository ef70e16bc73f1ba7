"""A code is typed while somebody else's card lies on the reader: nobody is shown."""

from playwright.sync_api import expect

from ichimai.cards.emulated import FelicaCard
from tests.acceptance.web.counter_pc import CounterPc


def test_a_code_is_not_taken_while_another_card_lies_there(pc: CounterPc) -> None:
    """Nor seen for a moment: typed before the reader was heard, too. Lifted, it is taken."""
    page, code = pc.window.page, pc.town.resident().code
    pc.lay(FelicaCard(bytes.fromhex("012E4CB1A2B3C4D5")))
    pc.reader.wait_until_laid()
    page.goto("/counter")
    page.click("button[value=application]")
    page.fill("#card", code)
    page.press("#card", "Enter")
    pc.is_told("残っています")
    page.press("#card", "Enter")
    pc.lift()
    pc.waits()
    with pc.town.database.read(pc.town.operator) as tx:
        assert tx.rows("SELECT FROM tap") == []
    page.press("#card", "Enter")
    pc.heading("窓口にいらっしゃる方")
    expect(page.locator("main")).to_be_visible()


WATCH_WHAT_IS_DRAWN = """
const look = () => {
  const main = document.querySelector("main");
  if (main && !main.hidden && getComputedStyle(main).visibility !== "hidden") {
    const drawn = sessionStorage.getItem("drawn") ?? "";
    sessionStorage.setItem("drawn", `${drawn} ${location.pathname}`);
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def test_nobody_is_drawn_beside_another_card_not_for_one_frame(pc: CounterPc) -> None:
    """Somebody's page comes while a card lies there that is not theirs."""
    page, code = pc.window.page, pc.town.resident().code
    pc.begin()
    page.fill("#card", code)
    page.press("#card", "Enter")
    pc.heading("窓口にいらっしゃる方")
    page.goto("/console/account")
    pc.lay(FelicaCard(bytes.fromhex("012E4CB1A2B3C4D5")))
    pc.reader.wait_until_laid()
    page.add_init_script(WATCH_WHAT_IS_DRAWN)
    page.goto("/counter/person")
    pc.heading("ご用件は何ですか")
    drawn = page.evaluate("sessionStorage.getItem('drawn')") or ""
    assert "/counter/person" not in drawn
    pc.lift()
