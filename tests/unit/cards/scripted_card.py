"""A card that keeps what it is sent and answers what a test wants; it models no goodwill."""

import re
from collections.abc import Callable, Mapping


class Watched:
    """Passes commands on to ``answer`` and keeps them; ``instead`` overrules by pattern."""

    def __init__(
        self, answer: Callable[[bytes], bytes], instead: Mapping[str, str] | None = None
    ) -> None:
        self.sent: list[str] = []
        self.instead = dict(instead or {})
        self._answer = answer

    def transmit(self, command: bytes) -> bytes:
        """Answer one command."""
        self.sent.append(command.hex().upper())
        real = self._answer(command)
        for pattern, answer in self.instead.items():
            if re.fullmatch(pattern, self.sent[-1]):
                return bytes.fromhex(answer)
        return real

    def count(self, pattern: str) -> int:
        """How many commands of that pattern were sent."""
        return sum(re.fullmatch(pattern, command) is not None for command in self.sent)
