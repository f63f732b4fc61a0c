"""The first page of a shop: how the day goes, and what needs somebody."""

from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.web import Reply


async def get_home(visit: Visit) -> Reply:
    return page(visit, "home.html")


PAGES = (Page("GET", "/{shop}", get_home),)
