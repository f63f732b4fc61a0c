"""`plughub freight` as a person types it."""

import csv
import io
from collections.abc import AsyncIterator

import pytest

from plughub.core import shipping
from plughub.core.hub import Hub
from tests import make
from tests.cli.conftest import Ran
from tests.core.shipping.freights import row, source, sources, table
from tests.core.shipping.test_tables import stored
from tests.dialects.pluggto.carriers import Carriers, carriers, quote

HEADER = "postal_from;postal_to;weight_from;weight_to;method;company;price;days\n"
GOOD = (
    HEADER + "01000-000;05999-999;0;1;Econômico;Correio;11,90;6\n01000-000;05999-999;1;30;Econômico;Correio;18,40;6\n"
)


@pytest.fixture
def freight(plughub, shop, monkeypatch):
    async def run(*arguments: str) -> Ran:
        # The public internet only, unless a test opens more.
        return await plughub("freight", *arguments, "--tenant", shop.tenant.code)

    return run


@pytest.fixture
def write(tmp_path):
    """Writes a file and gives its path."""

    def write(text: str, name: str = "new.csv") -> str:
        file = tmp_path / name
        file.write_text(text, "latin-1")
        return str(file)

    return write


@pytest.fixture
def file(write) -> str:
    return write(GOOD, "tabela 2026.csv")


@pytest.fixture
async def carrier() -> AsyncIterator[Carriers]:
    async with carriers() as running:
        yield running


@pytest.fixture
def opened(monkeypatch, freight) -> None:
    """The operator lets the hub call this machine."""
    monkeypatch.setenv("PLUGHUB_EGRESS_NETWORKS", "loopback")


async def test_a_source_lives_from_add_to_remove(freight):
    added = (await freight("source", "add", "Azul", "https://azul.example/quote", "--json")).json
    changed = await freight("source", "change", "Azul", "--name", "Azul 2", "--budget", "150")
    paused = (await freight("source", "pause", "Azul 2", "--json")).json
    again = await freight("source", "pause", "Azul 2")
    resumed = (await freight("source", "resume", "Azul 2", "--json")).json
    listed = (await freight("source", "list", "--json")).json
    removed = await freight("source", "remove", "Azul 2")

    assert list(added) == [
        "name", "url", "budget_ms", "state", "id", "connection_id", "asked", "answered", "late", "failed",
        "last_answered_at", "last_failed_at", "last_failure",
    ]  # fmt: skip
    assert (added["budget_ms"], added["state"], added["asked"]) == (200, "active", 0)
    assert changed.out.startswith("Source Azul 2 was changed.\n")
    assert (paused["state"], resumed["state"]) == ("paused", "active")
    assert again.out.startswith("Source Azul 2 was like that before.\n")
    assert listed == [{**added, "name": "Azul 2", "budget_ms": 150}]
    assert removed.out == "Source Azul 2 was removed.\n"
    assert (await freight("source", "list")).out.startswith("No freight source yet: `plughub freight source add")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/quote",
        "http://localhost/",
        "https://10.0.0.8/",
        "http://2130706433/",
        "https://a.example:8443/",
    ],
)
async def test_an_address_inside_is_refused_when_it_is_registered(freight, shop: make.Shop, url):
    ran = await freight("source", "add", "Azul", url)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("plughub: The address cannot be called")
    assert "PLUGHUB_EGRESS_NETWORKS" in ran.err
    assert await sources(shop) == []

    await source(shop, "https://azul.example/", name="Azul")
    assert (await freight("source", "change", "Azul", "--url", url)).code == 1
    assert [one.url for one in await sources(shop)] == ["https://azul.example/"]


async def test_what_cannot_be_done_to_a_source_says_what_to_do(freight, shop: make.Shop):
    await source(shop, name="Azul")

    for arguments, said in (
        (("add", "Azul", "https://a.example/"), "The freight source 'Azul' exists already: choose another name"),
        (("pause", "Verde"), "There is no freight source 'Verde': `plughub freight source list --tenant CODE`"),
        (("change", "Azul"), "Nothing to change was given"),
        (("change", "Azul", "--budget", "1"), "Nothing was done: budget: must be from 20 to 5000 milliseconds."),
        (("add", "B", "https://a.example/", "--connection", "nobody"), "There is no connection 'nobody'"),
    ):
        ran = await freight("source", *arguments)
        assert (ran.code, ran.out) == (1, "")
        assert said in ran.err


async def test_a_source_may_belong_to_a_client(freight, shop: make.Shop):
    connection, _ = await make.connection(shop, name="transportadora")

    added = (await freight("source", "add", "A", "https://a.example/", "--connection", "transportadora", "--json")).json
    freed = (await freight("source", "change", "A", "--connection", "", "--json")).json

    assert (added["connection_id"], freed["connection_id"]) == (str(connection.id), None)


async def test_a_table_is_imported_shown_exported_and_removed(freight, file: str, write, shop: make.Shop):
    imported = (await freight("table", "import", file, "--json")).json
    listed = (await freight("table", "list", "--json")).json
    shown = await freight("table", "show", "tabela 2026")
    exported = await freight("table", "export", "tabela 2026")

    assert imported == {"name": "tabela 2026", "rows": 2, "dry_run": False}
    assert [(one["name"], one["rows"]) for one in listed] == [("tabela 2026", 2)]
    assert "Econômico" in shown.out
    assert [one["price"] for one in csv.DictReader(io.StringIO(exported.out))] == ["11.9", "18.4"]
    assert len((await freight("table", "export", "tabela 2026", "--json")).json) == 2

    await freight("table", "import", write(exported.out), "--name", "back")
    assert await stored(shop, "back") == await stored(shop, "tabela 2026")

    removed = await freight("table", "remove", "back")
    assert removed.out == "Table back with 2 rows was removed.\n"


async def test_a_table_that_exists_is_replaced_only_when_that_is_asked_for(freight, file: str, shop: make.Shop):
    await table(shop, row(price="1"), name="tabela 2026")

    for option in ("--json", "--dry-run"):
        refused = await freight("table", "import", file, option)
        assert refused.code == 1
        assert "--replace" in refused.err
    assert await stored(shop, "tabela 2026") == [row(price="1")]

    await freight("table", "import", file, "--replace")
    assert len(await stored(shop, "tabela 2026")) == 2


async def test_a_dry_run_writes_nothing(freight, file: str, shop: make.Shop):
    ran = await freight("table", "import", file, "--dry-run")

    assert ran.out == "Table tabela 2026: 2 rows could be imported; nothing was written.\n"
    assert (await freight("table", "list", "--json")).json == []


async def test_mistakes_are_listed_by_line_and_nothing_is_imported(freight, write):
    file = write(GOOD + "01000-000;05999-999;1;30;;Correio;18,40;6\n1000-000;05999-999;;;E;C;dez;6\n")

    ran = await freight("table", "import", file)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"plughub: Nothing of {file} was imported:\n"
        "  line 4: method is empty\n"
        "  line 5: price 'dez' is no number such as 12 or 12.50, without thousands separators\n"
    )
    assert (await freight("table", "list", "--json")).json == []


async def test_a_file_that_is_not_there_is_said_so(freight, tmp_path):
    ran = await freight("table", "import", str(tmp_path / "none.csv"))

    assert ran.err == f"plughub: The file {tmp_path / 'none.csv'} cannot be read: No such file or directory.\n"


async def test_a_long_file_tells_how_far_it_is(freight, write):
    file = write("method;price\n" + "N;1\n" * 20_001)

    ran = await freight("table", "import", file, "--name", "long")

    assert (ran.out, ran.err) == ("Table long: 20001 rows were imported.\n", "20000 rows read ...\n")


async def test_the_address_is_kept_field_by_field(freight, shop: make.Shop, hub: Hub):
    before = (await freight("address", "--json")).json
    await freight("address", "--postal-code", "06543-210", "--city", "São Paulo", "--state", "SP")
    after = (await freight("address", "--city", "Osasco", "--state", "", "--json")).json

    assert before == {"country": "BR", "postal_code": None, "city": None, "state": None}
    assert after == {"country": "BR", "postal_code": "06543210", "city": "Osasco", "state": None}
    async with hub.read(shop.tenant.id) as tx:
        assert (await shipping.origin(tx, shop.tenant.id)).city == "Osasco"


async def test_a_quote_tells_what_each_source_said(freight, opened, carrier: Carriers, shop: make.Shop):
    await make.product(shop, "A:1", price="100")
    for name, answer, terms in (("good", [quote(18.4)], {}), ("bad", b"no", {}), ("slow", b"", {"after": None})):
        budget = "200" if terms else "5000"
        added = await freight("source", "add", name, carrier.carrier(name, answer, **terms), "--budget", budget)
        assert added.code == 0

    found = (await freight("quote", "--to", "01310-100", "--sku", "A:1:2", "--json")).json

    assert found == {
        "weight": None,
        "value": "200",
        "sources": [
            {"name": "good", "outcome": "answered", "reason": None, "quotes": 1},
            {"name": "bad", "outcome": "failed", "reason": "its answer is no JSON", "quotes": 0},
            {"name": "slow", "outcome": "late", "reason": "no answer within 200 ms", "quotes": 0},
        ],
        "quotes": [{"company": "Azul", "method": "Expresso", "price": "18.4", "days": 3}],
    }
    # Asked in earnest, so it counts; and it is counted before the command ends.
    assert {one.name: (one.counts.asked, one.counts.late) for one in await sources(shop)} == {
        "good": (1, 0), "bad": (1, 0), "slow": (1, 1),
    }  # fmt: skip
    listed = (await freight("source", "list")).out
    assert "no answer within 200 ms" in listed
    carrier.begin_again()


async def test_a_quote_out_of_the_tables_says_so(freight, shop: make.Shop):
    await make.product(shop, "A")
    nothing = await freight("quote", "--to", "01310100", "--sku", "A")
    await table(shop, row(price="11.90"))

    found = await freight("quote", "--to", "01310100", "--sku", "A")

    assert "No quote: no source gave one" in nothing.out
    assert "From the tenant's freight tables:\nCOMPANY  METHOD  PRICE  DAYS\nRota     Normal  11.9   -\n" in found.out


async def test_a_quote_for_an_unknown_sku_is_refused(freight):
    ran = await freight("quote", "--to", "01310100", "--sku", "NOWHERE:2")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "plughub: There is no sku 'NOWHERE': look it up first.\n"
