"""Every statement of the core that names a tenant's table binds the tenant, though row security would stop it too.

How it reads: every string of the code (constants and f-strings, in which `{...}` stands for what is put in) is
searched for tables of tenants after FROM, JOIN, UPDATE, INTO and USING. Each table that is read or changed has to
be tied to the tenant by its alias: `m.tenant_id = $1`, or to a table that is. It does not understand SQL; it
catches the filter that was forgotten. What it cannot see is named below.
"""

import ast
import re
from collections.abc import Iterator

from plughub.db import migrate
from tests.house.sources import modules

#: Tables with a tenant that hold no tenant's records: asked before the tenant is known, or for all tenants.
BEFORE_A_TENANT = {
    "memberships": "at sign-in no tenant is known",
    "api_users": "at login no tenant is known",
    "tokens": "a token tells the tenant",
    "event_outbox": "the relay asks for the tenants with work; see below for the rest",
    "due_endpoints": "the relay asks whose time has come; see below for the rest",
    "loose_contents": "the sweep asks what to remove; see below for the rest",
    "public_files": "a file that anybody may read tells the tenant; see below for the rest",
}
#: Text that is left out before a string is read: why it binds no tenant by itself.
EXCEPTIONS = {
    "FROM skus k WHERE k.is_default": "a relation that core/listing counts in, as r, with r.tenant_id = $1",
}

_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\)", re.DOTALL)
_NAMED = re.compile(
    r"\b(?P<how>FROM|JOIN|UPDATE|INTO|USING)\s+(?P<table>[a-z_]+)\b(?:\s+(?:AS\s+)?(?P<alias>(?!"
    r"(?:WHERE|SET|ON|JOIN|LEFT|CROSS|ORDER|GROUP|USING|VALUES|LIMIT|FOR|RETURNING|UNION|AND|SELECT|INNER|FULL)\b)"
    r"[a-z_]\w*)\b)?",
)
_SQL = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b")


def tenant_tables() -> set[str]:
    """As the migrations make them."""
    sql = "\n".join(text for _, text in migrate.available())
    return {name for name, columns in _TABLE.findall(sql) if re.search(r"^\s+tenant_id\b", columns, re.MULTILINE)}


def strings(tree: ast.Module) -> Iterator[str]:
    """Every text of the file; neighbouring literals and f-strings are whole, and docstrings are no SQL."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{...}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def unbound(sql: str, tables: set[str]) -> list[str]:
    """Tables of tenants in this text that are not tied to a tenant."""
    found = []
    bare = len(re.findall(r"(?<![\w.])tenant_id = \$\d", sql))
    for match in _NAMED.finditer(sql):
        table, alias = match["table"], match["alias"]
        if table not in tables:
            continue
        if match["how"] == "INTO":
            tied = re.match(r"\s*(?:AS \w+ )?\(\s*tenant_id\b", sql[match.end("table") :]) is not None
        elif alias:
            tied = re.search(rf"\b{alias}\.tenant_id = (?:\$\d|\w+\.tenant_id)", sql) is not None
        else:
            tied, bare = bare > 0, bare - 1
        if not tied:
            found.append(table)
    return found


def test_the_tables_are_known():
    tables = tenant_tables()

    assert {"products", "orders", "stock_levels", "events", "search_rows", "connections", "feeds"} <= tables
    assert not tables & {"tenants", "users", "applications", "heartbeats"}


def test_every_statement_of_the_core_binds_the_tenant():
    tables = tenant_tables() - BEFORE_A_TENANT.keys()
    read = 0
    missing = set()
    for name, tree in modules().items():
        for sql in strings(tree):
            if _SQL.search(sql):
                read += 1
                missing |= {(name, table) for table in unbound(_known(sql), tables)}

    assert read > 60
    assert missing == set()


def _known(sql: str) -> str:
    for text in EXCEPTIONS:
        sql = sql.replace(text, "")
    return sql


def test_every_exception_is_still_needed():
    everything = "\n".join(sql for tree in modules().values() for sql in strings(tree))

    assert [text for text in EXCEPTIONS if text not in everything] == []


def test_only_the_search_module_and_the_stores_touch_what_row_security_does_not_cover():
    touching = {name for name, tree in modules().items() for sql in strings(tree) if re.search(r"\bsearch_rows\b", sql)}
    numbering = {
        name for name, tree in modules().items() for sql in strings(tree) if re.search(r"\bevent_outbox\b", sql)
    }

    waiting = {
        name
        for name, tree in modules().items()
        for sql in strings(tree)
        if re.search(r"\b(FROM|INTO|UPDATE) due_endpoints\b", sql)
    }

    filed = {
        name
        for name, tree in modules().items()
        for sql in strings(tree)
        if re.search(r"\b(FROM|INTO|UPDATE) (loose_contents|public_files)\b", sql)
    }

    assert filed == {"core/files/store.py", "core/files/queries.py"}
    assert waiting == {"core/webhooks/queries.py", "core/webhooks/store.py"}
    # Placing an order writes its search row in the order's own statement.
    assert touching <= {"core/search.py", "core/customers/store.py", "core/orders/store.py", "core/products/store.py"}
    assert numbering <= {
        "core/events/commands.py",
        "core/events/relay.py",
        "core/events/reports.py",
        "core/orders/store.py",
        "core/stock/store.py",
    }


def test_values_never_become_part_of_a_statement():
    """Only names from our own code do: a `%` or `.format` on SQL is allowed where a constant fills it."""
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
                assert not _SQL.search(str(node.left.value)), name


def test_no_statement_uses_what_does_not_grow_past_one_machine():
    forbidden = re.compile(
        r"\b(?:LOCK TABLE|DEFERRABLE|NOTIFY|TRUNCATE|nextval|gen_random_uuid|uuidv7|SERIAL|AS IDENTITY)\b"
        r"|current_setting\([^)]*, ?true\)|\bnow\(\)"
    )
    texts = {name: list(strings(tree)) for name, tree in modules().items()}
    texts |= {name: [re.sub(r"--.*", "", sql)] for name, sql in migrate.available()}
    for name, found in texts.items():
        for sql in found:
            if name.startswith("0") or _SQL.search(sql):
                assert not forbidden.search(sql), (name, forbidden.search(sql))


def test_the_linter_finds_what_it_is_there_for():
    tables = {"orders", "skus"}
    for sql in (
        "SELECT id FROM orders WHERE id = $1",
        "SELECT k.sku FROM skus k WHERE k.tenant_id = $1 AND EXISTS (SELECT FROM orders o WHERE o.id = $2)",
        "UPDATE orders x SET a = 1 FROM skus k WHERE k.tenant_id = $1 AND x.id = $2",
        "DELETE FROM orders WHERE id = ANY ($2)",
        "INSERT INTO orders (id) VALUES ($1)",
        "SELECT 1 FROM orders WHERE tenant_id = $1 UNION ALL SELECT 1 FROM skus WHERE sku = $2",
    ):
        assert unbound(sql, tables), sql
    for sql in (
        "SELECT id FROM orders WHERE tenant_id = $1",
        "SELECT k.sku FROM skus k JOIN orders r ON r.tenant_id = k.tenant_id WHERE k.tenant_id = $1",
        "INSERT INTO orders (tenant_id, id) VALUES ($1, $2)",
        "SELECT id FROM tenants",
    ):
        assert not unbound(sql, tables), sql
