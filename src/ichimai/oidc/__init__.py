"""Signing in with another's word (OpenID Connect): the relying party of デジタル認証アプリ."""

from ichimai.oidc import errors, test_provider
from ichimai.oidc.client_key import ClientKey
from ichimai.oidc.model import Provider, Question, Reply, Wire
from ichimai.oidc.service import RelyingParty, bound_at, tidy_up, unbind

__all__ = [
    "ClientKey",
    "Provider",
    "Question",
    "RelyingParty",
    "Reply",
    "Wire",
    "bound_at",
    "errors",
    "test_provider",
    "tidy_up",
    "unbind",
]
