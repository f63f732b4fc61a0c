import json
import os
import secrets
import subprocess
import sys
from uuid import UUID

import asyncpg
import pytest

from plughub.__main__ import main
from plughub.core import ids, tenants
from plughub.core.ids import TenantId
from tests import server


@pytest.fixture
def code():
    return f"t{secrets.token_hex(6)}"


async def test_a_tenant_is_created_shown_and_listed(plughub, code):
    created = (await plughub("tenant", "create", code, "--name", "Loja Azul", "--json")).json

    assert list(created) == [
        "code", "name", "number", "language", "currency", "country", "time_zone", "id", "created_at",
    ]  # fmt: skip
    assert [created[name] for name in ("code", "name", "language", "currency", "country", "time_zone")] == [
        code, "Loja Azul", "pt", "BRL", "BR", "America/Sao_Paulo",
    ]  # fmt: skip
    assert (await plughub("tenant", "show", code, "--json")).json == created
    assert created in (await plughub("tenant", "list", "--json")).json


async def test_without_json_it_tells_what_was_done_and_what_comes_next(plughub, code):
    options = ("--language", "sv", "--currency", "sek", "--country", "se", "--time-zone", "Europe/Stockholm")

    ran = await plughub("tenant", "create", code, "--name", "Butik", *options)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Tenant {code} was created.\n")
    assert "  currency    SEK\n  country     SE\n  time_zone   Europe/Stockholm\n" in ran.out
    assert f"plughub connection create DIALECT --tenant {code}" in ran.out
    assert f"{code}  " in (await plughub("tenant", "list")).out
    assert "  name        Butik\n" in (await plughub("tenant", "show", code)).out


async def test_a_tenant_has_its_stock_location_price_list_and_feed(plughub, hub, code):
    id = UUID((await plughub("tenant", "create", code, "--name", "Loja", "--json")).json["id"])

    async with hub.read(id) as tx:
        assert await tx.value("SELECT code FROM locations WHERE tenant_id = $1", id) == "$main"
        assert await tx.value("SELECT code FROM price_lists WHERE tenant_id = $1", id) == "$base"
        assert await tx.value("SELECT position FROM feeds WHERE tenant_id = $1", id) == 0


async def found(hub, code):
    """A tenant whose furniture breaks half-way."""
    id = TenantId(ids.new())
    async with hub.change(id) as tx:
        tenant = await tenants.create_tenant(tx, code, id=id, name="Loja")
        await tenants.furnish(tx, tenant)
        await tenants.furnish(tx, tenant)


async def test_a_tenant_comes_whole_or_not_at_all(plughub, hub, code):
    with pytest.raises(asyncpg.UniqueViolationError):
        await found(hub, code)

    assert (await plughub("tenant", "show", code)).code == 1


async def test_a_code_that_is_taken_is_refused_and_the_tenant_stays(plughub, code):
    before = (await plughub("tenant", "create", code, "--name", "Loja", "--json")).json

    ran = await plughub("tenant", "create", code, "--name", "Outra")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"plughub: The tenant '{code}' exists already: choose another code.\n"
    assert (await plughub("tenant", "show", code, "--json")).json == before


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--language", "pt-BR", "language: must be a two-letter ISO 639-1 code such as pt"),
        ("--currency", "R$", "currency: must be a three-letter ISO 4217 code such as EUR"),
        ("--country", "BRA", "country: must be a two-letter ISO 3166-1 code such as BR"),
        ("--time-zone", "America", "time_zone: 'America' is not a time zone such as America/Sao_Paulo"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_and_nothing_is_made(plughub, code, option, value, words):
    ran = await plughub("tenant", "create", code, "--name", "Loja", option, value)

    assert (ran.code, ran.out, ran.err) == (1, "", f"plughub: Nothing was done: {words}.\n")
    missing = await plughub("tenant", "show", code)
    assert missing.err == f"plughub: There is no tenant '{code}': `plughub tenant list` shows those that exist.\n"
    assert missing.code == 1


def test_an_empty_name_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["tenant", "create", "loja", "--name", " "])

    assert stop.value.code == 2
    assert "argument --name: must be one line of text and not empty" in capsys.readouterr().err


async def test_a_database_without_tables_is_an_error_that_says_migrate(plughub, superuser_url, monkeypatch):
    async with server.database(superuser_url) as url:
        monkeypatch.setenv("PLUGHUB_DATABASE_URL", url)

        ran = await plughub("tenant", "list")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "plughub: The database lacks the hub's tables: run `plughub migrate` first.\n"


def test_the_first_command_in_a_fresh_folder_works():
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PLUGHUB_")}
    with server.folder() as folder:
        words = ["tenant", "create", "loja", "--name", "Loja", "--json", "--data", str(folder / "hub")]

        ran = subprocess.run(
            [sys.executable, "-m", "plughub", *words], capture_output=True, text=True, env=clean, check=False
        )

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["code"] == "loja"
