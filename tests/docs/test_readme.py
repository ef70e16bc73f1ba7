"""What the README tells a newcomer to type does what it says."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
RUN = re.compile(r"^<!-- run -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
START_SECONDS = 60


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """A folder like a clone in which a small demo was made."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(PROGRAMS)
    asked = ["--residents", "400", "--days", "3", "--no-serve", "--data", ".ichimai"]
    subprocess.run([PROGRAMS / "ichimai", "demo", *asked], cwd=tmp_path, check=True, timeout=300)
    return tmp_path


@pytest.fixture
def address(newcomer: Path) -> Iterator[str]:
    """Where the newcomer's town is served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command: list[str | Path] = [
        PROGRAMS / "ichimai",
        "serve",
        "--data",
        ".ichimai",
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, cwd=newcomer) as server:
        try:
            yield _when_it_answers(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _when_it_answers(url: str, server: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            if httpx.get(f"{url}/api/v1/health", timeout=2).is_success:
                return url
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(url)


def _bash(script: str, folder: Path) -> str:
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run(
        [bash, "-euo", "pipefail", "-c", script],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout


def test_a_newcomer_pays_a_shop_and_checks_the_books(newcomer: Path, address: str) -> None:
    pay, verify = RUN.findall(_read("README.md"))
    paid = json.loads(_bash(pay.replace("http://127.0.0.1:8000", address), newcomer))
    assert (paid["amount"], paid["asset"]) == (120, "JPY")
    assert paid["receipt"]["transfers"]
    assert _bash(verify, newcomer)


def test_both_languages_tell_the_same_commands() -> None:
    english, japanese = BLOCK.findall(_read("README.md")), BLOCK.findall(_read("README.ja.md"))
    assert english
    assert english == japanese
