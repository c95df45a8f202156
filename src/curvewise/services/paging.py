"""Paging: a complete list from a service that sends pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import ge, itemgetter, le
from time import monotonic
from typing import TypeVar

from curvewise.errors import NotFoundError, ServiceError
from curvewise.limits import LIST_SECONDS, PAGES, Limit
from curvewise.model.api_object import text
from curvewise.plugin.service import Object, Page

Value = TypeVar("Value")

Ask = Callable[[str | None, int], Page]
"""Requests the page after an id, of at most so many objects."""

PAGE_SIZE = 100
"""Objects in a page; the services document no limit, and 100 is what their other lists allow."""

FIRST_LOOK = 10
"""Objects in the first page of a look for new ones; further pages double."""

FEW = 10
"""A shorter list may be ordered by chance; it fits on one page anyway."""


def identity(item: Object) -> str:
    """Return what identifies an object: its id, else its content."""
    if identifier := text(item, "id"):
        return identifier
    import json  # a command that reads a file lists nothing

    return json.dumps(item, sort_keys=True, default=str)


def all_pages(ask: Ask, after: str | None = None, known: Iterable[str] = ()) -> Iterator[Page]:
    """Request the pages of a list to its end.

    A service that repeats itself and always says that more follows is left at the first page without anything
    new; that page keeps its ``has_more``.
    """
    seen = set(known)
    for _ in bounded_pages():
        page = ask(after, PAGE_SIZE)
        fresh = {identity(item) for item in page.objects} - seen
        yield page
        if not page.has_more or not fresh:
            return
        seen |= fresh
        after = _last_id(page)


def bounded_pages() -> Iterator[int]:
    """Count the pages of a list from 0; one more than the limit of pages or of seconds is an error."""
    yield from in_time(range(PAGES.value))
    raise _endless(PAGES)


def in_time(values: Iterable[Value]) -> Iterator[Value]:
    """Yield what a page each is asked for, as long as the limit of seconds for a list allows."""
    until = monotonic() + LIST_SECONDS.value
    for value in values:
        if monotonic() > until:
            raise _endless(LIST_SECONDS)
        yield value


def _endless(limit: Limit) -> ServiceError:
    return ServiceError(
        f"a list goes on after {limit.said(limit.value)}",
        hint=f"its end may never come: report it to the service; {limit.variable} raises the limit",
    )


def _last_id(page: Page) -> str:
    last = text(page.objects[-1], "id")
    if not last:
        raise ServiceError(
            "the service says that more follow, and the last object of the page has no id to go on from",
            hint="report it to the service",
            field="id",
        )
    return last


def each_once(pages: Iterable[Page]) -> list[Object]:
    """Return the objects of several pages without duplicates."""
    return list({identity(item): item for page in pages for item in page.objects}.values())


def is_newest_first(ages: Sequence[float]) -> bool | None:
    """Return the order of a list, from the ages of its objects as they were sent; None if unknown.

    Shuffled pages still show the order when there are more than two: the first page is compared with the last
    objects.

    >>> is_newest_first([3, 2, 2]), is_newest_first([1, 2]), is_newest_first([2, 3, 1])
    (True, False, None)
    """
    rising = all(map(le, ages, ages[1:]))
    falling = all(map(ge, ages, ages[1:]))
    if rising or falling:
        return None if rising and falling else falling
    if len(ages) <= 2 * PAGE_SIZE:
        return None
    first, last = sum(ages[:PAGE_SIZE]), sum(ages[-PAGE_SIZE:])
    return None if first == last else first > last


class Feed:
    """A growing list, brought up to date with as few requests as possible.

    The first refresh requests all pages. Later ones start at the head until something known appears when the
    newest come first, else after the last object. When the order is unknown, all pages are requested again.
    """

    def __init__(
        self,
        ask: Ask,
        age: Callable[[Object], float],
        *,
        pages: Sequence[Page] = (),
        keep: Callable[[Page], None] | None = None,
    ) -> None:
        self._ask, self._age, self._keep = ask, age, keep
        self._served: dict[str, Object] = {}  # in the order of the service
        self._gone: dict[str, Object] = {}  # what the service no longer sends
        self._walked = False
        self._endless = False
        for page in pages:
            self._take(page)

    @property
    def has_more(self) -> bool:
        """Whether the last page says that more follows."""
        return self._endless

    @property
    def newest_first(self) -> bool | None:
        """Whether the newest objects come first; None when that is unknown."""
        if len(self._served) < FEW:
            return None
        return is_newest_first([self._age(item) for item in self._served.values()])

    def objects(self) -> list[Object]:
        """Return the objects, the oldest first; those of one age in the order of the service."""
        served = [(self._age(item), item) for item in self._served.values()]
        if is_newest_first([age for age, _ in served]) is not False:
            served.reverse()
        gone = ((self._age(item), item) for item in self._gone.values())
        return [item for _, item in sorted((*gone, *served), key=itemgetter(0))]

    def __len__(self) -> int:
        return len(self._served) + len(self._gone)

    def refresh(self) -> int:
        """Request what is new, and return the number of new objects."""
        before = len(self)
        if not self._walked:
            resumed = bool(self._served)
            self._request_rest()
            if resumed and self.newest_first is not False:
                self._request_head()  # something may have happened since the walk was interrupted
            self._walked = True
        elif self.newest_first is None:
            self._request_all()
        elif self.newest_first:
            self._request_head()
        else:
            self._request_rest()
        return len(self) - before

    def _request_rest(self) -> None:
        """Request the pages after the last known object."""
        try:
            for page in all_pages(self._ask, self._last(), self._served):
                if self._keep:
                    self._keep(page)
                self._take(page)
        except NotFoundError:
            if not self._served:
                raise
            self._request_all()  # the object to go on from is gone

    def _request_all(self) -> None:
        pages = list(all_pages(self._ask))
        known, self._served = self._gone | self._served, {}
        for page in pages:
            self._take(page)
        self._gone = {name: item for name, item in known.items() if name not in self._served}

    def _request_head(self) -> None:
        """Request pages from the head until one ends with a known object; keep nothing if one fails."""
        fresh: dict[str, Object] = {}
        after, size = None, FIRST_LOOK
        for _ in bounded_pages():
            try:
                page = self._ask(after, size)
            except NotFoundError:
                if after is None:
                    raise
                return self._request_all()  # the object to go on from is gone
            named = {identity(item): item for item in page.objects}
            new = {name: item for name, item in named.items() if name not in self._served}
            stuck = not (new.keys() - fresh.keys())
            fresh |= new
            if not page.has_more or stuck or identity(page.objects[-1]) in self._served:
                break
            after, size = _last_id(page), min(2 * size, PAGE_SIZE)
        self._served = fresh | self._served
        return None

    def _last(self) -> str | None:
        last = next(reversed(self._served.values()), {})
        return text(last, "id") or None

    def _take(self, page: Page) -> None:
        for item in page.objects:
            self._served.setdefault(identity(item), item)
        self._endless = page.has_more
