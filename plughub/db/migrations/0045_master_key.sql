-- Which master key this hub works with: a mark derived from it, from which the key cannot be found.
CREATE TABLE master_key (
    is_only boolean PRIMARY KEY CHECK (is_only),
    mark bytea NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE ON master_key TO plughub_app;
