-- Deliveries that are sent, attempts that are remembered, endpoints that are waited for.

ALTER TABLE subscriptions
    -- How it is told: the body, the calendar of its retries, what counts as success.
    ADD COLUMN style text NOT NULL DEFAULT 'pluggto',
    -- Set by an operator or by the hub; deliveries are planned all the same, and wait.
    ADD COLUMN paused_at timestamptz,
    ADD COLUMN pause_reason text,
    -- The secrets are derived from the master key, the id and this number. The one before signs for a day more.
    ADD COLUMN secret_number integer NOT NULL DEFAULT 1,
    ADD COLUMN secret_changed_at timestamptz,
    -- Failures in a row, and since when there was nothing else.
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    ADD COLUMN failing_since timestamptz,
    -- Hours of failing of which the owner has been warned.
    ADD COLUMN warned_hours integer NOT NULL DEFAULT 0,
    ADD COLUMN delivered_at timestamptz,
    ADD COLUMN attempted_at timestamptz;
ALTER TABLE subscriptions ALTER COLUMN style DROP DEFAULT;

ALTER TABLE deliveries RENAME TO deliveries_before;
ALTER INDEX deliveries_due RENAME TO deliveries_due_before;

CREATE TABLE deliveries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    -- The newest event that it stands for, and the feed position of the first: deliveries of a record keep that order.
    event_id uuid NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL,
    record_id uuid NOT NULL,
    -- What the receiver knows the record by, where that is not its id.
    subject text,
    action text NOT NULL,
    -- Aspects of all events that it stands for.
    aspects text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('due', 'delivered', 'dead', 'cancelled')),
    attempt_count integer NOT NULL,
    -- While a worker holds it: when another may take it.
    next_attempt_at timestamptz NOT NULL,
    -- Who is sending it now.
    claim_id uuid,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions
) PARTITION BY RANGE (id);
CREATE INDEX deliveries_due ON deliveries (tenant_id, subscription_id, next_attempt_at, position) WHERE state = 'due';
CREATE INDEX deliveries_in_order ON deliveries (tenant_id, subscription_id, record_id, position) WHERE state = 'due';
CREATE INDEX deliveries_dead ON deliveries (tenant_id, id) WHERE state = 'dead';
CREATE TABLE deliveries_rest PARTITION OF deliveries DEFAULT;
SELECT protect('deliveries');

CREATE TABLE attempts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    began_at timestamptz NOT NULL,
    seconds real,
    -- HTTP status; null when no answer came.
    status integer,
    outcome text NOT NULL CHECK (outcome IN ('delivered', 'failed', 'interrupted')),
    -- Why it failed, in a sentence.
    reason text,
    -- The first 4 KB of the answer.
    answer bytea,
    PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX attempts_by_delivery ON attempts (tenant_id, delivery_id, id);
CREATE TABLE attempts_rest PARTITION OF attempts DEFAULT;
SELECT protect('attempts', 'SELECT, INSERT');

-- When an endpoint next has something to be sent. Ids and times only, outside row security, so that the relay
-- finds work without seeing what it is.
CREATE TABLE due_endpoints (
    tenant_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    -- Null: nothing waits, or it is paused.
    due_at timestamptz,
    -- A receiver that is down is asked no sooner, whatever is planned.
    held_until timestamptz,
    is_failing boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, subscription_id)
);
CREATE INDEX due_endpoints_by_time ON due_endpoints (due_at) WHERE due_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON due_endpoints TO plughub_app;

DO $$
DECLARE
    tenant uuid;
BEGIN
    FOR tenant IN SELECT id FROM tenants LOOP
        PERFORM set_config('hub.tenant_id', tenant::text, true);
        INSERT INTO due_endpoints (tenant_id, subscription_id, due_at)
        SELECT s.tenant_id, s.id, CASE WHEN s.is_active THEN clock_timestamp() END
        FROM subscriptions s WHERE s.tenant_id = tenant;
        INSERT INTO deliveries (tenant_id, id, subscription_id, event_id, position, kind, record_id, action, aspects,
                                state, attempt_count, next_attempt_at)
        SELECT d.tenant_id, d.id, d.subscription_id, d.event_id, f.position, d.kind, d.record_id, d.action, d.aspects,
               CASE WHEN s.is_active THEN d.state ELSE 'cancelled' END, d.attempt_count,
               coalesce(d.next_attempt_at, clock_timestamp())
        FROM deliveries_before d
        JOIN subscriptions s ON s.tenant_id = tenant AND s.id = d.subscription_id
        JOIN feed_entries f ON f.tenant_id = tenant AND f.event_id = d.event_id
        WHERE d.tenant_id = tenant;
    END LOOP;
END
$$;
DROP TABLE deliveries_before;

-- What each worker has done since it started, for /metrics.
ALTER TABLE heartbeats ADD COLUMN counts json NOT NULL DEFAULT '{}';
