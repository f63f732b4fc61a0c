-- A price list is a record of its own, with names, ids of connections and a history. The row stays what prices refer
-- to; everybody reads the record from the registry, where it has the row's id.

-- Row security holds for the owner, too, who here serves all tenants at once.
ALTER TABLE price_lists NO FORCE ROW LEVEL SECURITY;
ALTER TABLE registry NO FORCE ROW LEVEL SECURITY;

INSERT INTO registry (tenant_id, kind, id, company_id, number, key, version, created_at, created_by, changed_at,
                      changed_by, doc)
SELECT l.tenant_id, 'price_list', l.id, l.tenant_id,
       row_number() OVER (PARTITION BY l.tenant_id ORDER BY l.id), l.code, 1,
       t.created_at, 'system', t.created_at, 'system',
       json_build_object('code', l.code, 'names', json_build_object(t.language, l.name), 'currency', l.currency)
FROM price_lists l JOIN tenants t ON t.id = l.tenant_id
ON CONFLICT DO NOTHING;

ALTER TABLE price_lists FORCE ROW LEVEL SECURITY;
ALTER TABLE registry FORCE ROW LEVEL SECURITY;

-- A list is deleted only when nothing is priced in it.
CREATE INDEX prices_by_list ON prices (tenant_id, list_id);
