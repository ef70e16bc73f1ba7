"""The provider that we ship refuses what the real one refuses."""

from dataclasses import replace
from uuid import uuid4

import pytest

from ichimai.oidc import ClientKey
from ichimai.oidc.test_provider import RequestRefused
from tests.integration.oidc.world import CLIENT_KEY, HOME, World, coded


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": f"{HOME}/"},
        {"redirect_uri": f"{HOME}?x=1"},
        {"redirect_uri": "https://card.toshima.example.evil.example/me/digital-id/answer"},
        {"redirect_uri": "http://card.toshima.example/me/digital-id/answer"},
        {"client_id": "another"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
        {"code_challenge": ""},
        {"nonce": ""},
        {"state": ""},
        {"scope": "name"},
    ],
    ids=str,
)
def test_the_shipped_provider_is_as_strict_as_the_real_one(
    world: World, change: dict[str, str]
) -> None:
    """PKCE missing or plain, redirect URIs that are not the registered one (faults.md G104)."""
    with pytest.raises(RequestRefused):
        world.hold_card(world.begin() | change)


def test_the_shipped_provider_believes_our_key_only_and_once(world: World) -> None:
    world.bind(uuid4())
    (good,) = world.sent
    assert world.provider.token(good).status == 401, "an assertion a second time"
    for assertion in ("", "x", f"{coded({'alg': 'none'})}.{coded({'sub': 'ichimai'})}."):
        assert world.provider.token(good | {"client_assertion": assertion}).status == 401
    other = ClientKey.new().assertion(world.us.provider, world.clock)
    assert world.provider.token(good | {"client_assertion": other}).status == 401
    elsewhere = replace(world.us.provider, token="https://evil.example/token")
    assertion = CLIENT_KEY.assertion(elsewhere, world.clock)
    assert world.provider.token(good | {"client_assertion": assertion}).status == 401
