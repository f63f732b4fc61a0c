-- Roles, row security, tenants, logins, numbers, events and the feed.
-- Run by the owner. The hub itself works as plughub_app, which owns nothing and cannot bypass row security.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'plughub_app') THEN
        CREATE ROLE plughub_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    -- Whoever creates a role may administer it; to become it takes a grant of its own.
    IF NOT pg_has_role(current_user, 'plughub_app', 'USAGE') THEN
        EXECUTE format('GRANT plughub_app TO %I', current_user);
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO plughub_app;
GRANT SELECT ON schema_versions TO plughub_app;

-- Every table of tenants' data passes through here: rows of other tenants do not exist for the hub's role,
-- and a session that names no tenant gets an error, not an empty answer.
CREATE FUNCTION protect(name regclass, rights text DEFAULT 'SELECT, INSERT, UPDATE, DELETE') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY own_tenant ON %s USING (tenant_id = current_setting(''hub.tenant_id'')::uuid)'
        ' WITH CHECK (tenant_id = current_setting(''hub.tenant_id'')::uuid)', name);
    EXECUTE format('GRANT %s ON %s TO plughub_app', rights, name);
END
$$;

-- Tenants and what is needed to find out which tenant a caller belongs to. No row security: at login the
-- tenant is not known yet. No table here holds a tenant's records.

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    -- The account number that vendors with small integers show.
    number integer NOT NULL UNIQUE,
    language text NOT NULL,
    currency text NOT NULL,
    country text NOT NULL,
    time_zone text NOT NULL,
    profile json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    -- Lower case; what the person types to sign in.
    login text NOT NULL UNIQUE,
    name text NOT NULL,
    password_hash text NOT NULL,
    -- A one-time password opens the door once, to choose another.
    must_change_password boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at timestamptz
);

CREATE TABLE memberships (
    user_id uuid NOT NULL REFERENCES users,
    tenant_id uuid NOT NULL REFERENCES tenants,
    role text NOT NULL CHECK (role IN ('owner', 'merchant', 'integrator', 'operator', 'reader')),
    PRIMARY KEY (user_id, tenant_id)
);

-- A client program: one id and secret. It may serve several tenants, each through a connection of its own.
CREATE TABLE applications (
    id uuid PRIMARY KEY,
    dialect text NOT NULL,
    client_id text NOT NULL,
    secret_hash bytea NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (dialect, client_id)
);

-- The name and secret with which an application opens one tenant (a vendor's "API user").
CREATE TABLE api_users (
    application_id uuid NOT NULL REFERENCES applications,
    username text NOT NULL,
    secret_hash bytea NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants,
    connection_id uuid NOT NULL,
    PRIMARY KEY (application_id, username)
);

-- Access tokens, refresh tokens and codes, as keyed hashes only.
CREATE TABLE tokens (
    hash bytea PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('access', 'refresh', 'code')),
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    application_id uuid NOT NULL,
    -- All tokens that come from one login.
    family uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);
CREATE INDEX tokens_by_family ON tokens (family);
CREATE INDEX tokens_by_connection ON tokens (tenant_id, connection_id);

-- Wrong credentials, so that guessing can be slowed down in every process alike. `who` is a keyed hash of the
-- client, the user and the address.
CREATE TABLE login_failures (
    who bytea NOT NULL,
    failed_at timestamptz NOT NULL
);
CREATE INDEX login_failures_by_who ON login_failures (who, failed_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, users, memberships, applications, api_users, tokens, login_failures
    TO plughub_app;

-- One configured client or remote system of one tenant.
CREATE TABLE connections (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    dialect text NOT NULL,
    name text NOT NULL,
    application_id uuid NOT NULL REFERENCES applications,
    state text NOT NULL CHECK (state IN ('active', 'paused', 'revoked')),
    settings json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, dialect, name)
);
SELECT protect('connections');

-- Small integers for vendors that show them, handed out in blocks; gaps are allowed.
CREATE TABLE number_blocks (
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    next bigint NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);
SELECT protect('number_blocks');

-- What one connection keeps about a record: its own id for it, and whether it has taken it.
CREATE TABLE remote_records (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    kind text NOT NULL,
    record_id uuid NOT NULL,
    remote_id text,
    -- Some vendors promise that one remote id names one record, others let two records share it.
    exclusive boolean NOT NULL DEFAULT false,
    acknowledged_at timestamptz,
    PRIMARY KEY (tenant_id, connection_id, kind, record_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections
);
CREATE UNIQUE INDEX remote_records_exclusive
    ON remote_records (tenant_id, connection_id, kind, remote_id) WHERE exclusive;
CREATE INDEX remote_records_by_remote_id ON remote_records (tenant_id, connection_id, kind, remote_id);
CREATE INDEX remote_records_by_record ON remote_records (tenant_id, kind, record_id);
SELECT protect('remote_records');

-- Events: who changed which field of which record from what to what. Never updated. Partitioned by time
-- (the id begins with it), so that old ones are dropped by partition.
CREATE TABLE events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    -- product, order, customer, connection ...
    kind text NOT NULL,
    record_id uuid NOT NULL,
    -- The record's version after the change.
    version bigint NOT NULL,
    action text NOT NULL CHECK (action IN ('created', 'updated', 'deleted')),
    connection_id uuid,
    actor text NOT NULL,
    -- [[field, before, after], ...]; a created record as one entry with the empty field name.
    changes json NOT NULL,
    -- What a subscriber may ask for: status, stock, price, content.
    aspects text[] NOT NULL,
    -- The caller asked to tell nobody; history keeps it all the same.
    silent boolean NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX events_by_record ON events (tenant_id, kind, record_id, id);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
SELECT protect('events', 'SELECT, INSERT');

-- Events that have no place in the feed yet: ids only, outside row security, so that the relay finds tenants
-- with work without seeing what the work is.
CREATE TABLE event_outbox (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    -- Under the lock of the record that the event tells of, so events of one record keep their order.
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, written_at, event_id)
);
GRANT SELECT, INSERT, DELETE ON event_outbox TO plughub_app;

-- The order in which a tenant's events are told: without gaps, given by the relay after commit.
CREATE TABLE feeds (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    position bigint NOT NULL DEFAULT 0
);
SELECT protect('feeds');

CREATE TABLE feed_entries (
    tenant_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, position),
    UNIQUE (tenant_id, event_id)
);
SELECT protect('feed_entries', 'SELECT, INSERT, DELETE');

CREATE TABLE subscriptions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    url text NOT NULL,
    -- Kinds of record that are wanted; empty: all that the dialect tells of.
    kinds text[] NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections
);
SELECT protect('subscriptions');

CREATE TABLE deliveries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    record_id uuid NOT NULL,
    action text NOT NULL,
    -- Aspects of all events that this one delivery stands for.
    aspects text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('due', 'delivered', 'dead')),
    attempt_count integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, event_id, subscription_id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions
);
CREATE INDEX deliveries_due ON deliveries (tenant_id, next_attempt_at) WHERE state = 'due';
SELECT protect('deliveries');

-- Everything that began before this moment has ended: lists that are polled stop here, so that a later record
-- is never shown while an earlier one is still on its way. Must be asked in a statement before the list's own.
-- Our sessions carry their tenant in the application name; the hub's role may not see other roles' sessions.
CREATE FUNCTION settled_before(tenant uuid) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    settled timestamptz;
    hidden bigint;
BEGIN
    -- Inside a transaction PostgreSQL would go on showing the sessions as they were when first asked.
    PERFORM pg_stat_clear_snapshot();
    -- Without a running one: the moment before the sessions are looked at, since one may begin while we look.
    SELECT coalesce(min(xact_start), statement_timestamp()), count(*) FILTER (WHERE state IS NULL OR state = 'disabled')
    INTO settled, hidden
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'plughub ' || tenant;
    IF hidden > 0 THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('%s cannot see the transactions of the hub', current_user),
            HINT = format('GRANT pg_read_all_stats TO %I, and leave track_activities on.', current_user);
    END IF;
    RETURN settled;
END
$$;

-- Who is at work, for GET /ready.
CREATE TABLE heartbeats (
    process text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON heartbeats TO plughub_app;
