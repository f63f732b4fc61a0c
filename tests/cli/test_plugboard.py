"""Credentials of a dialect whose calls carry a password."""

import aiohttp
import pytest

from plughub.core import catalogue, registry

SECRETS = ["tenant", "name", "connection_id", "username", "password"]


async def test_printed_credentials_open_the_api_root(plughub, shop, http: aiohttp.ClientSession):
    printed = (await plughub("connection", "create", "plugboard", "--tenant", shop.tenant.code, "--json")).json

    assert list(printed) == ["dialect", "base_url", *SECRETS]
    assert printed["base_url"].endswith("/plugboard/api")
    headers = {
        "X-Tenant": printed["tenant"],
        "X-ConnectionId": printed["connection_id"],
        "Authorization": aiohttp.encode_basic_auth(printed["username"], printed["password"]),
    }
    async with http.get(printed["base_url"] + "/", headers=headers) as answer:
        assert (answer.status, (await answer.json())["tenant"]["codeName"]) == (200, shop.tenant.code)


async def test_there_are_no_codes_where_there_are_no_tokens(plughub, shop):
    await plughub("connection", "create", "plugboard", "--tenant", shop.tenant.code, "--name", "API")

    done = await plughub("connection", "code", "API", "--tenant", shop.tenant.code)

    assert done.code != 0
    assert "they need no code" in done.err


async def test_what_a_user_may_do_and_its_language_are_set_and_shown(plughub, shop, http: aiohttp.ClientSession):
    tenant = ("--tenant", shop.tenant.code)
    made = (await plughub("connection", "create", "plugboard", "--name", "API", *tenant, "--json")).json
    name = ("connection", "user", "API", *tenant)
    everything = {"dialect": "plugboard", "tenant": shop.tenant.code, "name": "API", "username": made["username"],
                  "language": None, "permissions": {"all": "write"}}  # fmt: skip
    assert (await plughub(*name, "--json")).json == everything

    changed = await plughub(*name, "--language", "swe", "--permit", "order=write", "--permit", "product=read", "--json")
    shown = await plughub(*name)

    assert changed.json == {**everything, "language": "sv", "permissions": {"order": "write", "product": "read"}}
    assert "order=write product=read" in shown.out
    headers = {
        "X-Tenant": made["tenant"],
        "X-ConnectionId": made["connection_id"],
        "Authorization": aiohttp.encode_basic_auth(made["username"], made["password"]),
    }
    for path, status in (("/order", 200), ("/payment", 403)):
        async with http.get(made["base_url"] + path, headers=headers) as answer:
            assert answer.status == status
    again = await plughub(*name, "--permit", "all=write", "--json")
    assert again.json == {**everything, "language": "sv"}


@pytest.mark.parametrize(
    ("dialect", "option", "said"),
    [
        ("plugboard", ("--permit", "orders=read"), "--permit orders=read is not known: it is NAME=read or"),
        ("plugboard", ("--permit", "order=none"), "--permit order=none is not known"),
        ("plugboard", ("--language", "zz"), "--language zz is no code of ISO 639 such as sv or swe."),
        ("pluggto", ("--permit", "all=read"), "Clients of pluggto may do everything, in the tenant's language."),
    ],
)  # fmt: skip
async def test_what_cannot_be_permitted_is_refused(plughub, shop, dialect, option, said):
    tenant = ("--tenant", shop.tenant.code)
    await plughub("connection", "create", dialect, "--name", "API", *tenant)

    done = await plughub("connection", "user", "API", *tenant, *option)

    assert done.code != 0
    assert said in done.err


async def test_options_are_set_on_a_connection_that_is_there(plughub, shop, hub):
    tenant = ("--tenant", shop.tenant.code)
    async with hub.change(shop.tenant.id) as tx:
        names = {"names": {"pt": "marketplace x"}}
        group = (await registry.create(tx, shop.caller, catalogue.CONTENT_GROUP, names)).id.hex
    await plughub("connection", "create", "plugboard", "--name", "API", "--option", "create_status=200", *tenant)

    done = await plughub("connection", "option", "API", f"content_group={group}", *tenant, "--json")

    assert done.json["options"] == {"create_status": "200", "content_group": group}
    assert (await plughub("connection", "show", "API", *tenant, "--json")).json["options"] == done.json["options"]


@pytest.mark.parametrize("where", [("option", "API"), ("create", "plugboard", "--option")])
@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("content_group=01a2013bcfb790b9538ce2b2bd000000", "must be the localId of a content group of this tenant"),
        ("content_group=x", "must be the localId of a content group of this tenant"),
        ("content_group=", "--option content_group= is not known"),
        ("create_status=201x", "is not known: connections of plugboard take create_status=201|200, unknown_fields="),
    ],
)
async def test_an_option_that_does_not_fit_is_refused(plughub, shop, where, option, said):
    tenant = ("--tenant", shop.tenant.code)
    await plughub("connection", "create", "plugboard", "--name", "API", *tenant)

    done = await plughub("connection", *where, option, *tenant)

    assert done.code != 0
    assert said in done.err
