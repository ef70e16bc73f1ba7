"""What is asked of a provider, and what is derived instead of kept."""

from urllib.parse import parse_qs, urlsplit

from ichimai.oidc import Provider, rules

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
HERE = Provider.at(
    "https://auth.example/api/realms/main", client_id="c", redirect_uri="https://x/y"
)


def test_the_challenge_is_the_standards() -> None:
    """RFC 7636 appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert rules.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_nonce_and_verifier_differ_by_state_purpose_and_key() -> None:
    found = {
        derive(key, state)
        for derive in (rules.nonce_of, rules.verifier_of)
        for key in (KEY, OTHER_KEY)
        for state in ("s", "t")
    }
    assert len(found) == 8
    assert all(len(each) == 43 for each in found)


def test_a_pairwise_id_of_two_issuers_is_two_identities() -> None:
    found = {
        rules.identity_of(key, issuer, subject)
        for key in (KEY, OTHER_KEY)
        for issuer, subject in (("ab", "c"), ("a", "bc"), ("ab", "d"))
    }
    assert len(found) == 6


def test_the_endpoints_lie_where_the_real_ones_do() -> None:
    assert HERE.authorization == f"{HERE.issuer}/protocol/openid-connect/auth"
    slashed = Provider.at(f"{HERE.issuer}/", client_id="c", redirect_uri="https://x/y")
    assert slashed.issuer == f"{HERE.issuer}/"
    assert (slashed.token, slashed.certs) == (HERE.token, HERE.certs)


def test_the_address_has_nothing_secret_in_it() -> None:
    asked = parse_qs(urlsplit(rules.address_of(HERE, KEY, "state")).query)
    assert rules.verifier_of(KEY, "state") not in str(asked)
    assert asked["code_challenge"] == [rules.challenge_of(rules.verifier_of(KEY, "state"))]
