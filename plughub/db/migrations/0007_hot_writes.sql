-- What every change of stock and every order pays for, made cheaper. What is refused stays refused.

-- PostgreSQL reads a table's CHECK again for each statement that writes to the table, a domain's once per session:
-- for a change of stock that was a tenth of its cost.
CREATE DOMAIN promised AS numeric CHECK (VALUE >= 0);
CREATE DOMAIN taken AS numeric CHECK (VALUE > 0);
CREATE DOMAIN supply AS text CHECK (VALUE IN ('own', 'supplier'));
CREATE DOMAIN reservation_state AS text CHECK (VALUE IN ('held', 'consumed', 'released'));
CREATE DOMAIN event_action AS text CHECK (VALUE IN ('created', 'updated', 'deleted'));

ALTER TABLE stock_levels
    DROP CONSTRAINT stock_levels_reserved_check,
    DROP CONSTRAINT stock_levels_supply_check,
    ALTER reserved TYPE promised,
    ALTER supply TYPE supply,
    -- What was on hand before, set by the statement that changes one level, for itself: a statement can tell what
    -- it wrote, and only from PostgreSQL 18 on also what it found.
    ADD previous numeric;
ALTER TABLE reservations
    DROP CONSTRAINT reservations_quantity_check,
    DROP CONSTRAINT reservations_state_check,
    ALTER quantity TYPE taken,
    ALTER state TYPE reservation_state;
ALTER TABLE events
    DROP CONSTRAINT events_action_check,
    ALTER action TYPE event_action;
