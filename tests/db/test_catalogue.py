"""What PostgreSQL's own catalogue says of the schema: nobody has to remember the rules for it to keep them."""

import asyncpg
import pytest

from plughub.core import ids
from plughub.core.hub import APP_ROLE, Hub
from tests import make

#: Tables with a tenant_id that are outside row security, each with the reason.
OUTSIDE_ROW_SECURITY = {
    "memberships": "at sign-in no tenant is known yet; holds no tenant's records",
    "api_users": "at login no tenant is known yet; holds no tenant's records",
    "tokens": "a token is what tells the tenant; holds hashes only",
    "search_rows": "no index works under row security; read by core/search only, which gives ids",
    "event_outbox": "the relay finds tenants with work; holds ids only",
    "loose_contents": "the sweep finds what to remove; holds names only",
    "public_files": "whoever reads one names no tenant: the row tells it; holds ids only",
    "due_endpoints": "the relay finds endpoints with work; holds ids and times only",
}
#: Tables without a tenant_id: what has to be known before a tenant is, and what belongs to none.
WITHOUT_TENANT = {
    "tenants", "users", "applications", "heartbeats", "schema_versions", "login_failures", "master_key",
    "sessions",
}  # fmt: skip
#: Unique indexes and keys that do not begin with the tenant, each with the reason.
OTHER_KEYS = {
    "memberships_pkey": "asked by person: which tenants may they see",
    "api_users_pkey": "asked at login, when no tenant is known",
    "public_files_pkey": "asked by the file's id, which tells the tenant",
    "tokens_pkey": "asked by the token's hash, which tells the tenant",
}
#: Indexes that are not unique and do not begin with the tenant, each with the reason.
OTHER_INDEXES = {
    "api_users_by_connection": "a call that carries its password names its connection; the row tells the tenant",
    "tokens_by_expiry": "the sweep of what has expired knows no tenant",
    "tokens_by_family": "a login's tokens end together; a family is one tenant's",
    "due_endpoints_by_time": "the relay asks whose time has come, over all tenants",
    "search_rows_leaves": "each leaf is a hash of tenant, kind, field and value",
}
#: Tables without a tenant that others may refer to.
REFERRED = {"tenants", "users", "applications"}

#: Tables, partitions left out: they are reached through their parents.
TABLES = """
SELECT c.oid, c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS has_tenant,
       (SELECT a.attnotnull FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS is_required
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname
"""
POLICIES = """
SELECT tablename AS name, array_agg(policyname || ' ' || permissive || ' ' || cmd || ' ' || roles::text) AS policies,
       array_agg(DISTINCT qual) || array_agg(DISTINCT with_check) AS tests
FROM pg_policies WHERE schemaname = 'public' GROUP BY tablename
"""
OWN_TENANT = "(tenant_id = (current_setting('hub.tenant_id'::text))::uuid)"
INDEXES = """
SELECT i.indexrelid::regclass::text AS name, i.indisunique AS is_unique, t.relname AS of,
       pg_get_indexdef(i.indexrelid, 1, true) AS first
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
"""
FOREIGN_KEYS = """
SELECT k.conname AS name, k.conrelid::regclass::text AS of, k.confrelid::regclass::text AS refers,
       (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]) AS first,
       (SELECT attname FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1]) AS their_first,
       k.condeferrable AS is_deferrable
FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
"""
RIGHTS = """
SELECT table_name AS name, array_agg(privilege_type::text ORDER BY privilege_type) AS rights
FROM information_schema.role_table_grants WHERE grantee = $1 AND table_schema = 'public' GROUP BY table_name
"""
#: Written once, never changed.
APPEND_ONLY = {
    "events", "stock_movements", "feed_entries", "event_outbox", "attempts", "public_files", "reports",
    "report_records", "requests",
}  # fmt: skip


@pytest.fixture(scope="module")
async def owner(hub: Hub, database_url: str):
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def tables(owner: asyncpg.Connection) -> dict[str, asyncpg.Record]:
    return {row["name"]: row for row in await owner.fetch(TABLES)}


async def test_tables_without_a_tenant_are_those_that_are_known(tables: dict):
    assert {name for name, table in tables.items() if not table["has_tenant"]} == WITHOUT_TENANT


async def test_every_tenants_table_has_row_security_enabled_and_forced(tables: dict):
    ours = {name: table for name, table in tables.items() if table["has_tenant"]}

    outside = {name for name, table in ours.items() if not (table["enabled"] and table["forced"])}

    assert outside == OUTSIDE_ROW_SECURITY.keys()
    assert [name for name, table in ours.items() if not table["is_required"]] == []


async def test_the_one_policy_is_ones_own_tenant_for_everybody_and_everything(owner: asyncpg.Connection, tables: dict):
    found = {row["name"]: row for row in await owner.fetch(POLICIES)}

    assert found.keys() == {name for name, table in tables.items() if table["enabled"]}
    for name, row in found.items():
        assert row["policies"] == ["own_tenant PERMISSIVE ALL {public}"], name
        assert set(row["tests"]) == {OWN_TENANT}, name


async def test_the_tenant_leads_every_index(owner: asyncpg.Connection, tables: dict):
    others = {
        (row["name"], row["is_unique"])
        for row in await owner.fetch(INDEXES)
        if tables[row["of"]]["has_tenant"] and row["first"] != "tenant_id"
    }

    assert {name for name, is_unique in others if is_unique} == OTHER_KEYS.keys()
    assert {name for name, is_unique in others if not is_unique} == OTHER_INDEXES.keys()


async def test_no_foreign_key_crosses_tenants(owner: asyncpg.Connection):
    keys = await owner.fetch(FOREIGN_KEYS)

    assert len(keys) > 15
    for key in keys:
        assert not key["is_deferrable"], key
        if key["refers"] in REFERRED:
            assert key["their_first"] == "id", key
        else:
            assert (key["first"], key["their_first"]) == ("tenant_id", "tenant_id"), key


async def test_the_hubs_role_has_no_powers(owner: asyncpg.Connection):
    role = await owner.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", APP_ROLE)
    for power in ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole", "rolreplication", "rolcanlogin"):
        assert role[power] is False, power

    member_of = "SELECT count(*) FROM pg_auth_members WHERE member = $1"
    owned = "SELECT count(*) FROM pg_shdepend WHERE refobjid = $1 AND deptype = 'o'"
    assert await owner.fetchval(member_of, role["oid"]) == 0
    assert await owner.fetchval(owned, role["oid"]) == 0
    assert not await owner.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", APP_ROLE)


async def test_the_hubs_role_may_read_and_write_rows_and_nothing_else(owner: asyncpg.Connection, tables: dict):
    rights = {row["name"]: set(row["rights"]) for row in await owner.fetch(RIGHTS, APP_ROLE)}

    # Partitions are not among them: past their parent's row security nobody gets.
    assert rights.keys() == tables.keys()
    assert set().union(*rights.values()) == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {name for name, given in rights.items() if "UPDATE" not in given} == APPEND_ONLY | {"schema_versions"}
    assert rights["events"] == rights["stock_movements"] == {"SELECT", "INSERT"}
    assert rights["schema_versions"] == {"SELECT"}


async def test_the_hubs_role_may_do_with_jobs_what_the_engine_needs(owner: asyncpg.Connection):
    rights = await owner.fetch(RIGHTS.replace("'public'", "'jobs'"), APP_ROLE)

    assert {row["name"]: row["rights"] for row in rights} == {
        "pgqueuer": ["DELETE", "INSERT", "SELECT", "UPDATE"],
        "pgqueuer_log": ["INSERT"],
        "pgqueuer_statistics": ["SELECT"],
    }
    assert not await owner.fetchval("SELECT has_schema_privilege($1, 'jobs', 'CREATE')", APP_ROLE)


async def test_everybody_else_has_no_rights_at_all(owner: asyncpg.Connection):
    for schema in ("'public'", "'jobs'"):
        assert await owner.fetch(RIGHTS.replace("'public'", schema), "PUBLIC") == []


async def test_nothing_is_numbered_by_the_server(owner: asyncpg.Connection):
    ours = "relnamespace = 'public'::regnamespace"
    assert await owner.fetch(f"SELECT relname FROM pg_class WHERE relkind = 'S' AND {ours}") == []
    defaults = await owner.fetch(
        f"SELECT pg_get_expr(adbin, adrelid) AS text FROM pg_attrdef JOIN pg_class c ON c.oid = adrelid WHERE {ours}"
    )
    assert {row["text"] for row in defaults} == {"clock_timestamp()", "0", "1", "false", "'{}'::json", "'system'::text"}


async def test_there_are_no_triggers_rules_or_views(owner: asyncpg.Connection):
    triggers = "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid"
    ours = "NOT tgisinternal AND relnamespace = 'public'::regnamespace"
    assert await owner.fetch(f"{triggers} WHERE {ours}") == []
    assert await owner.fetch("SELECT viewname FROM pg_views WHERE schemaname = 'public'") == []


async def test_what_runs_with_the_owners_rights_is_known_and_has_a_fixed_path(owner: asyncpg.Connection):
    rows = await owner.fetch(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )

    fixed = ["search_path=pg_catalog"]
    assert dict(map(tuple, rows)) == {"settled_before": fixed, "figures": fixed}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM products",
        "SELECT sku FROM skus WHERE sku = 'SAME'",
        "SELECT variant_id FROM stock_levels",
        "SELECT id FROM events",
        "SELECT delta FROM stock_movements",
        "SELECT id FROM orders",
        "SELECT id FROM conversations",
        "UPDATE products SET version = version + 1 RETURNING id",
        "DELETE FROM stock_levels RETURNING id",
        "SELECT id FROM products WHERE tenant_id = $1",
    ],
)
async def test_row_security_stops_a_statement_without_its_tenant_filter(shop: make.Shop, hub: Hub, sql: str):
    await make.product(shop, "SAME")
    await make.order(shop, {"sku": "SAME", "quantity": 1, "price": 5})
    await make.message(shop)
    other = await make.shop(hub)
    values = [shop.tenant.id] if "$1" in sql else []

    async with hub.change(other.tenant.id) as tx:
        assert await tx.all(sql, *values) == []
    async with hub.read(shop.tenant.id) as tx:
        assert await tx.all(sql, *values) != []


async def test_a_partition_cannot_be_read_past_its_parent(shop: make.Shop, hub: Hub):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with hub.read(shop.tenant.id) as tx:
            await tx.all("SELECT * FROM events_rest")


@pytest.mark.parametrize(
    "statement", ["TRUNCATE products", "COPY products FROM STDIN", "ALTER TABLE products DISABLE ROW LEVEL SECURITY"]
)
async def test_the_hubs_role_is_refused_what_goes_around_row_security(shop: make.Shop, hub: Hub, statement: str):
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError)):
        async with hub.read(shop.tenant.id) as tx:
            await tx.run(statement)


async def test_a_row_cannot_refer_to_another_tenants_row(shop: make.Shop, hub: Hub):
    product = await make.product(shop)
    other = await make.shop(hub)

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with hub.change(other.tenant.id) as tx:
            await tx.run(
                "INSERT INTO product_categories (tenant_id, product_id, category_id, position) VALUES ($1, $2, $3, 1)",
                other.tenant.id, product.id, ids.new(),
            )  # fmt: skip
