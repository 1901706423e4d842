-- Near-duplicates at the receiver's desk. A fingerprint belongs to the receiver of a submission, and stands here only as long as
-- the submission is one that is compared.
CREATE TABLE fingerprint (
    tenant_id     UUID NOT NULL REFERENCES tenant (id),
    submission_id UUID NOT NULL,
    thread_id     UUID NOT NULL,
    -- The cluster, named by the first of its submissions; none for what is like nothing else.
    cluster_id    UUID,
    rule          TEXT NOT NULL,
    submitted_at  BIGINT NOT NULL,
    -- Hashes of its words and numbers, ascending; little-endian, four bytes each.
    sketch        BYTEA NOT NULL,
    -- Its buckets, little-endian, eight bytes each: how its bands are found again.
    buckets       BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, submission_id)
);
CREATE INDEX fingerprint_cluster ON fingerprint (tenant_id, cluster_id) WHERE cluster_id IS NOT NULL;

-- Whatever shares a bucket may be alike: the key answers the whole question.
CREATE TABLE fingerprint_band (
    tenant_id     UUID NOT NULL,
    bucket        BIGINT NOT NULL,
    submission_id UUID NOT NULL,
    PRIMARY KEY (tenant_id, bucket, submission_id)
);

-- Arrivals at one desk go one after the other: two that come at once would not see each other.
CREATE TABLE likeness_head (
    tenant_id UUID PRIMARY KEY,
    moves     BIGINT NOT NULL
);

CALL put_wall('fingerprint');
CALL put_wall('fingerprint_band');
CALL put_wall('likeness_head');
