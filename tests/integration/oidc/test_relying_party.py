"""The relying party against the shipped provider: what it asks, and when it believes an answer."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from ichimai import oidc
from ichimai.oidc import ClientKey, Reply, errors
from tests.integration.oidc.world import CLIENT_KEY, HOME, ISSUER, OTHER_BROWSER, World


def test_who_bound_an_identity_comes_in_by_it(world: World) -> None:
    hanako, taro = uuid4(), uuid4()
    world.bind(hanako)
    world.bind(taro, "巣鴨 太郎")
    assert world.come_back(world.hold_card(world.begin())) == hanako
    assert world.come_back(world.hold_card(world.begin(), "巣鴨 太郎")) == taro


def test_an_identity_that_nobody_bound_opens_and_makes_nothing(world: World) -> None:
    """Nobody is linked by a name, or for the first time at a sign-in."""
    world.bind(uuid4())
    assert world.refusal(world.hold_card(world.begin(), "駒込 ツル")) == "digital_id_not_bound"
    with world.database.write(world.operator) as tx:
        assert tx.rows("SELECT count(*) FROM oidc_identity") == [(1,)]


def test_what_is_asked_is_what_the_reference_says(world: World) -> None:
    """Code, PKCE S256, state and nonce; no scope that would tell us who it is."""
    first, second = world.begin(), world.begin()
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert first["scope"] == "openid"
    assert first["redirect_uri"] == HOME
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert 43 <= len(first[name]) <= 128


def test_the_token_is_asked_for_with_our_key_and_the_verifier(world: World) -> None:
    asked = world.begin(uuid4())
    world.come_back(world.hold_card(asked))
    (sent,) = world.sent
    assert "client_secret" not in sent
    hashed = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() == asked["code_challenge"]
    key = ECKey.import_key(CLIENT_KEY.public)
    claims = jwt.decode(sent["client_assertion"], key, algorithms=["ES256"]).claims
    assert claims["iss"] == claims["sub"] == "ichimai"
    assert claims["aud"] == world.provider.token_address
    assert 0 < claims["exp"] - claims["iat"] <= 60


def test_no_two_assertions_are_alike(world: World) -> None:
    for _ in range(2):
        world.bind(uuid4(), "目白 亀") if not world.sent else world.refusal(
            world.hold_card(world.begin())
        )
    assert len({sent["client_assertion"] for sent in world.sent}) == 2


def test_a_state_of_another_browser_is_refused_there_and_good_in_its_own(world: World) -> None:
    """Login CSRF: the attacker's answer in the victim's browser (faults.md G104)."""
    world.bind(uuid4())
    answer = world.hold_card(world.begin())
    assert world.refusal(answer, OTHER_BROWSER) == "digital_id_refused"
    assert world.refusal(answer) == ""


def test_a_state_is_good_once_and_for_ten_minutes(world: World) -> None:
    world.bind(uuid4())
    answer = world.hold_card(world.begin())
    assert world.refusal(answer) == ""
    assert world.refusal(answer) == "digital_id_refused"
    asked = world.begin()
    world.clock.advance(timedelta(minutes=10))
    assert world.refusal(world.hold_card(asked)) == "digital_id_refused"


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1), timedelta(seconds=30)])
def test_a_code_is_good_once(world: World, later: timedelta) -> None:
    """Brought with a state of its own, at once and later (faults.md G104)."""
    world.bind(uuid4())
    answer = world.hold_card(world.begin())
    assert world.refusal(answer) == ""
    world.clock.advance(later)
    again = world.begin() | {"code": answer["code"]}
    assert world.refusal({"state": again["state"], "code": again["code"]}) == "digital_id_refused"


def test_a_stolen_code_is_of_no_use_with_another_state(world: World) -> None:
    """PKCE: the thief's verifier is another one."""
    world.bind(uuid4())
    stolen = world.hold_card(world.begin())["code"]
    mine = {"state": world.begin()["state"], "code": stolen}
    assert world.refusal(mine) == "digital_id_refused"


def test_of_one_answer_brought_eight_times_at_once_one_counts(world: World) -> None:
    world.bind(uuid4())
    answer, barrier = world.hold_card(world.begin()), Barrier(8)

    def come_back(_: int) -> str:
        barrier.wait()
        return world.refusal(answer)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(come_back, range(8)))
    assert sorted(answers) == ["", *["digital_id_refused"] * 7]


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example/api/realms/main"},
        {"iss": f"{ISSUER}/"},
        {"iss": ""},
        {"code": ""},
        {"code": "x" * 5_000},
        {"code": "unknown"},
        {"error": "server_error"},
        {"state": ""},
        {"state": "x"},
    ],
    ids=str,
)
def test_a_tampered_answer_is_refused(world: World, change: dict[str, str]) -> None:
    """Among them the answer of another provider to our question (mix-up, RFC 9207)."""
    world.bind(uuid4())
    answer = world.hold_card(world.begin()) | change
    assert world.refusal(answer) == "digital_id_refused"


def test_an_answer_without_a_state_code_or_issuer(world: World) -> None:
    world.bind(uuid4())
    for missing, code in (
        ("state", "digital_id_refused"),
        ("code", "digital_id_refused"),
        ("iss", ""),  # RFC 9207 is not promised by the reference; the ID token's is checked
    ):
        answer = world.hold_card(world.begin())
        del answer[missing]
        assert world.refusal(answer) == code, missing


def test_who_gives_up_is_told_so_and_nothing_changes(world: World) -> None:
    asked = world.begin()
    (error,) = parse_qs(urlsplit(world.provider.cancel(asked)).query)["error"]
    assert world.refusal({"state": asked["state"], "error": error}) == "digital_id_cancelled"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, b""),
        Reply(200, b""),
        Reply(200, b"[]"),
        Reply(302, b"{}"),
        Reply(200, b"[" * 9_999),
    ],
    ids=str,
)
def test_a_provider_that_fails_is_told_from_one_that_refuses(world: World, reply: Reply) -> None:
    answer = world.hold_card(world.begin())
    world.post = lambda *_: reply  # type: ignore[method-assign]  # a provider that fails
    assert world.refusal(answer) == "provider_unavailable"


def test_keys_that_are_no_keys_are_the_providers_failure(world: World) -> None:
    for body in (b"", b"{}", b'{"keys": 1}', b'{"keys": [1]}', b'{"keys": [{"kty": "EC"}]}'):
        answer = world.hold_card(world.begin())
        world.us = world.party()
        world.listed = body
        assert world.refusal(answer) in {"provider_unavailable", "digital_id_refused"}


def test_keys_are_fetched_once_and_again_when_the_provider_has_a_new_one(world: World) -> None:
    """Rotation with both keys listed, in the middle of a sign-in."""
    world.bind(uuid4())
    assert world.refusal(world.hold_card(world.begin())) == ""
    assert len(world.fetched) == 1
    world.clock.advance(timedelta(seconds=31))
    world.provider.rotate()
    assert world.refusal(world.hold_card(world.begin())) == ""
    assert len(world.fetched) == 2


def test_a_token_of_the_old_key_is_good_while_it_is_listed(world: World) -> None:
    """And no longer than ten minutes after it was withdrawn."""
    world.bind(uuid4())
    old = world.provider._keys[0]

    def by_old_key(claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "ES256", "kid": old.kid}, claims, old)

    world.provider.rotate()
    world.bend = by_old_key
    assert world.refusal(world.hold_card(world.begin())) == ""
    world.provider.rotate(keep=False)
    world.clock.advance(timedelta(minutes=10))
    assert world.refusal(world.hold_card(world.begin())) == "digital_id_refused"


def test_unknown_keys_do_not_have_the_list_fetched_all_the_time(world: World) -> None:
    world.bind(uuid4())
    key = ECKey.generate_key("P-256")
    world.bend = lambda claims: jwt.encode({"alg": "ES256", "kid": "unknown"}, claims, key)
    for _ in range(20):
        assert world.refusal(world.hold_card(world.begin())) == "digital_id_refused"
    assert len(world.fetched) == 1


def test_an_identity_is_one_residents_and_a_resident_has_one(world: World) -> None:
    hanako = uuid4()
    world.bind(hanako)
    world.bind(hanako)
    with pytest.raises(errors.DigitalIdTaken):
        world.bind(uuid4())
    with pytest.raises(errors.DigitalIdTaken):
        world.bind(hanako, "巣鴨 太郎")
    assert world.come_back(world.hold_card(world.begin())) == hanako


def test_what_was_disconnected_opens_nothing(world: World) -> None:
    hanako = uuid4()
    world.bind(hanako)
    with world.database.write(world.operator) as tx:
        oidc.unbind(tx, hanako)
    assert world.refusal(world.hold_card(world.begin())) == "digital_id_not_bound"
    with world.database.read(world.operator) as tx:
        assert oidc.bound_at(tx, hanako) is None


def test_the_tables_hold_neither_the_pairwise_id_nor_a_state(world: World) -> None:
    hanako = uuid4()
    world.bind(hanako)
    asked = world.begin()
    subject = world.provider.claims("ichimai", "n", "豊島 花子")["sub"]
    with world.database.write(world.operator) as tx:
        told = repr(
            [tx.rows("SELECT * FROM oidc_identity"), tx.rows("SELECT * FROM oidc_question")]
        )
    for secret in (subject, asked["state"], asked["nonce"]):
        assert secret not in told
        assert repr(hashlib.sha256(subject.encode()).digest()) not in told, "a hash without a key"


def test_the_client_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "data" / "digital-id.key"
    with ThreadPoolExecutor(4) as pool:
        found = {json.dumps(key.public) for key in pool.map(ClientKey.load, [path] * 4)}
    assert len(found) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads(found.pop())
    assert [each.name for each in path.parent.iterdir()] == ["digital-id.key"]
