-- How many of a product's versions changed nothing but numbers of its stock. Two versions that differ in these only are
-- alike in everything else: what was shown of one is right for the other but for those numbers and the moment.
ALTER TABLE products ADD COLUMN restocks bigint NOT NULL DEFAULT 0;
