"""Credentials of a dialect whose calls carry a password."""

import aiohttp

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
