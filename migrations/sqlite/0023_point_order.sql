-- A year of points is made again in the order of its key, beside each other and not all over an index. The month is the event's
-- own, so that an event is still found by it.
CREATE TABLE point_in_order (
    tenant_id      BLOB NOT NULL,
    event_id       BLOB NOT NULL,
    beneficiary_id BLOB NOT NULL,
    month          INTEGER NOT NULL,
    occasion       TEXT NOT NULL,
    points         INTEGER NOT NULL,
    worth          INTEGER NOT NULL,
    rule_version   INTEGER NOT NULL,
    rule_row       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, month, beneficiary_id, event_id)
) WITHOUT ROWID;
INSERT INTO point_in_order
SELECT tenant_id, event_id, beneficiary_id, month, occasion, points, worth, rule_version, rule_row FROM point;
DROP TABLE point;
ALTER TABLE point_in_order RENAME TO point;
