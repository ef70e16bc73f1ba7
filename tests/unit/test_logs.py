"""What is written down: one JSON object a line, and no My Number in it, whoever logs."""

import json
import subprocess
import sys

MY_NUMBER = "123456789018"

PROGRAM = """
import logging, structlog, warnings
from ichimai import logs

logs.configure()
number = "123456789018"
log = structlog.get_logger("ichimai.test")
log.warning("in_a_text", said=f"my number is {number}", other="kept")
log.warning("in_parts", said=["1234-5678-9018", {"a": ("1234 5678 9018",)}])
log.warning(f"in the event {number}")
log.warning("in_an_object", error=ValueError(number), key=logging)
log.warning("in_nothing", count=123456789018, share=0.5, is_new=True, none=None)
try:
    int(f"x{number}")
except ValueError:
    log.exception("in_an_exception")
    logging.getLogger("library").exception("failed with %s", number)
    own = logging.getLogger("own")
    own.propagate = False
    own.addHandler(logging.StreamHandler())
    own.error("own handler, %(said)s", {"said": "１２３４５６７８９０１８"}, exc_info=True)
logging.getLogger("library").error("a percent sign: 100%")
"""


def written() -> str:
    """What the program writes."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr


def test_no_line_has_a_my_number_whoever_wrote_it() -> None:
    """Values, events, objects, exceptions; our own logger, a library's, and its own handler's."""
    lines = written().replace('"count": 123456789018', "")
    assert "9018" not in lines
    assert "５６７８" not in lines
    assert lines.count("************") >= 7


def test_what_is_no_my_number_is_written_as_it_was() -> None:
    lines = written().splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    by_event = {line["event"]: line for line in found}
    assert by_event["in_a_text"]["other"] == "kept"
    assert by_event["in_parts"]["said"] == ["****-****-****", {"a": ["**** **** ****"]}]
    assert by_event["in_nothing"]["count"] == int(MY_NUMBER), "a number is an amount or an id"
    assert (by_event["in_nothing"]["share"], by_event["in_nothing"]["is_new"]) == (0.5, True)
    assert by_event["in_nothing"]["none"] is None
    assert "ValueError" in by_event["in_an_exception"]["exception"]
    assert "a percent sign: 100%" in lines
    assert sum("Traceback" in line for line in lines) == 3
