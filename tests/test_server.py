import asyncpg

from tests import server


async def test_the_tests_own_their_database_and_nothing_else(database_url):
    connection = await asyncpg.connect(database_url)
    try:
        role = await connection.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolname = pg_get_userbyid(datdba) AS owns "
            "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
        )
        encoding = await connection.fetchval("SHOW server_encoding")
    finally:
        await connection.close()

    assert tuple(role) == (False, False, True, True)
    assert encoding == "UTF8"


async def test_a_database_is_dropped_at_the_end(superuser_url):
    async with server.database(superuser_url) as url:
        name = url.partition("?")[0].rpartition("/")[2]

    admin = await asyncpg.connect(superuser_url)
    try:
        left = await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name)
    finally:
        await admin.close()
    assert left == 0
