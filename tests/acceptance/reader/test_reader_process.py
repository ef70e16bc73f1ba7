"""``ichimai reader`` as a process: killed, started twice, told nonsense, without a card service."""

import json
import random
import signal
import threading
import time
from pathlib import Path
from uuid import UUID, uuid5

import httpx
import pytest

from ichimai.kernel.ids import NIL
from ichimai.reader.api import BEAT_SECONDS
from tests.acceptance.faults.town import rounds
from tests.acceptance.reader.conftest import Counter
from tests.acceptance.reader.site import ReaderProcess, wait_until

KILLS = rounds(12)

PATIENCE_SECONDS = 4 * BEAT_SECONDS


def test_what_was_acknowledged_outlives_every_kill(counter: Counter) -> None:
    """A15: SIGKILL at any moment; each check-in that was acknowledged is there, once, in order."""
    headers, choice = counter.reader.pair(), random.Random(5)
    acknowledged: dict[UUID, int] = {}
    sent = 0
    for _ in range(KILLS):
        is_over = threading.Event()

        def send(is_over: threading.Event = is_over) -> None:
            nonlocal sent
            with httpx.Client(base_url=counter.reader.address, headers=headers) as client:
                while not is_over.is_set():
                    sent += 1
                    id_ = uuid5(NIL, f"scan {sent}")
                    try:
                        answer = client.post("/v1/scans", json={"id": str(id_), "body": "x" * 500})
                    except httpx.TransportError:
                        return
                    acknowledged[id_] = answer.json()["sequence"]

        before = len(acknowledged)
        sender = threading.Thread(target=send)
        sender.start()
        wait_until(lambda: len(acknowledged) > before)  # noqa: B023  called at once
        time.sleep(choice.uniform(0, 0.15))
        counter.reader.kill()
        is_over.set()
        sender.join()
        counter.reader.start()
    kept = _hand_over(counter, headers)
    assert {id_: kept[id_] for id_ in acknowledged} == acknowledged
    assert sorted(kept.values()) == list(range(1, len(kept) + 1)), "a gap"
    assert len(acknowledged) <= len(kept) <= len(acknowledged) + KILLS


def _hand_over(counter: Counter, headers: dict[str, str]) -> dict[UUID, int]:
    """All that waits, taken by a server in batches: numbers by id."""
    kept: dict[UUID, int] = {}
    with httpx.Client(base_url=counter.reader.address, headers=headers) as client:
        while (found := client.get("/v1/scans").json())["scans"]:
            numbers = [scan["sequence"] for scan in found["scans"]]
            kept |= {UUID(scan["id"]): scan["sequence"] for scan in found["scans"]}
            client.post("/v1/scans/settled", json={"queue": found["queue"], "taken": numbers})
    return kept


def test_a_second_reader_on_the_same_port_says_so(counter: Counter, tmp_path: Path) -> None:
    """One clear line, and the first goes on."""
    other = ReaderProcess(tmp_path / "other", counter.service.address, counter.reader.origin)
    other.port = counter.reader.port
    other.begin()
    assert other.ended() == 1
    assert other.text.startswith("reader_address_taken: ")
    assert counter.reader.is_there()


@pytest.mark.parametrize(
    "option",
    [["--origin", "*"], ["--origin", "null"], ["--origin", "https://a/b"], ["--seal-to", "x"]],
)
def test_an_option_of_the_wrong_form_is_named(
    option: list[str], origin: str, tmp_path: Path
) -> None:
    wrong = ReaderProcess(tmp_path, tmp_path / "no-service", origin, option)
    wrong.begin()
    assert wrong.ended() == 1
    assert wrong.text.startswith("invalid_reader_option: ")
    assert option[0] in wrong.text


def test_without_a_card_service_it_runs_and_stops_by_either_signal(
    origin: str, tmp_path: Path
) -> None:
    """The service may be installed later; the page that shows how things are says so."""
    alone = ReaderProcess(tmp_path, tmp_path / "no-service", origin)
    for how in (signal.SIGTERM, signal.SIGINT):
        alone.start()
        wait_until(lambda: "PC/SCサービスが動いていません" in httpx.get(alone.address).text)
        assert alone.stop(how) == 0
        assert "終了しました" in alone.text


def test_events_are_lines_of_json_with_a_beat(counter: Counter) -> None:
    """For programs that are no browser; the beat comes sooner than they give up."""
    events, headers = f"{counter.reader.address}/v1/events", counter.reader.pair()
    # It answers before the card service has told it of its slots.
    wait_until(lambda: "PCD 00 01" in httpx.get(counter.reader.address).text)
    with httpx.stream("GET", events, headers=headers, timeout=PATIENCE_SECONDS) as stream:
        lines = stream.iter_lines()
        hello = json.loads(next(lines))
        assert (hello["event"], len(hello["readers"])) == ("hello", 2)
        assert not next(lines)
