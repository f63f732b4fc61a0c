"""The search rows stand outside row security: this module alone keeps tenants apart there."""

import asyncio
from decimal import Decimal

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from plughub.core import ids, search
from plughub.core.filters import Contains, Filter, Has
from plughub.core.filters import compile as compiled
from plughub.core.hub import Hub
from plughub.core.sql import Binder
from plughub.core.values import fold

_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
_columns = st.sampled_from(["words", "codes", "groups"])


async def found(hub: Hub, tenant, filter: Filter, kind: str = "thing") -> list:
    """Ids that a filter gives to whoever asks as this tenant."""
    bind = Binder(tenant)
    test = compiled(filter, kind, {}, bind)
    async with hub.read(tenant) as tx:
        rows = await tx.all(
            f"SELECT r.id FROM (SELECT DISTINCT id FROM search_rows WHERE tenant_id IS NOT NULL) r WHERE {test}"
            " AND $1::uuid IS NOT NULL",
            *bind.values,
        )
    return [row["id"] for row in rows]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(column=_columns, text=_texts, leaf=_texts)
@example("words", "%", "x=y")
@example("codes", "", "a")
@example("groups", "_\\%", "'")
async def test_tenants_with_equal_words_never_see_each_others_ids(hub: Hub, column: str, text: str, leaf: str):
    mine, theirs, other_kind = ids.new(), ids.new(), ids.new()
    tenant, neighbour = ids.new(), ids.new()
    texts = dict.fromkeys(("words", "codes", "groups"), text)
    for owner, id, kind in ((tenant, mine, "thing"), (neighbour, theirs, "thing"), (tenant, other_kind, "other")):
        async with hub.change(owner) as tx:
            await search.save(tx, owner, kind, id, leaves=[f"path={leaf}"], **texts)

    for filter in (Contains(column, text), Has("path", (leaf, "else"))):
        assert await found(hub, tenant, filter) == [mine]
        assert await found(hub, neighbour, filter) == [theirs]
        assert await found(hub, tenant, filter, "other") == [other_kind]
        assert await found(hub, ids.new(), filter) == []


@given(_texts, _texts, _texts)
def test_a_part_of_a_text_is_a_part_of_the_folded_text(before: str, part: str, after: str):
    assert fold(part) in fold(before + part + after)


def test_folding_ignores_letter_case_accents_and_ligatures():
    assert fold("Ação ÀÉÎ Straße ﬁne") == fold("ACAO aei STRASSE FINE") == "acao aei strasse fine"


@given(st.integers(-(10**20), 10**20), st.integers(0, 6), st.integers(0, 6))
def test_equal_numbers_have_one_spelling(digits: int, places: int, zeros: int):
    number = Decimal(digits).scaleb(-places)
    longer = Decimal(digits * 10**zeros).scaleb(-places - zeros)

    text = search.spell(number)

    assert text == search.spell(longer) == search.spell(Decimal(text))
    assert Decimal(text) == number


def test_a_number_with_a_huge_exponent_is_not_written_out():
    assert search.spell(Decimal("1e999999")) == "1E+999999"
    assert search.spell(Decimal("1e-999999")) == "1E-999999"


async def test_saving_at_once_leaves_the_last_words_and_one_row(hub: Hub):
    tenant, id = ids.new(), ids.new()

    async def save(number: int) -> None:
        async with hub.change(tenant) as tx:
            await search.save(tx, tenant, "thing", id, leaves=[f"n={number}"], words=str(number), codes="", groups="")

    await asyncio.gather(*(save(number) for number in range(20)))

    matches = [number for number in range(20) if await found(hub, tenant, Has("n", (str(number),)))]
    assert len(matches) == 1
    assert await found(hub, tenant, Contains("words", str(matches[0]))) == [id]


@pytest.mark.parametrize(
    ("filter", "index"),
    [(Has("brand", ("x",), also=("model",)), "search_rows_leaves"), (Contains("words", "shirt"), "search_rows_words")],
)
async def test_a_search_can_use_its_index_inside_a_query_under_row_security(
    hub: Hub, database_url: str, filter: Filter, index: str
):
    bind = Binder(ids.new())
    condition = compiled(filter, "product", {}, bind)
    owner = await asyncpg.connect(database_url)
    try:
        transaction = owner.transaction()
        await transaction.start()
        # In small tables any plan is a good one: only with its rivals away does the index show.
        await owner.execute("ALTER TABLE search_rows DROP CONSTRAINT search_rows_pkey")
        await owner.execute("SET LOCAL enable_seqscan = off; SET LOCAL ROLE plughub_app")
        await owner.execute("SELECT set_config('hub.tenant_id', $1, true)", str(bind.values[0]))
        plan = await owner.fetch(
            f"EXPLAIN SELECT r.id FROM products r WHERE r.tenant_id = $1 AND {condition}", *bind.values
        )
        await transaction.rollback()
    finally:
        await owner.close()

    text = "\n".join(row[0] for row in plan)
    assert index in text
    # Asked once, whatever is thought of the tables: not once for each product.
    assert "CTE found" in text
