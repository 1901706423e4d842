-- A call whose coming out was told again and again: each time is a round of its own, so that points of one round are taken back
-- without those of the next.

ALTER TABLE commission_call ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
