-- What clients report of their own systems. Each is an event of the log; these rows are how it is found again.

CREATE TABLE reports (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid,
    actor text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    occurred_at timestamptz NOT NULL,
    doc json NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX reports_by_time ON reports (tenant_id, occurred_at, id);
CREATE INDEX reports_by_severity ON reports (tenant_id, severity, occurred_at, id);
SELECT protect('reports', 'SELECT, INSERT');

-- The records that a report names. They need not be there: a client may know of them what the hub does not.
CREATE TABLE report_records (
    tenant_id uuid NOT NULL,
    record_id uuid NOT NULL,
    report_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, record_id, report_id),
    FOREIGN KEY (tenant_id, report_id) REFERENCES reports (tenant_id, id)
);
SELECT protect('report_records', 'SELECT, INSERT');
