-- A year of points is made again in the order of its key, beside each other and not all over an index; what a version changes
-- is written over what was there, on the same page. The month is the event's own, so that an event is still found by it.
ALTER TABLE point DROP CONSTRAINT point_pkey;
DROP INDEX point_month;
ALTER TABLE point ADD PRIMARY KEY (tenant_id, month, beneficiary_id, event_id);
ALTER TABLE point SET (fillfactor = 60);
