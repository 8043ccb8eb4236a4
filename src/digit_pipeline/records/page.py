"""Long lists in parts: pages to look at, chunks to go through."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
MAX_PAGE_SIZE = 1000
# Rows in memory at a time when all are wanted.
CHUNK = 1000


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows of a longer list.

    Attributes:
        items: the rows, newest first.
        page: which page, from 1.
        page_size: rows of a full page, 1 to ``MAX_PAGE_SIZE``.
        total: rows of all pages.
    """

    items: tuple[Item, ...]
    page: int
    page_size: int
    total: int

    @property
    def pages(self) -> int:
        """Number of pages; 1 for an empty list."""
        return max(1, -(-self.total // self.page_size))


def check_page(page: int, page_size: int) -> None:
    """Raise ValueError for a page that can't be."""
    if page < 1 or not 1 <= page_size <= MAX_PAGE_SIZE:
        raise ValueError(
            f"expected a page from 1 and a page size from 1 to {MAX_PAGE_SIZE}, got "
            f"{page} and {page_size}: ask for another page"
        )
