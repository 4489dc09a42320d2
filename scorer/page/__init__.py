"""The page: a scored book as one file for a browser."""

from scorer.page.page import write_page

__all__ = ["write_page"]
