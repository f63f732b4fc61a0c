"""Absent keeps, null clears, a value replaces, lists and maps merge by key: held against a model in plain Python, in
the core and over the wire of both dialects. What changes nothing writes nothing."""

import copy
from typing import Any
from uuid import UUID

import aiohttp
import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from plughub.core import patch
from plughub.core.hub import Hub
from plughub.core.patch import REMOVE, Merge, Replace
from tests import make
from tests.core.test_patch import Part, Thing, patches
from tests.dialects.plugboard import conftest as plugboard
from tests.dialects.pluggto import conftest as pluggto
from tests.fuzz import machines
from tests.fuzz.machines import Wait
from tests.trace import difference, traces

Document = dict[str, Any]
texts = st.sampled_from(["a", "b", "Camisa Ção", "x" * 300])
amounts = st.decimals(0, 500, places=2)

# --- the core -----------------------------------------------------------------------------------------------

#: What a field is that was cleared.
BLANK: Document = {
    "name": "", "note": None, "count": 5, "size": {"width": None, "unit": "cm"}, "parts": [], "texts": {},
    "extensions": {}, "marks": {},
}  # fmt: skip
BLANK_PART: Document = {"code": "", "kind": "", "count": 1, "note": None}


def laid(document: Document, given: Document) -> Document:
    """The document with the patch over it."""
    after = copy.deepcopy(document)
    for name, value in given.items():
        if value is None:
            after[name] = copy.deepcopy(BLANK[name])
        elif name == "size":
            after[name] = filled(after[name], value, BLANK["size"])
        elif name == "parts":
            after[name] = parts_after(after[name], value)
        elif name == "texts":
            for key, text in value.items():
                before = after[name].pop(key, BLANK["size"])
                # One without any content is as good as none.
                if text is not None and (whole := filled(before, text, BLANK["size"])) != BLANK["size"]:
                    after[name][key] = whole
        elif name == "extensions":
            for key, inner in value.items():
                if inner is None:
                    after[name].pop(key, None)
                else:
                    merged = after[name].get(key, {}) | inner
                    after[name][key] = {k: v for k, v in merged.items() if v is not None}
        elif name == "marks":
            merged = after[name] | value
            after[name] = {k: v for k, v in merged.items() if v is not None}
        else:
            after[name] = value
    return after


def filled(before: Document, given: Document, blank: Document) -> Document:
    return before | {name: blank[name] if value is None else value for name, value in given.items()}


def parts_after(before: list[Document], given: Merge | Replace) -> list[Document]:
    if isinstance(given, Replace):
        return [filled(BLANK_PART, item, BLANK_PART) for item in given.items]
    after = copy.deepcopy(before)
    for item in given.items:
        found = next((part for part in after if part["code"] == item["code"]), None)
        if item.get(REMOVE):
            after = [part for part in after if part is not found]
        elif found is None:
            after.append(filled(BLANK_PART, {k: v for k, v in item.items() if v is not None}, BLANK_PART))
        else:
            found.update(filled(found, item, BLANK_PART))
    return after


def as_document(thing: Thing) -> Document:
    document: Document = msgspec.json.decode(msgspec.json.encode(thing))
    for part in document["parts"]:
        del part["id"]
    return document


class Core(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.thing = Thing()
        self.model = copy.deepcopy(BLANK)

    @rule(given=patches)
    def lay(self, given: Document) -> None:
        before = self.thing
        self.thing = patch.apply(before, given)
        expected = laid(self.model, given)

        assert as_document(self.thing) == expected
        # Parts that a whole new list has in another's place are other parts, though they read the same.
        if not isinstance(given.get("parts"), Replace):
            assert (patch.diff(before, self.thing) == []) is (expected == self.model)
        assert len({part.id for part in self.thing.parts}) == len(self.thing.parts)
        assert all(isinstance(part, Part) for part in self.thing.parts)
        self.model = expected


# --- over the wire ------------------------------------------------------------------------------------------


class OverTheWire(RuleBasedStateMachine):
    """One record; each rule sends one document and compares what is shown then with the model."""

    def __init__(self, wait: Wait[Any], shop: make.Shop, kind: str) -> None:
        super().__init__()
        self.wait, self.shop, self.kind = wait, shop, kind

    def watch(self) -> tuple[int, dict[str, tuple[int, str]]]:
        """(events of such records, all that there is)."""

        async def look() -> tuple[int, dict[str, tuple[int, str]]]:
            tenant = self.shop.tenant.id
            async with self.shop.hub.read(tenant) as tx:
                told = await tx.value(
                    "SELECT count(*) FROM events WHERE tenant_id = $1 AND kind = $2", tenant, self.kind
                )
            return told, await traces(self.shop.hub, tenant)

        found: tuple[int, dict[str, tuple[int, str]]] = self.wait(look())
        return found

    def check_told(self, before: tuple[int, dict[str, tuple[int, str]]], changed: bool) -> None:
        """One event for a change; no trace at all of none."""
        after = self.watch()
        assert after[0] - before[0] == int(changed)
        if not changed:
            assert difference(before[1], after[1]) == []


TEXTS, NUMBERS = ("brand", "ncm", "link"), ("price", "cost")
codes = st.sampled_from(["c1", "c2", "c3"])
attributes = st.fixed_dictionaries(
    {"code": codes},
    optional={"label": st.none() | texts, "value": st.fixed_dictionaries({"label": st.none() | texts}),
              "remove": st.just(True)},
)  # fmt: skip
steps = st.fixed_dictionaries(
    {"code": codes}, optional={"price": st.none() | amounts, "label": st.none() | texts, "remove": st.just(True)}
)
products = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TEXTS, st.none() | st.just("") | texts),
        **dict.fromkeys(NUMBERS, st.none() | st.just("") | amounts),
        "name": texts,
        "warranty_time": st.none() | st.integers(0, 99),
        "attributes": st.none() | st.lists(attributes, max_size=3),
        "price_table": st.none() | st.lists(steps, max_size=3),
    },
)


class Product(OverTheWire):
    """Plugg.to's product."""

    def __init__(self, wait: Wait[Any], client: pluggto.Client) -> None:
        super().__init__(wait, client.shop, "product")
        self.client, self.sku = client, make.secrets.token_hex(4)
        answer = wait(client.put(f"/skus/{self.sku}", {"name": "a"}))
        assert answer.status == 200, answer.text
        self.model: Document = {
            **dict.fromkeys((*TEXTS, *NUMBERS, "warranty_time")), "name": "a", "attributes": [], "price_table": [],
        }  # fmt: skip

    @rule(document=products, quoted=st.booleans())
    def put(self, document: Document, quoted: bool) -> None:
        before = self.watch()
        sent = msgspec.json.Encoder(decimal_format="string" if quoted else "number").encode(document)
        expected = self.laid(document)
        answer = self.wait(self.client.put(f"/skus/{self.sku}", data=sent))
        changed = expected != self.model

        if changed:
            assert answer.status == 200, answer.text
        else:
            assert (answer.status, answer.json["type"]) in ((400, "not_updated"), (400, "required_field")), answer.text
        self.model = expected
        assert self.shown() == expected
        self.check_told(before, changed)

    def laid(self, document: Document) -> Document:
        after = copy.deepcopy(self.model)
        for name, value in document.items():
            if name in TEXTS:
                after[name] = value or None
            elif name in ("attributes", "price_table"):
                after[name] = self.merged(after[name], value or [])
            elif value != "":
                after[name] = value
        return after

    def merged(self, before: list[Document], items: list[Document]) -> list[Document]:
        after = copy.deepcopy(before)
        for item in items:
            found = next((one for one in after if one["code"] == item["code"]), None)
            flat = {name: value for name, value in item.items() if name not in ("remove", "value")}
            if "value" in item:
                flat["value"] = item["value"]["label"]
            if "remove" in item:
                after = [one for one in after if one is not found]
            elif found is None:
                after.append(flat)
            else:
                found.update(flat)
        return [{name: value for name, value in one.items() if value is not None} for one in after]

    def shown(self) -> Document:
        product = self.wait(self.client.get(f"/skus/{self.sku}")).json["Product"]
        flat = [
            {"code": one["code"], "label": one["label"], "value": one["value"]["label"]}
            for one in product["attributes"]
        ]
        steps = [{name: one[name] for name in ("code", "label", "price")} for one in product["price_table"]]
        lists = {"attributes": flat, "price_table": steps}
        return {name: product[name] for name in self.model} | {
            name: [{k: v for k, v in one.items() if v is not None} for one in rows] for name, rows in lists.items()
        }


LANGUAGES = {"swe": "sv", "eng": "en", "deu": "de"}
KEYS = ["|x-a|one", "|x-a|two", "|x-b|one"]
definitions = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | texts,
        "name_lang": st.none() | st.dictionaries(st.sampled_from(["eng", "deu"]), st.none() | texts),
        "customData": st.none()
        | st.dictionaries(st.sampled_from(KEYS), st.none() | st.fixed_dictionaries({"value": st.none() | texts})),
    },
)


class Attribute(OverTheWire):
    """Plugboard's attribute: texts in languages, custom data."""

    def __init__(self, wait: Wait[Any], client: plugboard.Client) -> None:
        super().__init__(wait, client.shop, "attribute")
        self.client, unique = client, make.secrets.token_hex(4)
        made = wait(client.made("/product/attribute", {"name": unique}))
        self.path = f"/product/attribute/{UUID(made['localId']).hex}"
        self.names: dict[str, str] = {"swe": unique}
        self.custom: dict[str, str] = {}

    @rule(document=definitions)
    def put(self, document: Document) -> None:
        before = self.watch()
        names, custom = self.laid(document)
        answer = self.wait(self.client.put(self.path, document))
        changed = bool(names) and (names, custom) != (self.names, self.custom)

        if names:
            assert answer.status == 200, answer.text
            self.names, self.custom = names, custom
        else:
            assert answer.refusal == (400, "FieldRequired", "name"), answer.text
        assert self.shown() == (self.names, self.custom)
        self.check_told(before, changed)

    def laid(self, document: Document) -> tuple[dict[str, str], dict[str, str]]:
        tagged, custom = document.get("name_lang", {}), document.get("customData", {})
        names = {} if tagged is None else self.names | tagged
        # Where the two disagree about one's own language, the tagged form wins.
        if "name" in document and not (tagged is None and "swe" in self.names):
            names["swe"] = document["name"]
        entries = {} if custom is None else self.custom | {key: (one or {}).get("value") for key, one in custom.items()}
        return ({k: v for k, v in names.items() if v is not None}, {k: v for k, v in entries.items() if v is not None})

    def shown(self) -> tuple[dict[str, str], dict[str, str]]:
        record = self.wait(self.client.get(self.path)).json
        assert record["name"] == record["name_lang"].get("swe")
        return record["name_lang"], {key: one["value"] for key, one in record["customData"].items()}


async def play(hub: Hub, http: aiohttp.ClientSession, address: str, *, examples: int, steps: int) -> None:
    shop = await make.shop(hub, language="sv", currency="SEK", country="SE")
    theirs = await pluggto.client_of(http, address, shop)
    board = await plugboard.client_of(http, address, shop)
    chosen = machines.profile(examples, steps)
    await machines.run(lambda wait: Product(wait, theirs), chosen)
    await machines.run(lambda wait: Attribute(wait, board), chosen)


def test_the_core_lays_patches_over_nouns_as_the_model_does():
    machines.run_state_machine_as_test(Core, settings=machines.profile(60, 8))


async def test_a_record_is_what_its_updates_made_of_it(hub: Hub, http: aiohttp.ClientSession, address: str):
    await play(hub, http, address, examples=12, steps=8)
