-- A desk full of other people's news: :items fingerprints with their buckets, filled without the key, which is put back as it was.
\set QUIET on
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SELECT id AS desk FROM tenant WHERE slug = 'wuhan-hubei' \gset
ALTER TABLE fingerprint_band DROP CONSTRAINT fingerprint_band_pkey;
-- A text of sixty-four words and numbers; which they are is no matter, only that they are compared.
INSERT INTO fingerprint (tenant_id, submission_id, thread_id, rule, submitted_at, sketch, buckets)
SELECT :'desk', item.id, item.id, '2026-11-24', 0, noise.sketch, ''
FROM (SELECT n, md5('item' || n)::uuid AS id FROM generate_series(1, :items) n) item
JOIN (SELECT k, string_agg(decode(md5(k || '-' || w), 'hex'), '' ORDER BY w) AS sketch
      FROM generate_series(0, 999) k, generate_series(1, 16) w GROUP BY k) noise ON noise.k = item.n % 1000;
INSERT INTO fingerprint_band (tenant_id, bucket, submission_id)
SELECT :'desk', hashint8extended(n * 64 + b, 7), item.id
FROM (SELECT n, md5('item' || n)::uuid AS id FROM generate_series(1, :items) n) item, generate_series(1, :bands) b;
ALTER TABLE fingerprint_band ADD PRIMARY KEY (tenant_id, bucket, submission_id);
VACUUM ANALYZE fingerprint;
VACUUM ANALYZE fingerprint_band;
