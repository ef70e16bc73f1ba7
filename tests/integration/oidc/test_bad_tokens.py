"""ID tokens of a provider that lies, and of somebody who is none."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.integration.oidc.world import ISSUER, World, coded


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda claims: claims.pop(name)


def _with(**changes: Any) -> Callable[[dict[str, Any]], object]:  # noqa: ANN401 - any claim
    return lambda claims: claims.update(changes)


def _later(name: str, seconds: int) -> Callable[[dict[str, Any]], object]:
    return lambda claims: claims.update({name: claims[name] + seconds})


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    **{f"no {name}": _without(name) for name in ("iss", "aud", "exp", "iat", "nonce", "sub")},
    "another issuer": _with(iss="https://evil.example"),
    "the issuer with a slash": _with(iss=f"{ISSUER}/"),
    "another audience": _with(aud="another"),
    "two audiences": _with(aud=["ichimai", "another"]),
    "no audience at all": _with(aud=[]),
    "another party": _with(azp="another"),
    "expired": _later("exp", -361),
    "issued long ago": _later("iat", -601),
    "issued in the future": _later("iat", 61),
    "not yet good": lambda claims: claims.update(nbf=claims["iat"] + 61),
    "exp as text": _with(exp="9999999999"),
    "exp as truth": _with(exp=True),
    "exp without end": _with(exp=float("nan")),
    "another nonce": _with(nonce="another"),
    "an empty nonce": _with(nonce=""),
    "nonce of another kind": _with(nonce=["x"]),
    "an empty subject": _with(sub=""),
    "a subject of another kind": _with(sub=7),
    "a long subject": _with(sub="x" * 256),
}


def test_a_token_that_is_signed_and_wrong_is_refused(world: World) -> None:
    world.bind(uuid4())
    found = {}
    for name, lie in LIES.items():
        world.bend = lie
        found[name] = world.refusal(world.hold_card(world.begin()))
    assert found == dict.fromkeys(LIES, "digital_id_refused")


@pytest.mark.parametrize("skew", [-59, 59])
def test_a_clock_may_be_a_minute_wrong(world: World, skew: int) -> None:
    world.bend = _later("iat", skew)
    world.bind(uuid4())


def _kid(world: World) -> str:
    return str(json.loads(world.provider.certs().body)["keys"][0]["kid"])


def _with_own_key(claims: dict[str, Any]) -> str:
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "kid": "x", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key)


def _with_payload(world: World, claims: dict[str, Any]) -> str:
    head, _, signature = world.provider.signed(claims).split(".")
    return f"{head}.{coded(claims | {'sub': 'another'})}.{signature}"


FORGERIES: dict[str, Callable[[World, dict[str, Any]], str]] = {
    "alg none": lambda _, claims: f"{coded({'alg': 'none', 'kid': 'x'})}.{coded(claims)}.",
    "alg none with our kid": lambda world, claims: (
        f"{coded({'alg': 'none', 'kid': _kid(world)})}.{coded(claims)}."
    ),
    "HS256 with the public key": lambda world, claims: jwt.encode(
        {"alg": "HS256", "kid": _kid(world)},
        claims,
        OctKey.import_key(json.dumps(json.loads(world.provider.certs().body)["keys"][0])),
    ),
    "RS256": lambda world, claims: jwt.encode(
        {"alg": "RS256", "kid": _kid(world)}, claims, RSAKey.generate_key(2048)
    ),
    "ES384": lambda world, claims: jwt.encode(
        {"alg": "ES384", "kid": _kid(world)},
        claims,
        ECKey.generate_key("P-384"),
        algorithms=["ES384"],
    ),
    "another key": lambda world, claims: jwt.encode(
        {"alg": "ES256", "kid": _kid(world)}, claims, ECKey.generate_key("P-256")
    ),
    "an unknown key": lambda _, claims: jwt.encode(
        {"alg": "ES256", "kid": "unknown"}, claims, ECKey.generate_key("P-256")
    ),
    "no kid": lambda _, claims: jwt.encode({"alg": "ES256"}, claims, ECKey.generate_key("P-256")),
    "a key that it brings along": lambda _, claims: _with_own_key(claims),
    "a cut signature": lambda world, claims: world.provider.signed(claims)[:-8],
    "another payload": lambda world, claims: f"{_with_payload(world, claims)}",
    "no token": lambda _, __: "x",
    "an empty token": lambda _, __: "",
    "many dots": lambda _, __: "." * 10_000,
}


def test_a_forged_token_is_refused(world: World) -> None:
    world.bind(uuid4())
    found = {}
    for name, forge in FORGERIES.items():
        world.bend = partial(forge, world)
        found[name] = world.refusal(world.hold_card(world.begin()))
    assert found == dict.fromkeys(FORGERIES, "digital_id_refused")
