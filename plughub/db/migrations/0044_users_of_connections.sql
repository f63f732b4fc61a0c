-- What the user of a connection may do, and in which language it is spoken to.

ALTER TABLE api_users
    -- ISO 639-1; null: the tenant's.
    ADD COLUMN language text,
    -- Resource of the dialect, or all -> read or write; null: everything.
    ADD COLUMN permissions json;
