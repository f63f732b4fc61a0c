"""One product: what its tabs show, and what its forms do."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from html import unescape

import aiohttp
import pytest
from playwright.async_api import Page, expect

from plughub.core import connections, events, patch, products, stock
from plughub.core.hub import Hub
from plughub.core.patch import Merge
from plughub.core.products import Product
from plughub.core.record import Record
from plughub.core.stock import Verb
from plughub.core.tenants import Role
from tests import make
from tests.console.conftest import Person, employed, signed_in

TABS = ("overview", "texts", "variants", "prices", "stock", "ids", "history", "clients")


@dataclass(frozen=True, slots=True)
class Desk:
    """A merchant before a product of their own shop."""

    shop: make.Shop
    person: Person
    made: Record[Product]

    @property
    def path(self) -> str:
        return f"/products/{self.made.id.hex}"

    async def page(self, tab: str, query: str = "") -> str:
        status, text = await self.person.get(f"{self.path}?tab={tab}{query}")
        assert status == 200
        return text

    async def form(self, name: str, query: str = "", **typed: str) -> dict[str, str]:
        """What a browser would send of a tab after somebody typed into it."""
        text = await self.page(name, query)
        found = re.findall(r'name="(was-[^"]+)" value="([^"]*)"', text)
        fields = {field: unescape(value) for field, value in found}
        return fields | typed

    async def stored(self) -> Record[Product]:
        async with self.shop.hub.read(self.shop.tenant.id) as tx:
            return await products.by_id(tx, self.shop.caller, self.made.id)

    async def told(self) -> list[events.Event]:
        async with self.shop.hub.read(self.shop.tenant.id) as tx:
            return await events.history(tx, self.shop.tenant.id, "product", self.made.id)


@pytest.fixture(scope="module")
async def merchant(hub: Hub, http, address) -> tuple[make.Shop, Person]:
    shop = await make.shop(hub)
    return shop, await employed(hub, http, address, shop.tenant, Role.MERCHANT)


@pytest.fixture
async def desk(merchant: tuple[make.Shop, Person]) -> Desk:
    """A product with two variants, each 59.90, three and four on the shelf."""
    shop, person = merchant
    sku = f"CAM-{patch.ids.new().hex[-12:]}"
    made = await make.product(shop, sku, variants={f"{sku}-AZ": 3, f"{sku}-VD": 4}, brand="Aurora")
    return Desk(shop, person, made)


async def test_a_product_is_found_by_its_ids_and_skus(desk: Desk):
    variant = desk.made.value.variants[1]
    for name in (str(desk.made.id), variant.id.hex, variant.sku, desk.made.value.sku):
        async with desk.person.http.get(
            f"{desk.person.shop}/products/{name}?tab=prices", headers=desk.person.headers, allow_redirects=False
        ) as answer:
            assert answer.headers["Location"].endswith(f"{desk.path}?tab=prices")
    status, text = await desk.person.get("/products/GONE")
    assert (status, "There is no product GONE here." in text) == (404, True)


@pytest.mark.parametrize("tab", TABS)
async def test_each_tab_takes_a_few_statements_however_many_variants(hub: Hub, merchant, desk: Desk, tab: str):
    shop, person = merchant
    sku = f"BIG-{patch.ids.new().hex[-12:]}"
    big = await make.product(shop, sku, variants={f"{sku}-{at}": 1 for at in range(60)})
    counts = []
    for id in (desk.made.id, desk.made.id, big.id):
        before = hub.pool.round_trips
        assert (await person.get(f"/products/{id.hex}?tab={tab}"))[0] == 200
        counts.append(hub.pool.round_trips - before)
    assert counts[1] == counts[2] <= 7


async def test_a_price_is_changed_and_taken_back(desk: Desk):
    azul = desk.made.value.variants[0]
    cell = f"price-{azul.id.hex}"
    form = await desk.form("variants", **{"tab": "variants", cell: "64,50"})

    status, where, _ = await desk.person.post(f"{desk.path}/variants", **form)

    assert (status, where.endswith(f"{desk.path}?tab=variants")) == (303, True)
    changed = await desk.stored()
    assert [one.price for one in changed.value.variants] == [Decimal("64.50"), Decimal("59.90")]
    (event,) = [event for event in await desk.told() if event.version == changed.version]
    assert event.changes == ((f"variants[{azul.sku}].price", Decimal("59.90"), Decimal("64.50")),)
    assert event.actor == desk.person.login

    await desk.person.post(f"{desk.path}/restore", version=str(changed.version), tab="variants")

    back = await desk.stored()
    assert back.value == desk.made.value
    assert [event.version for event in await desk.told()] == [1, 2, 3]
    # The same form again: the price has changed since.
    status, _, text = await desk.person.post(f"{desk.path}/restore", version=str(changed.version))
    assert (status, "Has changed again since: it is 59.9 now." in text) == (409, True)


async def test_a_script_saves_a_cell_and_is_given_its_new_mark_and_an_undo(desk: Desk):
    azul = desk.made.value.variants[0]
    cell = f"stock-{azul.id.hex}"
    form = await desk.form("variants", **{"tab": "variants", cell: "9"})

    async with desk.person.http.post(
        f"{desk.person.shop}{desk.path}/variants", data=form | {"csrf": desk.person.csrf},
        headers=desk.person.headers | {"HX-Request": "true"},
    ) as answer:  # fmt: skip
        text = await answer.text()

    assert answer.status == 200
    assert f"{azul.sku}: Stock at main location, on hand: 3 → 9." in unescape(text)
    assert re.search(r'name="version" value="2"', text)
    again = dict(re.findall(r'name="(was-[^"]+)" value="([^"]+)" hx-swap-oob', text))
    async with desk.person.http.post(
        f"{desk.person.shop}{desk.path}/variants", data=form | again | {"csrf": desk.person.csrf},
        headers=desk.person.headers | {"HX-Request": "true"},
    ) as answer:  # fmt: skip
        assert answer.status == 204
    assert (await desk.stored()).version == 2


async def test_what_an_order_took_meanwhile_is_not_put_back_on_the_shelf(desk: Desk):
    azul = desk.made.value.variants[0]
    cell = f"stock-{azul.id.hex}"
    form = await desk.form("variants", **{cell: "10", f"gtin-{azul.id.hex}": "7891"})
    async with desk.shop.hub.step(desk.shop.tenant.id) as tx:
        await stock.change(tx, desk.shop.caller, azul.sku, Verb.DECREASE, Decimal(2))

    status, _, text = await desk.person.post(f"{desk.path}/variants", **form, tab="variants")

    assert status == 400
    assert "Somebody else made this “1” meanwhile." in text
    # Nothing of it was saved, all that was typed is still there.
    after = (await desk.stored()).value.variants[0]
    assert (after.gtin, after.levels[0].on_hand) == (None, Decimal(1))
    assert 'value="10"' in text
    assert 'value="7891"' in text
    # Who sends it again has read it.
    marks = dict(re.findall(r'name="(was-[^"]+)" value="([^"]*)"', text))
    assert (await desk.person.post(f"{desk.path}/variants", **form | marks))[0] == 303
    assert (await desk.stored()).value.variants[0].levels[0].on_hand == Decimal(10)


async def test_one_bad_cell_saves_none_and_is_told_at_the_cell(desk: Desk):
    azul, verde = desk.made.value.variants
    typed = {f"price-{azul.id.hex}": "1,234", f"gtin-{azul.id.hex}": "7891", f"sku-{verde.id.hex}": azul.sku}
    form = await desk.form("variants", **typed)

    status, _, text = await desk.person.post(f"{desk.path}/variants", **form, tab="variants")

    assert status == 400
    assert f"Price of {azul.sku} can be read in two ways" in text
    assert f'name="price-{azul.id.hex}" aria-label' in text.replace("\n", " ")
    del form[f"price-{azul.id.hex}"]
    status, _, text = await desk.person.post(f"{desk.path}/variants", **form, tab="variants")
    wrong = dict(re.findall(r'id="wrong-([^"]+)" class="error">([^<]+)<', text))
    assert (status, wrong) == (400, {f"sku-{verde.id.hex}": f"There is already a sku {azul.sku}."})
    assert (await desk.stored()).version == 1


async def test_texts_are_kept_per_language_and_new_ones_added(desk: Desk):
    assert 'name="name-de"' not in await desk.page("texts")
    form = await desk.form("texts", "&add=de", **{"name-de": "Hemd", "description-de": "<b>Leinen</b>\r\nund mehr"})

    await desk.person.post(f"{desk.path}/texts", **form)

    content = (await desk.stored()).value.content
    assert (content["de"].name, content["de"].description) == ("Hemd", "<b>Leinen</b>\nund mehr")
    assert content["pt"] == desk.made.value.content["pt"]
    assert "&lt;b&gt;Leinen" in await desk.page("texts")
    assert "is no language" in await desk.page("texts", "&add=zzz")
    # A language that is none cannot be slipped in.
    await desk.person.post(f"{desk.path}/texts", **{"name-zzz": "x", "was-name-zzz": form["was-name-de"]})
    assert set((await desk.stored()).value.content) == {"pt", "de"}


async def test_prices_in_lists_are_added_explained_changed_and_removed(desk: Desk):
    azul = desk.made.value.variants[0]
    row = {"of": azul.sku, "tab": "prices", "code": "atacado", "min_quantity": "10", "action": "decrease"}
    status, _, text = await desk.person.post(f"{desk.path}/prices", **row)
    assert (status, "Give a price or a percentage." in text) == (400, True)

    assert (await desk.person.post(f"{desk.path}/prices", **row, percentage="10"))[0] == 303

    (price,) = (await desk.stored()).value.variants[0].prices
    assert (price.code, price.min_quantity, price.percentage) == ("atacado", Decimal(10), Decimal(10))
    text = await desk.page("prices", f"&of={azul.sku}&list=atacado&pieces=10")
    assert "List atacado decreases by 10 %: 53.91" in text
    assert f"<strong>53.91 BRL</strong> is what {azul.sku} costs in atacado." in " ".join(text.split())
    assert "<strong>59.90" in await desk.page("prices", f"&of={azul.sku}&list=atacado&pieces=9")
    status, _, text = await desk.person.post(f"{desk.path}/prices", **row, percentage="20")
    assert (status, "already: change it above" in text) == (400, True)

    form = await desk.form("prices", f"&of={azul.sku}", **{f"percentage-{price.id.hex}": "20"})
    assert (await desk.person.post(f"{desk.path}/amounts", **form, of=azul.sku, tab="prices"))[0] == 303
    assert (await desk.stored()).value.variants[0].prices[0].percentage == Decimal(20)
    await desk.person.post(f"{desk.path}/prices/remove", price=price.id.hex, of=azul.sku)
    assert (await desk.stored()).value.variants[0].prices == ()


async def test_facts_and_categories_are_changed(desk: Desk):
    text = await desk.page("overview")
    marks = dict(re.findall(r'name="(was-[^"]+)" value="([^"]*)"', text))
    typed = {"brand": "Nuvem", "weight": "0,35", "categories": "Moda>Camisas\r\n Moda > Novo ", "is_available": "no"}

    assert (await desk.person.post(f"{desk.path}/facts", **marks | typed))[0] == 303

    product = (await desk.stored()).value
    assert (product.brand, product.is_available) == ("Nuvem", False)
    assert product.default.dimensions.weight == Decimal("0.35")
    assert [one.path for one in product.categories] == ["Moda > Camisas", "Moda > Novo"]
    status, _, text = await desk.person.post(f"{desk.path}/facts", **marks | {"brand": "Aurora "})
    assert (status, "Somebody else made this “Nuvem” meanwhile" in text) == (303, False)


async def test_the_stock_tab_tells_who_holds_and_what_moved(desk: Desk):
    azul = desk.made.value.variants[0]
    line = {"sku": azul.sku, "quantity": 2, "price": Decimal(5)}
    order = await make.order(desk.shop, line, reserves_stock=True)
    text = await desk.page("stock")
    assert f'/orders/{order.id.hex}">{order.number}<' in text
    held = re.sub(r"<[^>]+>", " ", text.split("Held for orders")[1].split("Last movements")[0]).split()
    assert held[5:10] == [str(order.number), azul.sku, "Main", "location", "2"]
    row = re.sub(r"<[^>]+>|\s+", " ", text.split("<tbody>")[1].split("</tr>")[0]).split()
    assert row == [azul.sku, "Main", "location", "3", "2", "1"]


async def test_ids_of_clients_stand_beside_the_clients_name(desk: Desk):
    connection, _ = await make.connection(desk.shop, name=f"loja {desk.made.id.hex}")
    caller = make.caller.Caller(
        tenant=desk.shop.tenant.id, company=desk.shop.tenant.id, actor="x", connection=connection.id
    )
    async with desk.shop.hub.change(desk.shop.tenant.id) as tx:
        await connections.set_remote_id(tx, caller, "product", desk.made.id, "their-7", exclusive=False)
    text = await desk.page("ids")
    assert connection.name in text
    assert "<code>their-7</code>" in text


async def test_history_tells_field_by_field_and_what_cannot_be_taken_back(desk: Desk):
    azul = desk.made.value.variants[0]
    async with desk.shop.hub.change(desk.shop.tenant.id) as tx:
        prices = Merge([{"code": "vip", "amount": Decimal(5)}], keys=("code",))
        variants = Merge([{"id": azul.id, "price": Decimal(1), "prices": prices}])
        await products.change(tx, desk.shop.caller, desk.made.id, {"variants": variants, "brand": "B"})
        await products.change(tx, desk.shop.caller, desk.made.id, {"brand": "C"})

    text = await desk.page("history")

    rows = [
        " ".join(re.sub(r"<[^>]+>", " ", unescape(row)).split())
        for row in re.findall(r"<tr>(.*?)</tr>", text.split("</thead>")[1], re.S)
    ]
    assert rows[0].endswith("system Brand B C Restore")
    assert rows[1].endswith("system Brand Aurora B Has changed again since: it is C now")
    assert rows[2:4] == [
        f"{azul.sku}: Price 59.9 1 Restore",
        f"{azul.sku}: Price list vip – vip Was added or removed as a whole: do it again by hand",
    ]
    assert rows[-1].endswith("system Created")
    # One field of three.
    await desk.person.post(f"{desk.path}/restore", version="2", field=f"variants[{azul.sku}].price", tab="history")
    product = (await desk.stored()).value
    assert (product.variants[0].price, product.brand) == (Decimal("59.90"), "C")
    assert "Was added or removed" not in await desk.page("history", "&version=3")


async def test_a_reader_sees_all_of_it_and_changes_nothing(hub: Hub, http, address, desk: Desk):
    reader = await employed(hub, http, address, desk.shop.tenant, Role.READER)
    for tab in TABS:
        _, text = await reader.get(f"{desk.path}?tab={tab}")
        assert 'method="post"' not in text.split("<main")[1].replace('action="/console/-/sign-out"', "")
        assert "<button>" not in text.split("<main")[1]
    for path in ("variants", "texts", "amounts", "facts", "prices", "prices/remove", "restore", "delete"):
        assert (await reader.post(f"{desk.path}/{path}", version="1"))[0] == 403
    assert (await desk.stored()).version == 1


async def test_what_clients_see_is_what_they_are_answered(hub: Hub, http, address, desk: Desk):
    board, given = await make.connection(desk.shop, "plugboard")
    azul = desk.made.value.variants[0]
    async with http.get(
        f"{address}/plugboard/api/product/{azul.id.hex}",
        headers={
            "Authorization": aiohttp.encode_basic_auth(given.username, given.password),
            "X-Tenant": desk.shop.tenant.code,
            "X-ConnectionId": board.id.hex,
        },
    ) as answer:
        assert answer.status == 200
        theirs = await answer.json()
    shown = unescape((await desk.page("clients", f"&as={board.id.hex}&of={azul.sku}")).split("<pre")[1])
    assert json.loads(shown.partition(">")[2].partition("</pre>")[0]) == theirs
    text = unescape(await desk.page("clients", "&as=pluggto"))
    plugg = json.loads(text.split("<pre")[1].partition(">")[2].partition("</pre>")[0])["Product"]
    assert (plugg["sku"], len(plugg["variations"])) == (desk.made.value.sku, 2)


async def test_a_person_finds_a_product_by_sku_changes_a_price_and_takes_it_back(context, window: Page, desk: Desk):
    """With script: a cell saves itself when it is left."""
    azul = desk.made.value.variants[0]
    await signed_in(context, desk.person)
    await window.goto(f"{desk.person.shop}/products")
    await window.get_by_label("Search", exact=True).fill(azul.sku)
    await expect(window.locator("#rows tbody tr")).to_have_count(1)
    await window.get_by_role("link", name=desk.made.value.sku, exact=True).click()
    await window.get_by_role("link", name="Variants", exact=True).click()
    cell = window.get_by_label(f"Price of {azul.sku}")
    await cell.fill("64.50")
    await cell.press("Tab")
    notices = window.get_by_role("status")
    await expect(notices).to_contain_text(f"{azul.sku}: Price: 59.9 → 64.5.")
    # The next cell has the focus, and a bad number is told beside its cell and saved nowhere.
    await cell.fill("1,234")
    await cell.press("Tab")
    await expect(window.locator(f"#wrong-price-{azul.id.hex}")).to_contain_text("two ways")
    await cell.fill("64.50")
    await window.goto(f"{desk.person.shop}{desk.path}?tab=variants")
    await window.get_by_label(f"Price of {azul.sku}").fill("70")
    await window.get_by_role("button", name="Save all").click()
    await expect(notices).to_contain_text("64.5 → 70.")
    await notices.get_by_role("button", name="Undo").click()
    await expect(notices).to_contain_text("70 → 64.5.")
    await window.get_by_role("link", name="History", exact=True).click()
    row = window.locator("tbody tr", has_text="59.9").filter(has_text="64.5")
    await row.get_by_role("button", name="Restore").click()
    await expect(notices).to_contain_text("64.5 → 59.9.")
    assert (await desk.stored()).value == desk.made.value
    prices = [(event.version, event.actor, event.changes[0][1:]) for event in (await desk.told())[1:]]
    low, mid, high = Decimal("59.90"), Decimal("64.50"), Decimal(70)
    assert prices == [
        (at, desk.person.login, pair) for at, pair in enumerate([(low, mid), (mid, high), (high, mid), (mid, low)], 2)
    ]


async def test_no_tab_keeps_anybody_out(browser, owner: Person, hub: Hub, sample_shop, axe):
    """The tabs of one address: `test_every_page` sees only the first."""
    async with hub.read(sample_shop.id) as tx:
        id = await tx.value("SELECT id FROM products WHERE NOT is_kit ORDER BY id LIMIT 1")
    # Without colours that are still on their way from one scheme to the other.
    context = await browser.new_context(
        viewport={"width": 390, "height": 800}, bypass_csp=True, reduced_motion="reduce"
    )
    try:
        await signed_in(context, owner)
        window = await context.new_page()
        found = []
        for tab in TABS:
            await window.goto(f"{owner.shop}/products/{id.hex}?tab={tab}")
            await window.evaluate(axe)
            # What is theirs alone looks the same in each of the others.
            for scheme in ("light", "dark") if tab in ("variants", "history") else ("light",):
                await window.emulate_media(color_scheme=scheme)
                seen = await window.evaluate(
                    "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
                )
                found += [(tab, one["id"], [node["html"] for node in one["nodes"]][:2]) for one in seen["violations"]]
            assert await window.evaluate("document.documentElement.scrollWidth") <= 390, tab
        assert found == []
    finally:
        await context.close()


async def test_history_goes_back_page_by_page(desk: Desk):
    for at in range(35):
        async with desk.shop.hub.change(desk.shop.tenant.id) as tx:
            await products.change(tx, desk.shop.caller, desk.made.id, {"brand": f"Brand {at}"})
    first = await desk.page("history")
    older = re.search(r"before=([0-9a-f]{32})", first)
    assert older is not None
    second = await desk.page("history", f"&before={older[1]}")
    numbers = [re.findall(r"<td>Brand (\d+)</td>\s*<td><(?:form|span)", text) for text in (first, second)]
    assert [int(number) for page in numbers for number in page] == list(range(34, -1, -1))
    assert "Created" in second


async def test_a_component_of_a_kit_is_not_deleted(desk: Desk):
    sku = desk.made.value.sku
    await make.product(desk.shop, f"KIT-{sku}", components={sku: 1})
    status, _, text = await desk.person.post(f"{desk.path}/delete", sku=sku)
    assert (status, f"is part of the kit KIT-{sku}." in text) == (400, True)
    assert (await desk.person.get(desk.path))[0] == 200
