"""The main lists with the keyboard alone."""

import re

from playwright.async_api import Page, expect


async def test_lists_and_the_palette_need_no_mouse(desk: Page):
    keyboard, heading = desk.keyboard, desk.get_by_role("heading", level=1)

    await keyboard.press("g")
    await keyboard.press("o")
    await expect(heading).to_have_text("Orders")

    # Rows: down, down, up, and into it.
    for key in ("j", "j", "k"):
        await keyboard.press(key)
    first = desk.locator("tbody tr").first
    await expect(first).to_have_attribute("aria-selected", "true")
    await expect(first.get_by_role("link").first).to_be_focused()
    wanted = await first.get_by_role("link").first.get_attribute("href")
    await keyboard.press("Enter")
    await expect(desk).to_have_url(re.compile(re.escape(wanted or "") + "$"))

    await desk.go_back()
    await keyboard.press("g")
    await keyboard.press("p")
    await expect(heading).to_have_text("Products")
    rows = desk.locator("tbody tr")
    await expect(rows).not_to_have_count(0)
    whole = await rows.count()

    # Search, and out of the field again.
    await keyboard.press("/")
    await expect(desk.locator("main input[type=search]").first).to_be_focused()
    await keyboard.type("CAM-LISA")
    await expect(rows).not_to_have_count(whole)
    await keyboard.press("Escape")
    await expect(desk.locator("main input[type=search]").first).not_to_be_focused()

    # What keys there are.
    await keyboard.press("?")
    await expect(desk.locator("#keys")).to_be_visible()
    await keyboard.press("Escape")
    await expect(desk.locator("#keys")).to_be_hidden()

    # Any record: by SKU, with the arrows, and there.
    await keyboard.press("Control+k")
    await expect(desk.locator("#palette-input")).to_be_focused()
    await keyboard.type("CAM-LISA")
    found = desk.locator("#palette-found a").first
    await expect(found).to_contain_text("CAM-LISA")
    wanted = await found.get_attribute("href")
    await keyboard.press("ArrowDown")
    await expect(found).to_have_attribute("aria-selected", "true")
    await keyboard.press("Enter")
    await expect(desk).to_have_url(re.compile(re.escape(wanted or "") + "$"))


async def test_keys_that_are_typed_into_a_field_do_nothing_else(desk: Page):
    await desk.keyboard.press("Control+k")
    await desk.keyboard.type("g o j ? /")

    await expect(desk.locator("#palette-input")).to_have_value("g o j ? /")
    await expect(desk.locator("#keys")).to_be_hidden()
