-- Payments and what happened to them are shown in their order: a record of the registry may belong to another record.

ALTER TABLE registry ADD COLUMN owner_id uuid;

-- Row security holds for the owner, too, who here serves all tenants at once.
ALTER TABLE registry NO FORCE ROW LEVEL SECURITY;
UPDATE registry SET owner_id = (doc ->> 'order')::uuid
WHERE kind IN ('payment', 'payment_event') AND doc ->> 'order' IS NOT NULL;
ALTER TABLE registry FORCE ROW LEVEL SECURITY;

CREATE INDEX registry_by_owner ON registry (tenant_id, owner_id, kind, id) WHERE owner_id IS NOT NULL;

-- Digits after the point that an amount is shown with at least, where whoever told it said so.
ALTER TABLE prices ADD COLUMN digits smallint;
