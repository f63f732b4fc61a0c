"""What holds for every page of the console, so for those that come later as well."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from plughub import console
from plughub.console.visit import OWN
from plughub.core.hub import Hub
from plughub.core.tenants import Tenant
from tests.console.conftest import Person, failing, signed_in

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
#: What stands in the braces of pages' paths: name -> what to look up in the sample shop, or the value itself.
EXAMPLES: dict[str, str] = {
    "delivery": "SELECT id FROM deliveries WHERE attempt_count > 0",
    "product": "SELECT replace(id::text, '-', '') FROM products WHERE NOT is_kit ORDER BY id LIMIT 1",
    "order": "SELECT order_id FROM conversations WHERE order_id IS NOT NULL ORDER BY id LIMIT 1",
    "shipment": "SELECT 'new'",
    "customer": "SELECT customer_id FROM orders WHERE customer_id IS NOT NULL ORDER BY id LIMIT 1",
    "message": "SELECT id FROM conversations WHERE order_id IS NOT NULL ORDER BY id LIMIT 1",
    "connection": "SELECT replace(id::text, '-', '') FROM connections ORDER BY created_at LIMIT 1",
    "request": "SELECT replace(id::text, '-', '') FROM requests LIMIT 1",
    "sku": "SELECT sku FROM skus JOIN stock_levels USING (tenant_id, variant_id) ORDER BY reserved DESC LIMIT 1",
}
#: Pages that need more than an address to be seen; each has tests of its own.
ELSEWHERE: dict[str, str] = {
    "/{shop}/connections/{connection}/live": "a part of other pages",
    "/{shop}/stock/-/counts/{list}": "test_stock_import.py: nobody has entered a list in the sample shop",
}


def looked_at() -> list[str]:
    return sorted({page.path for page in console.PAGES if page.method == "GET"} - set(ELSEWHERE))


async def examples(hub: Hub, tenant: Tenant) -> dict[str, str]:
    """What stands in the braces, of this tenant."""
    await failing(hub, tenant)
    async with hub.read(tenant.id) as tx:
        return {name: str(await tx.value(sql)) for name, sql in EXAMPLES.items()}


@pytest.fixture(scope="module")
async def addresses(hub: Hub, sample_shop: Tenant) -> dict[str, str]:
    """Path as declared -> path in the sample shop."""
    values = {"shop": sample_shop.code} | await examples(hub, sample_shop)
    return {path: re.sub(r"\{(\w+)\}", lambda name: values[name[1]], path) for path in looked_at()}


@pytest.fixture(scope="module")
async def window(browser: Browser, owner: Person) -> AsyncIterator[Page]:
    """One tab for all pages."""
    # Colours that are on their way are not looked at.
    context = await browser.new_context(bypass_csp=True, reduced_motion="reduce")
    await signed_in(context, owner)
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("path", looked_at())
async def test_no_page_keeps_anybody_out(window: Page, owner: Person, address, addresses, axe, path):
    """No violation that axe-core finds, in light and dark; nothing sticks out on a telephone."""
    if path == f"{OWN}/sign-in":
        await window.context.clear_cookies()
    await window.set_viewport_size({"width": 1440, "height": 900})
    answer = await window.goto(f"{address}{console.MOUNT}{addresses[path]}")
    assert answer is not None
    assert answer.status == 200
    await window.evaluate(axe)
    for scheme in ("light", "dark"):
        await window.emulate_media(color_scheme=scheme)
        found = await window.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]] == [], scheme
    await window.set_viewport_size({"width": 390, "height": 800})
    # A chart is drawn anew a moment later.
    await window.wait_for_function("document.documentElement.scrollWidth <= 390", timeout=3000)
    if path == f"{OWN}/sign-in":
        await signed_in(window.context, owner)
