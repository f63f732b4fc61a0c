"""Counts entered at once: nothing changes unseen, nothing is lost, nothing is done twice."""

import html
import re

import aiohttp
import pytest
from playwright.async_api import BrowserContext, Page, expect

from plughub.core import ids, stock
from plughub.core.hub import Hub
from tests import make
from tests.console.conftest import Person, signed_in
from tests.core.stock.ledger import levels

PATH = "/stock/-/import"


def fields(text: str) -> dict[str, str]:
    """What the form of the preview would send."""
    form = text.partition('enctype="multipart/form-data"')[2].partition("</form>")[0]
    found = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.S))
    return {name: html.unescape(value) for name, value in found.items() if name != "do"}


async def uploaded(person: Person, content: bytes, **more: str) -> tuple[int, str]:
    form = aiohttp.FormData({"csrf": person.csrf, "do": "check", **more})
    form.add_field("file", content, filename="counts.csv", content_type="text/csv")
    async with person.http.post(person.shop + PATH, data=form, headers=person.headers) as answer:
        return answer.status, await answer.text()


async def on_hand(shop: make.Shop) -> dict[str, object]:
    return {sku: row.on_hand for (sku, _), row in (await levels(shop)).items()}


@pytest.fixture
async def stocked(shop: make.Shop) -> make.Shop:
    for sku in ("A", "B", "C"):
        await make.product(shop, sku, quantity=10)
    return shop


async def test_a_check_changes_nothing_and_shows_what_would(person: Person, stocked: make.Shop, hub: Hub):
    before = hub.pool.round_trips
    status, _, text = await person.post(PATH, do="check", text="A;4\nB;10\nX;1\nC;1.500", location="$main")
    assert hub.pool.round_trips - before <= 8
    assert status == 200
    assert "1 level would change, 1 is as counted, 2 rows cannot be taken as they are." in text
    assert "There is no SKU “X”." in text
    assert fields(text)["text"] == "X;1\nC;1.500"
    assert fields(text)["good"].splitlines() == ["A;4;$main;10", "B;10;$main;10"]
    assert set((await on_hand(stocked)).values()) == {10}


async def test_rows_are_mended_and_then_all_is_set(person: Person, stocked: make.Shop):
    _, _, text = await person.post(PATH, do="check", text="A;4\nX;1", location="$main", note="November")
    given = fields(text) | {"text": "B;5"}
    _, _, text = await person.post(PATH, **given, do="check")
    assert "2 levels would change" in text
    status, to, _ = await person.post(PATH, **fields(text), do="set")
    assert (status, "/stock/-/counts/" in to) == (303, True)
    _, text = await person.get(to.partition(person.shop.rpartition("/console/")[2])[2])
    assert "2 set, 0 as they were, 0 left out" in text
    assert await on_hand(stocked) == {"A": 4, "B": 5, "C": 10}


async def test_what_is_not_mended_waits_on_the_result(person: Person, stocked: make.Shop):
    _, _, text = await person.post(PATH, do="check", text="A;4\nX;1", location="$main")
    _, to, _ = await person.post(PATH, **fields(text), do="set")
    status, text = await person.get("/stock" + to.partition("/stock")[2])
    assert (status, "1 set" in text, fields(text)["text"]) == (200, True, "X;1")
    _, text = await person.get(PATH)
    assert "Rows to mend" in text


async def test_sent_twice_it_is_done_once(person: Person, stocked: make.Shop):
    _, _, text = await person.post(PATH, do="check", text="A;4", location="$main")
    given = fields(text)
    first = await person.post(PATH, **given, do="set")
    await person.post("/stock/A", verb="set", quantity="3", location="$main")
    second = await person.post(PATH, **given, do="set")
    assert (first[0], first[1]) == (second[0], second[1])
    assert (await on_hand(stocked))["A"] == 3


async def test_what_was_sold_after_the_check_is_told(person: Person, stocked: make.Shop):
    _, _, text = await person.post(PATH, do="check", text="A;4", location="$main")
    await person.post("/stock/A", verb="decrease", quantity="1", location="$main")
    _, to, _ = await person.post(PATH, **fields(text), do="set")
    _, text = await person.get("/stock" + to.partition("/stock")[2])
    assert "Changed meanwhile" in text
    assert "it was 10 when checked" in text
    assert (await on_hand(stocked))["A"] == 4


@pytest.mark.parametrize(
    "content",
    ["SKU;Quantidade\r\nA;4\r\nB;10\r\n".encode("utf-8-sig"), "A\t4\nB\t10".encode("utf-16"), b"A,4\nB,10\n",
     "SKU;Descrição;Qtd\nA;Café;4\nB;;10".encode("cp1252")],
)  # fmt: skip
async def test_a_file_is_read_as_spreadsheets_write_it(person: Person, stocked: make.Shop, content: bytes):
    status, text = await uploaded(person, content, location="$main", text="")
    assert (status, "1 level would change, 1 is as counted, 0 rows" in text) == (200, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04rubbish", "This is a workbook. Save the sheet as CSV, or paste its rows."),
        (b"", "There is no row in it."),
        (b"A;1\n" * 20_001, "These are 20,001 rows. At most 20,000 can be entered at once."),
    ],
)
async def test_what_is_no_list_is_told(person: Person, stocked: make.Shop, content: bytes, told: str):
    status, text = await uploaded(person, content, location="$main", text="")
    assert (status, told in text) == (400, True)


async def test_columns_that_are_left_out_are_told(person: Person, stocked: make.Shop):
    _, text = await uploaded(person, b"SKU;Qty;Shelf\nA;4;9", location="$main")
    assert "their heading is not known: Shelf" in text


async def test_a_tampered_or_torn_form_is_refused(person: Person, stocked: make.Shop):
    for given in ({"good": "A;4"}, {"good": "A;-4;$main;10"}, {"good": "A;4;$main;ten"}, {"good": ""}, {"id": "x"}):
        form = {"id": ids.new().hex, "good": "A;4;$main;10"} | given
        assert (given, (await person.post(PATH, do="set", **form))[0]) == (given, 400)
    torn = {"Content-Type": "multipart/form-data; boundary=x", **person.headers}
    async with person.http.post(person.shop + PATH, data=b"--x\r\nno", headers=torn) as answer:
        assert answer.status == 400
    assert (await on_hand(stocked))["A"] == 10


async def test_a_long_list_goes_on_from_page_to_page(person: Person, stocked: make.Shop, monkeypatch):
    monkeypatch.setattr(stock.counts, "PART", 1)
    monkeypatch.setattr("plughub.console.stock_import._PARTS", 2)
    _, _, text = await person.post(PATH, do="check", text="A;1\nB;2\nC;3", location="$main")
    _, to, _ = await person.post(PATH, **fields(text), do="set")
    path = "/stock" + to.partition("/stock")[2]
    _, text = await person.get(path)
    assert ("2 of 3 rows are done" in text, "Go on" in text) == (True, True)
    assert (await person.post(path))[:2] == (303, to)
    _, text = await person.get(path)
    assert ("3 set" in text, "Go on" in text) == (True, False)
    assert await on_hand(stocked) == {"A": 1, "B": 2, "C": 3}


async def test_two_hundred_counts_are_pasted_mended_and_set(
    context: BrowserContext, window: Page, person: Person, shop: make.Shop, axe: str, monkeypatch
):
    """As a person does it, with nothing but the pages; the list goes on by itself."""
    await make.product(shop, "P", variants={f"P-{number:03}": 1 for number in range(200)})
    monkeypatch.setattr(stock.counts, "PART", 30)
    lines = [f"P-{number:03}\t{number}" for number in range(200)]
    lines[10], lines[20], lines[30] = "P-9999\t10", "P-020\ttwenty", "P-030\t1.030"
    await signed_in(context, person)
    await window.goto(person.shop + "/stock")
    await window.get_by_role("link", name="Enter counts").click()
    await window.get_by_label("Rows", exact=True).fill("SKU\tQuantity\n" + "\n".join(lines))
    await window.get_by_label("Reason").fill("Inventory")
    await window.get_by_role("button", name="See what would change").click()

    await expect(window.get_by_text("196 levels would change, 1 is as counted, 3 rows cannot")).to_be_visible()
    box = window.get_by_label("These rows, to be mended")
    await expect(box).to_have_value("P-9999;10\nP-020;twenty\nP-030;1.030")
    await box.fill("P-010;10\nP-020;20\nP-030;30")
    await window.get_by_role("button", name="Check again").click()
    await expect(window.get_by_text("199 levels would change, 1 is as counted, 0 rows")).to_be_visible()
    await window.get_by_role("button", name="Set 200 counts").click()

    await expect(window.get_by_text("199 set, 1 as they were, 0 left out")).to_be_visible()
    await expect(window.get_by_role("heading", level=1)).to_have_text("Counts")
    await window.evaluate(axe)
    found = await window.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag22aa', 'best-practice']})")
    assert [one["id"] for one in found["violations"]] == []
    await window.set_viewport_size({"width": 390, "height": 800})
    assert await window.evaluate("document.documentElement.scrollWidth") <= 390
    stand = await levels(shop)
    assert [stand[f"P-{number:03}", stock.MAIN].on_hand for number in range(200)] == list(range(200))
