-- What clients ask and are answered: figures of every connection, and the requests that are kept whole.

CREATE TABLE connection_calls (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    -- Since the connection was made.
    calls bigint NOT NULL,
    failures bigint NOT NULL,
    -- The day of the newest call in the tenant's time zone, and that day's figures.
    day date NOT NULL,
    calls_today bigint NOT NULL,
    failures_today bigint NOT NULL,
    last_at timestamptz NOT NULL,
    last_method text NOT NULL,
    last_path text NOT NULL,
    last_status integer NOT NULL,
    failed_at timestamptz,
    failed_method text,
    failed_path text,
    failed_status integer,
    PRIMARY KEY (tenant_id, connection_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections
);
SELECT protect('connection_calls', 'SELECT, INSERT, UPDATE');

CREATE TABLE requests (
    tenant_id uuid NOT NULL,
    -- Sent to the client as X-Request-Id; tells the time.
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    method text NOT NULL,
    -- Below the dialect's mount point, as it was sent; the query with secrets masked.
    path text NOT NULL,
    query text NOT NULL,
    -- What the path names: an id, a SKU.
    subject text,
    status integer NOT NULL,
    seconds real NOT NULL,
    address text NOT NULL,
    agent text NOT NULL,
    -- Content types, the first 4 KB with secrets masked, and the whole size in bytes, of request and answer.
    sent_type text NOT NULL,
    sent text NOT NULL,
    sent_size bigint NOT NULL,
    answer_type text NOT NULL,
    answer text NOT NULL,
    answer_size bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX requests_by_connection ON requests (tenant_id, connection_id, id);
CREATE INDEX requests_failed ON requests (tenant_id, id) WHERE status >= 400;
CREATE INDEX requests_failed_by_connection ON requests (tenant_id, connection_id, id) WHERE status >= 400;
CREATE INDEX requests_by_subject ON requests (tenant_id, subject, id) WHERE subject IS NOT NULL;
CREATE TABLE requests_rest PARTITION OF requests DEFAULT;
SELECT protect('requests', 'SELECT, INSERT');
