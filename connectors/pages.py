"""A list that comes in pages: they are put together into one answer, bounded in number and size, all within the one deadline."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from yarl import URL

from connectors import json_reply
from connectors.errors import ContractBroken, SourceBusy, SourceUnavailable
from connectors.guard.memory import ALL, HEAVIEST, LARGE, READER, Share, weight_of_json
from connectors.http import Answer, Outgoing
from connectors.page_rule import PageRule
from connectors.values import Select, Unfit

__all__ = ["gather"]

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]*))?)*)', re.ASCII)
_NEXT = re.compile(
    r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?=[\s;]|$))', re.ASCII | re.IGNORECASE
)
Exchange = Callable[[Outgoing], Awaitable[Answer]]


class _Broken(Exception):
    """The pages are not what was declared. Its text says how, in our own words."""


async def gather(
    source_id: str,
    rule: PageRule,
    request: Outgoing,
    exchange: Exchange,
    again: Exchange,
    *,
    bound: int,
    secret: str | None,
    hold: Callable[[], Share],
) -> Answer:
    """The first page with the items of all the others: at most `bound` bytes together.

    `exchange` gets the first page, `again` the others, each when its turn has come. `secret` is a text that may not stand in an
    address: the number of a person. `hold` gives a share of the memory for large answers. An answer that is no page is given back
    as it is. Raises `ContractBroken`, `SourceUnavailable` and `SourceBusy` where there is no room, and what `exchange` raises.
    """
    answer = await exchange(request)
    document = await _document(answer, bound)
    if _items(document, rule) is None:
        return answer
    taken = _Taken(rule, request.url, bound, secret)
    share: Share | None = None
    try:
        url = taken.take(answer, document)
        del document
        if url is None:
            return answer
        _let_go(answer)
        while url is not None:
            page = await again(replace(request, url=url))
            if page.status == 429 or page.status >= 500:
                return page
            url = taken.take(page, await _document(page, bound))
            _let_go(page)
            if taken.size > LARGE:
                share = share or hold()
                _grow(source_id, share, taken.size)
        return replace(answer, body=await taken.whole(), share=share)
    except _Broken as error:
        raise ContractBroken(source_id, str(error)) from None


def _let_go(page: Answer) -> None:
    """A page is held as one of all from here on."""
    if page.share is not None:
        page.share.give_back()


def _grow(source_id: str, share: Share, size: int) -> None:
    """Hold so much. Raises `SourceBusy` and `SourceUnavailable` where there is no room."""
    full = share.grow(size)
    if full is None:
        return
    share.give_back()
    if full is ALL:
        raise SourceBusy(source_id, "too many large answers of all sources are held already")
    raise SourceUnavailable(source_id, "too many large answers of it are held already")


class _Taken:
    """The pages taken so far: their bytes, for their objects would take many times as much."""

    def __init__(self, rule: PageRule, first: URL, bound: int, secret: str | None) -> None:
        self._rule, self._first, self._bound, self._secret = rule, first, bound, secret
        self._asked = {str(first)}
        self._bodies: list[bytes] = []
        self.size = 0

    def take(self, answer: Answer, document: Any) -> URL | None:
        """Take a page; gives the address of the next, `None` after the last. Raises `_Broken`."""
        if answer.status != 200:  # that no page is there does not mean that nobody is
            raise _Broken(f"a page of its answer was answered with HTTP status {answer.status}")
        items = _items(document, self._rule)
        if items is None:
            raise _Broken("a page of its answer has no list")
        self._bodies.append(answer.body)
        self.size += len(answer.body)
        if self.size > self._bound:
            raise _Broken("the pages of its answer are larger than its bound")
        url = self._next(answer, document, empty=not items)
        if url is not None:
            _check(url, self._first, self._asked, self._secret)
            if len(self._bodies) >= self._rule.most:
                raise _Broken("its answer has more pages than declared")
        return url

    async def whole(self) -> bytes:
        """The first page with the items of all. Raises `_Broken`."""
        if sum(map(weight_of_json, self._bodies)) > HEAVIEST * self._bound:
            raise _Broken("its answer has more parts than are read")
        if self.size <= LARGE:
            return _whole(self._bodies, self._rule)
        return await asyncio.get_running_loop().run_in_executor(READER, _whole, self._bodies, self._rule)

    def _next(self, answer: Answer, document: Any, *, empty: bool) -> URL | None:
        rule, url = self._rule, self._first
        target = None if rule.next is None else _found(rule.next, document)
        if rule.kind == "number":
            more = not empty if target is None else len(self._bodies) < _number(target)
            return _with(url, rule.parameter, str(rule.first + len(self._bodies))) if more else None
        if rule.kind == "cursor":
            return None if target is None else _with(url, rule.parameter, target)
        if rule.kind == "linkHeader":
            target = _linked(answer.headers)
        try:
            return None if target is None else url.join(URL(target)).with_fragment(None)
        except ValueError:
            raise _Broken("the address of its next page is none") from None


def _check(url: URL, first: URL, asked: set[str], secret: str | None) -> None:
    """An address that a source names leads back to the source, to a page not seen yet, and holds no number of a person."""
    if not url.absolute or url.origin() != first.origin() or url.user is not None or url.password is not None:
        raise _Broken("its next page is at another address, which is never followed")
    if str(url) in asked:
        raise _Broken("its next page is one that it gave already")
    if secret is not None and secret in str(url):
        raise _Broken("the address of its next page holds the subject's number")
    asked.add(str(url))


def _found(select: Select, page: Any) -> str | None:
    """One text or number; empty and absent are nothing."""
    try:
        found = select(page)
        leaf = json_reply.scalar(found[0]) if len(found) == 1 else None
    except Unfit:
        raise _Broken("what leads to its next page is not where it was declared to be") from None
    if isinstance(leaf, bool) or len(found) > 1:
        raise _Broken("what leads to its next page is not where it was declared to be")
    return None if leaf is None or leaf == "" else str(leaf)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise _Broken("the number of its pages is none")
    return int(text)


def _linked(headers: Mapping[str, str]) -> str | None:
    """The target of `rel="next"` in a Link header (RFC 8288)."""
    for target, parameters in _LINK.findall(headers.get("Link", "")):
        if _NEXT.search(parameters):
            return str(target)
    return None


def _with(url: URL, parameter: str, value: str) -> URL:
    """An address with one parameter of its query set, all else as it is."""
    try:
        name, text = quote(parameter, safe=""), quote(value, safe="")
    except UnicodeEncodeError:
        raise _Broken("what leads to its next page cannot stand in an address") from None
    kept = [pair for pair in url.raw_query_string.split("&") if pair and pair.partition("=")[0] != name]
    return URL(f"{url.with_query(None)}?{'&'.join([*kept, f'{name}={text}'])}", encoded=True)


async def _document(answer: Answer, bound: int) -> Any:
    """A page, where it is one."""
    if answer.status != 200 or "json" not in answer.media_type:
        return None
    try:
        if len(answer.body) <= LARGE:
            return json_reply.parse(answer.body)
        if weight_of_json(answer.body) > HEAVIEST * bound:
            return None
        return await asyncio.get_running_loop().run_in_executor(READER, json_reply.parse, answer.body)
    except json_reply.NotJson:
        return None


def _items(page: Any, rule: PageRule) -> list[Any] | None:
    for name in rule.items:
        page = page.get(name) if isinstance(page, dict) else None
    return page if isinstance(page, list) else None


def _whole(bodies: list[bytes], rule: PageRule) -> bytes:
    """The first of some pages with the items of all."""
    pages = [json_reply.parse(body) for body in bodies]
    *steps, last = rule.items
    at = pages[0]
    for name in steps:
        at = at[name]
    at[last] = [item for page in pages for item in _items(page, rule) or ()]
    try:
        return json.dumps(pages[0]).encode()
    except RecursionError:
        raise _Broken("its answer is nested too deep") from None
