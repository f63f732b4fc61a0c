-- Who holds stock of a variant: asked by people who look at a product. Only what is held stays in it.
CREATE INDEX reservations_held ON reservations (tenant_id, variant_id) WHERE state = 'held';
