-- Orders of a connection and of a customer, what was told of one record, and customers that can be searched.

CREATE INDEX orders_by_connection ON orders (tenant_id, connection_id, id) WHERE connection_id IS NOT NULL;
CREATE INDEX orders_by_customer ON orders (tenant_id, customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX deliveries_by_record ON deliveries (tenant_id, record_id, id);

-- Row security holds for the owner, too, who here serves all tenants at once.
ALTER TABLE customers NO FORCE ROW LEVEL SECURITY;
INSERT INTO search_rows (tenant_id, kind, id, leaves, words, codes, groups)
SELECT tenant_id, 'customer', id, '{}',
    lower(regexp_replace(normalize(concat_ws(E'\n', nullif(name, ''), email, doc ->> 'company_name',
                                             doc -> 'address' ->> 'city'), NFKD), '[\u0300-\u036f]', '', 'g')),
    concat_ws(E'\n', number, nullif(regexp_replace(doc ->> 'person_tax_id', '\D', '', 'g'), ''),
              nullif(regexp_replace(doc ->> 'company_tax_id', '\D', '', 'g'), ''),
              nullif(regexp_replace(doc ->> 'phone', '\D', '', 'g'), '')),
    ''
FROM customers ON CONFLICT DO NOTHING;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
