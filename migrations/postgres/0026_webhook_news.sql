-- Webhooks hear what their portal is told, beside what it does itself: until when notices and received obligations were looked
-- at. 0 for an endpoint from before, which hears from its next look on.
ALTER TABLE webhook ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX obligation_received ON obligation (tenant_id, issued_at);
