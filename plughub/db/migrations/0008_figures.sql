-- What GET /metrics tells of the whole hub. The hub's role sees one tenant at a time, so the owner counts for it:
-- numbers and times come out, nothing that tells whose they are.

-- The owner is under row security like everybody (see protect), so the tenants are counted one by one. The setting
-- lasts to the end of the transaction, and then the session has its own again. (A SET clause of the function, which
-- would put it back at once, takes a superuser to write.)
CREATE FUNCTION figures(at timestamptz) RETURNS TABLE (
    deliveries_waiting bigint,
    deliveries_dead bigint,
    endpoints bigint,
    endpoints_failing bigint,
    endpoints_paused bigint,
    endpoints_due bigint,
    endpoint_due_since timestamptz,
    events_waiting bigint,
    event_waiting_since timestamptz,
    jobs_queued bigint,
    jobs_running bigint,
    job_queued_since timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    tenant uuid;
    waiting bigint;
    dead bigint;
    active bigint;
    failing bigint;
    paused bigint;
BEGIN
    deliveries_waiting := 0;
    deliveries_dead := 0;
    endpoints := 0;
    endpoints_failing := 0;
    endpoints_paused := 0;
    -- Who never had an endpoint has no deliveries.
    FOR tenant IN SELECT DISTINCT d.tenant_id FROM public.due_endpoints d LOOP
        PERFORM set_config('hub.tenant_id', tenant::text, true);
        -- Two questions: each has an index of its own.
        SELECT count(*) INTO waiting FROM public.deliveries d WHERE d.tenant_id = tenant AND d.state = 'due';
        SELECT count(*) INTO dead FROM public.deliveries d WHERE d.tenant_id = tenant AND d.state = 'dead';
        SELECT count(*), count(*) FILTER (WHERE s.paused_at IS NULL AND s.failures > 0),
               count(*) FILTER (WHERE s.paused_at IS NOT NULL)
        INTO active, failing, paused
        FROM public.subscriptions s WHERE s.tenant_id = tenant AND s.is_active;
        deliveries_waiting := deliveries_waiting + waiting;
        deliveries_dead := deliveries_dead + dead;
        endpoints := endpoints + active;
        endpoints_failing := endpoints_failing + failing;
        endpoints_paused := endpoints_paused + paused;
    END LOOP;
    -- Should a transaction go on after this, it sees no tenant's rows rather than those of the last one.
    PERFORM set_config('hub.tenant_id', '', true);
    SELECT count(*), min(d.due_at) INTO endpoints_due, endpoint_due_since
    FROM public.due_endpoints d WHERE d.due_at <= at;
    SELECT count(*), min(o.written_at) INTO events_waiting, event_waiting_since FROM public.event_outbox o;
    -- The job engine's tables are made after the migrations.
    IF to_regclass('jobs.pgqueuer') IS NOT NULL THEN
        SELECT count(*) FILTER (WHERE q.status = 'queued'), count(*) FILTER (WHERE q.status = 'picked'),
               min(q.created) FILTER (WHERE q.status = 'queued')
        INTO jobs_queued, jobs_running, job_queued_since
        FROM jobs.pgqueuer q WHERE q.status IN ('queued', 'picked');
    END IF;
    RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION figures(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION figures(timestamptz) TO plughub_app;
