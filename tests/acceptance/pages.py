"""A client of the pages that finds fault with every page it is given (STYLE 22).

Whatever a test is about, each page it visits must be valid HTML with one ``h1`` that begins
the title, labelled inputs, unique ids, a nonce on every script, nothing inline, nothing from
elsewhere, and headers that keep it out of every cache; and it must exist in English.
"""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import httpx

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak HTTP: reading the machine's authorities for each took 30 ms."""

_JAPANESE = re.compile(r"[぀-ヿ一-鿿]")
_FIELDS = ("input", "select", "textarea")
_CELLS = ("td", "th", "li", "p", "dt", "dd")
_SILENT = ("script", "style", "template")
_WITHOUT_LABEL = ("hidden", "submit", "button")


@dataclass(frozen=True)
class Page:
    """A page as a person and a screen reader find it."""

    status: int
    path: str
    tree: Element
    text: str
    response: httpx.Response

    @property
    def heading(self) -> str:
        """The page's one ``h1``."""
        return _text(next(self.tree.iter("h1")))

    def forms(self) -> list[Element]:
        """All forms, in order."""
        return list(self.tree.iter("form"))

    def links(self) -> dict[str, str]:
        """The address of each link, by its words."""
        return {_text(link): link.get("href", "") for link in self.tree.iter("a")}

    def form_to(self, action: str) -> Element:
        """The one form that is sent to ``action``."""
        found = [form for form in self.forms() if form.get("action", "") == action]
        assert len(found) == 1, f"{len(found)} forms to {action} on {self.path}"
        return found[0]


class PageClient:
    """A browser without JavaScript, with cookies, that checks what it is shown."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=30, verify=PLAIN)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def get(self, path: str, *, status: int = 200) -> Page:
        """A page, in Japanese, and checked in English too."""
        page = self._follow(self.http.get(path))
        assert page.status == status, f"{path}: {page.status}, {page.text[:300]}"
        self._check_english(page)
        return page

    def submit(
        self,
        page: Page,
        action: str,
        fields: dict[str, str] | None = None,
        *,
        files: dict[str, tuple[str, bytes]] | None = None,
        status: int = 200,
    ) -> Page:
        """Fill in the form that goes to ``action``, send it and follow where it leads."""
        form = page.form_to(action)
        data = filled(form, fields or {})
        if form.get("method", "get").lower() == "get":
            answer = self.http.get(action, params=data)
        else:
            self._check_token_is_needed(action, data)
            answer = self.http.post(action, data=data, files=files)
        after = self._follow(answer)
        assert after.status == status, f"{action}: {after.status}, {after.text[:300]}"
        return after

    def _follow(self, answer: httpx.Response) -> Page:
        for _ in range(5):
            check_headers(answer)
            if not answer.is_redirect:
                return check_page(answer)
            location = answer.headers["location"]
            assert urlsplit(location).netloc == "", f"redirect to another host: {location}"
            answer = self.http.get(location)
        raise AssertionError(f"too many redirects: {answer.url}")

    def _check_english(self, page: Page) -> None:
        if page.path.startswith("/static"):
            return
        params = dict(page.response.url.params) | {"lang": "en"}
        english = check_page(self.http.get(page.path, params=params))
        self.http.cookies.delete("ichimai-lang")
        assert english.tree.get("lang") == "en"
        assert not _JAPANESE.search(english.heading), f"not English: {english.heading}"
        assert english.heading != page.heading

    def _check_token_is_needed(self, action: str, data: dict[str, str]) -> None:
        """No form is believed without its token (faults.md G98)."""
        forged = data | {"form_token": "0" * 64}
        assert self.http.post(action, data=forged).status_code == 403


def check_page(response: httpx.Response) -> Page:
    """The page in ``response``, after every check that needs no second request."""
    kind = response.headers.get("content-type", "")
    assert kind == "text/html; charset=utf-8", f"{response.url}: {kind}"
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(response.text)
    page = Page(response.status_code, response.url.path, tree, _text(tree), response)
    _check_heading(page)
    _check_ids(page)
    _check_labels(page)
    _check_scripts(page)
    _check_origin(page)
    return page


def check_headers(response: httpx.Response) -> None:
    """Headers that every answer has but those with our own unchanging files."""
    headers = response.headers
    assert headers["cache-control"] == "no-store, private"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "microphone=()" in headers["permissions-policy"]
    assert "Cookie" in headers["vary"]


def filled(form: Element, fields: dict[str, str]) -> dict[str, str]:
    """What a browser sends of a form with ``fields`` typed in; they must be there."""
    data = {}
    for element in _fields(form):
        name = element.get("name")
        kind = element.get("type", "text")
        if name and kind not in ("submit", "file") and _is_sent(element, kind):
            data[name] = _value(element)
    unknown = fields.keys() - {element.get("name") for element in form.iter()}
    assert not unknown, f"no field {unknown} in the form"
    return data | fields


def _value(element: Element) -> str:
    if element.tag == "textarea":
        return "".join(element.itertext())
    options = list(element.iter("option"))
    chosen = [option for option in options if option.get("selected") is not None]
    return (chosen or options or [element])[0].get("value", "")


def _is_sent(element: Element, kind: str) -> bool:
    return kind not in ("checkbox", "radio") or element.get("checked") is not None


def _check_heading(page: Page) -> None:
    headings = [_text(heading) for heading in page.tree.iter("h1")]
    assert len(headings) == 1, f"{page.path}: headings {headings}"
    (title,) = page.tree.iter("title")
    assert _text(title).startswith(headings[0]), f"{page.path}: {_text(title)}"
    assert page.tree.get("lang") in ("ja", "en")


def _check_ids(page: Page) -> None:
    ids = [element.get("id") for element in page.tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"{page.path}: ids are not unique"
    for element in page.tree.iter():
        for name in ("aria-describedby", "aria-labelledby", "for"):
            for target in element.get(name, "").split():
                assert target in ids, f"{page.path}: {name} of {target}"


def _check_labels(page: Page) -> None:
    labelled = {label.get("for") for label in page.tree.iter("label")}
    for element in _fields(page.tree):
        if element.get("type") in _WITHOUT_LABEL:
            continue
        has_label = element.get("id") in labelled or element.get("aria-label")
        assert has_label, f"{page.path}: {element.get('name')} has no label"
    for button in page.tree.iter("button"):
        assert _text(button) or button.get("aria-label"), f"{page.path}: a button says nothing"


def _check_scripts(page: Page) -> None:
    policy = page.response.headers["content-security-policy"]
    (nonce,) = re.findall(r"script-src [^;]*'nonce-([\w-]{20,})'", policy)
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    for element in page.tree.iter():
        if element.tag in ("script", "style"):
            assert element.get("nonce") == nonce, f"{page.path}: {element.tag} without nonce"
        if element.tag == "script":
            assert element.get("src"), f"{page.path}: a script in the page"
            assert not _text(element), f"{page.path}: a script in the page"
        for name in element.attrib:
            assert name != "style", f"{page.path}: style in the page"
            assert not str(name).startswith("on"), f"{page.path}: {name} in the page"


def _check_origin(page: Page) -> None:
    for element in page.tree.iter():
        for name in ("src", "href", "action", "formaction", "poster"):
            address = element.get(name)
            if address is not None:
                is_ours = not address.startswith("//")
                is_ours &= address.startswith(("/", "#", "?", "tel:"))
                assert is_ours, f"{page.path}: {name}={address}"


def _fields(tree: Element) -> Iterator[Element]:
    for element in tree.iter():
        if element.tag in _FIELDS:
            yield element


def _text(element: Element) -> str:
    return " ".join("".join(_texts(element)).split())


def _texts(element: Element) -> Iterator[Any]:
    # A comment has a function where an element has its name.
    if str(element.tag) not in _SILENT and not callable(element.tag):
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield " " if child.tag in _CELLS else ""
            yield child.tail or ""
