"""SQL that notes what was called."""

#: $1 tenant, $2 figures of connections, $3 requests to keep. Connections are locked in the order of their ids.
COUNT = """
WITH kept AS (
    INSERT INTO requests (tenant_id, id, connection_id, method, path, query, subject, status, seconds, address, agent,
                          sent_type, sent, sent_size, answer_type, answer, answer_size)
    SELECT $1, r.id, r.connection, r.method, r.path, r.query, r.subject, r.status, r.seconds, r.address, r.agent,
           r.sent_type, r.sent, r.sent_size, r.answer_type, r.answer, r.answer_size
    FROM json_to_recordset($3) AS r (
        id uuid, connection uuid, method text, path text, query text, subject text, status integer, seconds real,
        address text, agent text, sent_type text, sent text, sent_size bigint, answer_type text, answer text,
        answer_size bigint)
    ON CONFLICT DO NOTHING
)
INSERT INTO connection_calls AS c (
    tenant_id, connection_id, calls, failures, day, calls_today, failures_today,
    last_at, last_method, last_path, last_status, failed_at, failed_method, failed_path, failed_status)
SELECT $1, r.connection, r.calls, r.failures, (r.last_at AT TIME ZONE t.time_zone)::date, r.calls, r.failures,
       r.last_at, r.last_method, r.last_path, r.last_status, r.failed_at, r.failed_method, r.failed_path,
       r.failed_status
FROM json_to_recordset($2) AS r (
    connection uuid, calls bigint, failures bigint, last_at timestamptz, last_method text, last_path text,
    last_status integer, failed_at timestamptz, failed_method text, failed_path text, failed_status integer)
JOIN tenants t ON t.id = $1
ORDER BY r.connection
ON CONFLICT (tenant_id, connection_id) DO UPDATE SET
    calls = c.calls + excluded.calls,
    failures = c.failures + excluded.failures,
    day = greatest(c.day, excluded.day),
    calls_today = CASE WHEN excluded.day > c.day THEN 0 ELSE c.calls_today END
        + CASE WHEN excluded.day < c.day THEN 0 ELSE excluded.calls END,
    failures_today = CASE WHEN excluded.day > c.day THEN 0 ELSE c.failures_today END
        + CASE WHEN excluded.day < c.day THEN 0 ELSE excluded.failures END,
    (last_at, last_method, last_path, last_status) = (
        SELECT CASE WHEN newer THEN excluded.last_at ELSE c.last_at END,
               CASE WHEN newer THEN excluded.last_method ELSE c.last_method END,
               CASE WHEN newer THEN excluded.last_path ELSE c.last_path END,
               CASE WHEN newer THEN excluded.last_status ELSE c.last_status END
        FROM (SELECT excluded.last_at >= c.last_at AS newer) x),
    (failed_at, failed_method, failed_path, failed_status) = (
        SELECT CASE WHEN newer THEN excluded.failed_at ELSE c.failed_at END,
               CASE WHEN newer THEN excluded.failed_method ELSE c.failed_method END,
               CASE WHEN newer THEN excluded.failed_path ELSE c.failed_path END,
               CASE WHEN newer THEN excluded.failed_status ELSE c.failed_status END
        FROM (SELECT coalesce(excluded.failed_at >= coalesce(c.failed_at, '-infinity'), false) AS newer) x)
"""
