from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Literal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from curvewise.errors import NotFoundError, ServiceError
from curvewise.plugin.service import Page
from curvewise.services.paging import Ask, Feed, all_pages, each_once, is_newest_first

Order = Literal["newest_first", "oldest_first"]


class Listing:
    """A list on a service. Its objects are numbered from 0, the oldest; a page holds at most `cap`."""

    def __init__(
        self, count: int, *, order: Order = "newest_first", cap: int = 100, same_age: int = 1, wild: int = 0
    ) -> None:
        self.objects = [age(number, same_age) for number in range(count)]
        self.newest_first, self.cap, self.same_age, self.wild = order == "newest_first", cap, same_age, wild
        self.requests: list[str | None] = []
        self.failing: set[int] = set()
        self.lost: set[str] = set()
        self.endless: Literal["", "first", "last"] = ""
        self.twice = False

    def grow(self, count: int) -> None:
        first = int(self.objects[-1]["id"][2:]) + 1 if self.objects else 0
        self.objects += [age(number, self.same_age) for number in range(first, first + count)]

    def __call__(self, after: str | None, limit: int) -> Page:
        self.requests.append(after)
        if len(self.requests) - 1 in self.failing:
            raise ServiceError("no", hint="again", temporary=True)
        served = self.objects[::-1] if self.newest_first else list(self.objects)
        start = 0
        if after is not None and self.endless != "first":
            ids = [item["id"] for item in served]
            if after in self.lost or after not in ids:
                raise NotFoundError("no such object", hint="")
            start = ids.index(after) + 1
        size = min(limit, self.cap)
        if self.endless == "last" and start >= len(served):
            start = max(0, len(served) - size)
        page = served[start : start + size]
        if self.wild:
            random.Random(self.wild + len(self.requests)).shuffle(page)
        if self.twice:
            page = [item for item in page for _ in range(2)]
        return Page(tuple(page), has_more=bool(self.endless) or start + size < len(served))

    def asked(self) -> int:
        count = len(self.requests)
        self.requests.clear()
        return count


def age(number: int, same_age: int) -> dict[str, Any]:
    return {"id": f"e-{number}", "created_at": 1000 + number // same_age}


def only(page: Page) -> Ask:
    def ask(after: str | None, limit: int) -> Page:
        return page

    return ask


def feed_of(listing: Listing, **more: Any) -> Feed:
    return Feed(listing, lambda item: float(item["created_at"]), **more)


def ids(feed: Feed) -> list[str]:
    return [item["id"] for item in feed.objects()]


ORDERS = st.sampled_from(("newest_first", "oldest_first"))
LISTINGS = st.builds(
    Listing,
    st.integers(0, 350),
    order=ORDERS,
    cap=st.integers(1, 120),
    same_age=st.sampled_from((1, 1, 1, 7)),
    wild=st.sampled_from((0, 0, 1, 2)),
)


class TestFeed:
    @given(LISTINGS, st.lists(st.integers(0, 150), max_size=4), st.booleans())
    @example(Listing(3, wild=1), [1], False)  # one page in no order: what is new may stand anywhere
    @example(Listing(120, same_age=10**6), [1], False)  # all of one age: no order can be told
    def test_it_holds_every_object_once_after_each_refresh(
        self, listing: Listing, growth: list[int], twice: bool
    ) -> None:
        listing.twice = twice
        feed = feed_of(listing)
        assert feed.refresh() == len(listing.objects)
        for count in growth:
            listing.grow(count)
            assert feed.refresh() == count
            assert sorted(ids(feed)) == sorted(item["id"] for item in listing.objects)
            ages = [item["created_at"] for item in feed.objects()]
            assert ages == sorted(ages)

    @given(st.integers(0, 350), ORDERS, st.integers(1, 120), st.sampled_from((1, 7)))
    def test_in_a_service_that_keeps_an_order_so_does_it(
        self, count: int, order: Order, cap: int, same_age: int
    ) -> None:
        assume(count > same_age)
        listing = Listing(count, order=order, cap=cap, same_age=same_age)
        feed = feed_of(listing)
        feed.refresh()
        assert ids(feed) == [item["id"] for item in listing.objects]

    @given(LISTINGS, st.sampled_from(("", "first", "last")))
    def test_a_refresh_without_news_is_one_request(self, listing: Listing, endless: Any) -> None:
        listing.endless = endless
        feed = feed_of(listing)
        feed.refresh()
        assume(feed.newest_first is not None)
        listing.asked()
        for _ in range(3):
            assert feed.refresh() == 0
            assert listing.asked() == 1

    @pytest.mark.parametrize("count", [0, 1, 2, 100])
    def test_neither_is_more_when_the_order_of_one_page_cannot_be_told(self, count: int) -> None:
        listing = Listing(count, same_age=1000)
        feed = feed_of(listing)
        feed.refresh()
        assert feed.newest_first is None
        listing.asked()
        assert (feed.refresh(), listing.asked()) == (0, 1)

    @pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
    def test_a_hundred_refreshes_cost_the_pages_of_what_is_new(self, order: Order) -> None:
        listing = Listing(250, order=order)
        feed = feed_of(listing)
        feed.refresh()
        assert listing.asked() == 3
        for _ in range(100):
            listing.grow(1)
            feed.refresh()
        assert listing.asked() == 100
        assert len(feed) == 350

    @given(LISTINGS, st.integers(0, 20), st.integers(0, 30), st.booleans())
    def test_it_goes_on_where_it_was_interrupted(
        self, listing: Listing, failing: int, growth: int, again: bool
    ) -> None:
        feed = feed_of(listing)
        listing.failing = {failing, failing + 1} if again else {failing}
        for _ in range(2):
            try:
                feed.refresh()
            except ServiceError:
                listing.grow(growth)
        listing.failing = set()
        feed.refresh()
        assert sorted(ids(feed)) == sorted(item["id"] for item in listing.objects)

    @given(LISTINGS, st.integers(0, 20), st.integers(0, 30))
    @example(Listing(2, cap=2, wild=1), 1, 1)  # two objects that are shuffled look like the other order
    def test_it_goes_on_from_the_pages_of_another_process(
        self, listing: Listing, failing: int, growth: int
    ) -> None:
        kept: list[Page] = []
        listing.failing = {failing}
        try:
            feed_of(listing, keep=kept.append).refresh()
        except ServiceError:
            assert len(kept) == failing
        known = len(each_once(kept))
        listing.failing = set()
        listing.grow(growth)
        feed = feed_of(listing, pages=kept, keep=kept.append)
        feed.refresh()
        assert len(feed) == len(listing.objects) >= known
        assert sorted(ids(feed)) == sorted(item["id"] for item in listing.objects)

    @pytest.mark.parametrize("failing", range(4))
    def test_what_was_received_is_not_asked_for_again(self, failing: int) -> None:
        listing = Listing(350, order="oldest_first")
        kept: list[Page] = []
        listing.failing = {failing}
        with pytest.raises(ServiceError):
            feed_of(listing, keep=kept.append).refresh()
        assert listing.asked() == failing + 1
        listing.failing = set()
        feed_of(listing, pages=kept).refresh()
        assert listing.asked() == 4 - failing

    @pytest.mark.parametrize("endless", ["first", "last"])
    @pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
    def test_an_endless_list_is_left_and_says_so(self, order: Order, endless: Any) -> None:
        listing = Listing(130, order=order)
        listing.endless = endless
        feed = feed_of(listing)
        assert feed.refresh() == (100 if endless == "first" else 130)
        assert feed.has_more
        assert listing.asked() <= 3

    @pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
    def test_the_object_to_go_on_from_may_be_gone(self, order: Order) -> None:
        listing = Listing(130, order=order)
        feed = feed_of(listing)
        feed.refresh()
        listing.objects = listing.objects[:-30]
        listing.grow(40)
        for _ in range(3):
            feed.refresh()
            assert len(feed) == 140  # what the service no longer sends is kept
        listing.asked()
        feed.refresh()
        assert listing.asked() == 1

    def test_so_may_the_one_between_two_pages_of_news(self) -> None:
        listing = Listing(130)
        feed = feed_of(listing)
        feed.refresh()
        listing.grow(60)
        listing.lost = {"e-180"}  # the last of the first page of news
        assert feed.refresh() == 60

    def test_a_list_that_is_gone_is_an_error(self) -> None:
        def gone(after: str | None, limit: int) -> Page:
            raise NotFoundError("no such job", hint="")

        with pytest.raises(NotFoundError):
            Feed(gone, len).refresh()

    def test_an_interrupted_look_at_the_head_leaves_no_gap(self) -> None:
        listing = Listing(30)
        feed = feed_of(listing)
        feed.refresh()
        listing.grow(200)
        listing.failing = {len(listing.requests) + 2}
        with pytest.raises(ServiceError):
            feed.refresh()
        assert len(feed) == 30
        listing.failing = set()
        assert feed.refresh() == 200


class TestWalk:
    def test_the_last_page_of_an_endless_list_keeps_its_has_more(self) -> None:
        listing = Listing(30, cap=10)
        listing.endless = "first"
        pages = list(all_pages(listing))
        assert len(pages) == 2
        assert pages[-1].has_more

    def test_objects_without_id_are_told_by_their_content(self) -> None:
        page = Page(({"step": 1}, {"step": 2}, {"step": 1}))
        assert each_once([page]) == [{"step": 1}, {"step": 2}]

    def test_a_page_that_cannot_be_gone_on_from_is_an_error(self) -> None:
        with pytest.raises(ServiceError, match="no id to go on from"):
            list(all_pages(only(Page(({"step": 1},), has_more=True))))

    def test_an_empty_page_ends_a_list(self) -> None:
        empty = Page((), has_more=True)
        assert list(all_pages(only(empty))) == [empty]

    def test_a_list_that_never_ends_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CURVEWISE_MAX_PAGES", "3")
        with pytest.raises(ServiceError, match="goes on after 3 pages"):
            list(all_pages(Listing(50, cap=10)))


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([], None), ([1], None), ([1, 1], None), ([2, 1], True), ([1, 2], False), ([2, 2, 1], True),
        ([1, 3, 2], None), ([*range(150, 250), *range(150), 9], True), ([*range(250), 7], False),
    ],
)  # fmt: skip
def test_the_order_of_a_list(ages: Sequence[float], expected: bool | None) -> None:
    assert is_newest_first(ages) is expected
