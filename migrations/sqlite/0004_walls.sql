-- SQLite has no row-level security: the first wall (the transaction type) is the only one there. Evidence still only grows.
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
-- The head of a chain is never taken away, and only moves on to the next entry.
CREATE TRIGGER evidence_head_no_delete BEFORE DELETE ON evidence_head BEGIN SELECT RAISE(ABORT, 'a chain keeps its head'); END;
CREATE TRIGGER evidence_head_moves_on BEFORE UPDATE ON evidence_head
    WHEN NEW.seq <> OLD.seq + 1 OR NEW.tenant_id <> OLD.tenant_id BEGIN SELECT RAISE(ABORT, 'a chain only grows'); END;
