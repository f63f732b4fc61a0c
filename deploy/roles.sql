-- Roles and database for a hub on a PostgreSQL of your own (15 or newer). Run once, as superuser:
--
--   psql -v owner_password="$(cat owner_password)" -v hub_password="$(cat hub_password)" -f roles.sql
--
-- plughub_owner owns the tables and changes them (`plughub migrate`); plughub_hub is who the hub signs in as. It owns
-- nothing and cannot get round row security.

CREATE ROLE plughub_app NOLOGIN;
CREATE ROLE plughub_owner LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE ROLE plughub_hub LOGIN PASSWORD :'hub_password';
GRANT plughub_app TO plughub_owner WITH ADMIN OPTION;
GRANT plughub_app TO plughub_hub;
-- Lists that are polled stop at the oldest running transaction: the owner, as whom that is asked, has to see the hub's.
GRANT pg_read_all_stats TO plughub_owner;
CREATE DATABASE plughub OWNER plughub_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE plughub FROM PUBLIC;
GRANT CONNECT ON DATABASE plughub TO plughub_hub;
