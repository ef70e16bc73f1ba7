"""The page of a payout whose file nobody fetched before its pay day."""

from datetime import timedelta

from tests.acceptance.little_town import LittleTown
from tests.acceptance.web.test_console_pages import (
    APPROVER,
    TREASURER,
    Console,
    payout,
    post,
    token_on,
)


def test_a_payout_whose_file_nobody_had_in_time_is_taken_back(
    town: LittleTown, console: Console
) -> None:
    treasurer, page = payout(town, console)
    approver = console(APPROVER)
    approver.submit(approver.get(page.path), f"{page.path}/approve")
    ready = treasurer.get(page.path)
    assert ready.form_to(f"{page.path}/take-back") is not None
    town.clock.advance(timedelta(days=30))
    treasurer, approver = console(TREASURER), console(APPROVER)
    token = token_on(treasurer.get("/console/payouts"))
    assert post(treasurer, f"{page.path}/file", token) == 409
    late = treasurer.get(page.path)
    assert "振込指定日になりましたが" in late.text
    assert not [form for form in late.forms() if form.get("action", "").endswith("/file")]
    approver.submit(approver.get(page.path), f"{page.path}/take-back")
    assert "取り下げた人" in treasurer.get(page.path).text
    again = treasurer.submit(treasurer.get("/console/payouts"), "/console/payouts")
    assert again.path != page.path
    assert "4,280円" in again.text
