-- Near-duplicates at the receiver's desk. A fingerprint belongs to the receiver of a submission, and stands here only as long as
-- the submission is one that is compared.
CREATE TABLE fingerprint (
    tenant_id     BLOB NOT NULL REFERENCES tenant (id),
    submission_id BLOB NOT NULL,
    thread_id     BLOB NOT NULL,
    -- The cluster, named by the first of its submissions; none for what is like nothing else.
    cluster_id    BLOB,
    rule          TEXT NOT NULL,
    submitted_at  INTEGER NOT NULL,
    -- Hashes of its words and numbers, ascending; little-endian, four bytes each.
    sketch        BLOB NOT NULL,
    -- Its buckets, little-endian, eight bytes each: how its bands are found again.
    buckets       BLOB NOT NULL,
    PRIMARY KEY (tenant_id, submission_id)
);
CREATE INDEX fingerprint_cluster ON fingerprint (tenant_id, cluster_id) WHERE cluster_id IS NOT NULL;

-- Whatever shares a bucket may be alike: the key answers the whole question.
CREATE TABLE fingerprint_band (
    tenant_id     BLOB NOT NULL,
    bucket        INTEGER NOT NULL,
    submission_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, bucket, submission_id)
) WITHOUT ROWID;

-- Arrivals at one desk go one after the other: two that come at once would not see each other.
CREATE TABLE likeness_head (
    tenant_id BLOB PRIMARY KEY,
    moves     INTEGER NOT NULL
) WITHOUT ROWID;
