"""SQL that plans, claims and settles deliveries.

Each statement is planned once for a connection, perhaps on tables that hold nothing yet or have not been counted, and
has to be good all the same when a hundred thousand deliveries wait: `tests/delivery/test_backlog.py`.
"""

#: Before anything else of an endpoint is changed: its subscription, several of its deliveries, its time. So those who
#: change wait for each other here, in the order of ids, and never in a circle.
LOCK_ENDPOINTS = """
SELECT FROM due_endpoints WHERE tenant_id = $1 AND subscription_id = ANY ($2::uuid[])
ORDER BY subscription_id FOR UPDATE
"""

#: An update that waits unsent takes in the next one of its record; everything else is a delivery of its own.
PLAN = """
WITH w AS MATERIALIZED (
    SELECT * FROM json_to_recordset($2) AS w (
        id uuid, subscription uuid, event uuid, position bigint, kind text, record uuid, subject text, action text,
        aspects text[], merges boolean)
),
merged AS (
    UPDATE deliveries d SET event_id = w.event,
        aspects = ARRAY(SELECT DISTINCT a FROM unnest(d.aspects || w.aspects) AS a ORDER BY a)
    FROM w CROSS JOIN LATERAL (
        SELECT e.id FROM deliveries e
        WHERE e.tenant_id = $1 AND e.subscription_id = w.subscription AND e.state = 'due' AND e.record_id = w.record
          AND e.kind = w.kind AND e.subject IS NOT DISTINCT FROM w.subject AND e.action = 'updated'
          AND e.claim_id IS NULL
        ORDER BY e.position DESC LIMIT 1) last
    WHERE w.merges AND d.tenant_id = $1 AND d.id = last.id
      -- Asked again of the row as it is when it is ours: a worker may have taken it meanwhile, and nobody else could.
      AND d.claim_id IS NULL
    RETURNING w.id
)
INSERT INTO deliveries (tenant_id, id, subscription_id, event_id, position, kind, record_id, subject, action, aspects,
                        state, attempt_count, next_attempt_at)
SELECT $1, w.id, w.subscription, w.event, w.position, w.kind, w.record, w.subject, w.action, w.aspects, 'due', 0, $3
FROM w JOIN subscriptions s ON s.tenant_id = $1 AND s.id = w.subscription AND s.is_active
WHERE w.id NOT IN (SELECT id FROM merged)
"""

WAKE = """
UPDATE due_endpoints d SET due_at = greatest(least(d.due_at, $3), d.held_until)
FROM subscriptions s
WHERE d.tenant_id = $1 AND d.subscription_id = ANY ($2::uuid[]) AND s.tenant_id = $1 AND s.id = d.subscription_id
  AND s.is_active AND s.paused_at IS NULL
"""

#: An earlier one of the same record goes first. Asked like this because a plan that was made while the table was empty
#: is a good one too, when all that waits for a receiver is many: the order leads it to the index by record.
_FIRST = """d.id = (
          SELECT e.id FROM deliveries e
          WHERE e.tenant_id = $1 AND e.subscription_id = $2 AND e.state = 'due' AND e.record_id = d.record_id
          ORDER BY e.position, e.id LIMIT 1)"""

_CLAIM = """
WITH c AS MATERIALIZED (
    SELECT d.id, d.claim_id AS lost FROM deliveries d
    WHERE d.tenant_id = $1 AND d.subscription_id = $2 AND d.state = 'due' AND d.next_attempt_at <= $3
      AND {first}
    ORDER BY {order} LIMIT $4 FOR UPDATE OF d SKIP LOCKED
)
UPDATE deliveries d SET attempt_count = d.attempt_count + 1, claim_id = $5, next_attempt_at = $6
FROM c WHERE d.tenant_id = $1 AND d.id = c.id
RETURNING d.*, c.lost
"""
CLAIM = _CLAIM.format(first=_FIRST, order="d.next_attempt_at, d.position")
#: The least tried first: a record that a receiver can never take must not stand for all the others.
CLAIM_PROBE = _CLAIM.format(first=_FIRST, order="d.attempt_count, d.next_attempt_at")

INTERRUPTED = """
INSERT INTO attempts (tenant_id, id, delivery_id, number, began_at, outcome, reason)
SELECT $1, x.id, x.delivery, x.number, $5, 'interrupted', 'the worker ended before the answer came'
FROM unnest($2::uuid[], $3::uuid[], $4::integer[]) AS x (id, delivery, number)
"""

#: Attempts are kept whatever became of the claim: they happened. What is claimed is due; to ask for that as well would
#: offer the planner the index of all that is due, which it takes for small until it has counted.
SETTLE = """
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset($2) AS r (
        delivery uuid, claim uuid, state text, next timestamptz, attempt uuid, number integer, began timestamptz,
        seconds real, status integer, outcome text, reason text, answer text)
),
a AS (
    INSERT INTO attempts (tenant_id, id, delivery_id, number, began_at, seconds, status, outcome, reason, answer)
    SELECT $1, r.attempt, r.delivery, r.number, r.began, r.seconds, r.status, r.outcome, r.reason,
           decode(r.answer, 'base64') FROM r
    ON CONFLICT DO NOTHING
)
UPDATE deliveries d SET state = r.state, next_attempt_at = r.next, claim_id = NULL,
    ended_at = CASE WHEN r.state <> 'due' THEN r.next END, reason = r.reason
FROM r WHERE d.tenant_id = $1 AND d.id = r.delivery AND d.claim_id = r.claim
"""

HEALTH = """
UPDATE subscriptions SET failures = $3, failing_since = $4, attempted_at = $5, delivered_at = $6, warned_hours = $7,
    -- An operator may have paused it meanwhile.
    paused_at = coalesce(paused_at, $8), pause_reason = coalesce(pause_reason, $9)
WHERE tenant_id = $1 AND id = $2
"""

#: When an endpoint has to be looked at again. `LOCK_ENDPOINTS` came before, so nothing planned meanwhile is missed.
REST = f"""
WITH head AS (
    SELECT d.next_attempt_at AS at FROM deliveries d
    WHERE d.tenant_id = $1 AND d.subscription_id = $2 AND d.state = 'due'
      -- What waits behind an earlier one of its record is due when that one has ended, and not before.
      AND {_FIRST}
    ORDER BY d.next_attempt_at LIMIT 1
)
UPDATE due_endpoints x SET held_until = $3::timestamptz, is_failing = s.failures > 0,
    due_at = CASE WHEN s.is_active AND s.paused_at IS NULL THEN (SELECT greatest(head.at, $3) FROM head) END
FROM subscriptions s
WHERE x.tenant_id = $1 AND x.subscription_id = $2 AND s.tenant_id = $1 AND s.id = $2
RETURNING x.due_at
"""

OPEN_ENDPOINT = "INSERT INTO due_endpoints (tenant_id, subscription_id) VALUES ($1, $2)"

CANCEL = """
UPDATE deliveries SET state = 'cancelled', claim_id = NULL, ended_at = $3
WHERE tenant_id = $1 AND subscription_id = ANY ($2::uuid[]) AND state = 'due'
"""

ENDPOINTS_OF = "SELECT DISTINCT subscription_id AS id FROM deliveries WHERE tenant_id = $1 AND id = ANY ($2::uuid[])"

#: From the beginning of the calendar.
AGAIN = """
UPDATE deliveries d SET state = 'due', attempt_count = 0, next_attempt_at = $2, claim_id = NULL, ended_at = NULL,
    reason = NULL
FROM subscriptions s
WHERE d.tenant_id = $1 AND s.tenant_id = $1 AND s.id = d.subscription_id AND s.is_active
  AND d.id = ANY ($3::uuid[]) AND d.claim_id IS NULL
RETURNING d.id, d.subscription_id
"""
