"""The page: a scored book as one file for a browser, or as a picture."""

from scorer.page.page import write_page
from scorer.page.plot import require_picture, write_plot

__all__ = ["require_picture", "write_page", "write_plot"]
