#!/bin/sh
# For the database's container: runs roles.sql at its first start, with the passwords of its secrets.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v owner_password="$(cat /run/secrets/owner_password)" \
    -v hub_password="$(cat /run/secrets/hub_password)" \
    -f /roles.sql
