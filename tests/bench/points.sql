-- Items of 100 portals: each is sent, adopted, reported up or adopted above, and some have a leader's note.
WITH scorer AS (SELECT id FROM tenant WHERE slug = 'hubei'),
unit AS (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS place FROM tenant
         WHERE slug NOT IN ('hubei', 'www') AND level IN ('city', 'county') ORDER BY slug LIMIT 100)
INSERT INTO point_event (tenant_id, id, writer_id, beneficiary_id, occasion, level_up, central, channel, item_id, submission_id,
                         thread_id, document_id, title, note, adjust, at, by_whom)
SELECT scorer.id, gen_random_uuid(), scorer.id, unit.id,
       (ARRAY['submitted', 'adopted', 'reported_up', 'adopted', 'instruction'])[n % 5 + 1], (n % 5 >= 2 AND n % 5 < 4)::int,
       (n % 50 = 3)::int, CASE n % 5 WHEN 4 THEN '市主要领导' WHEN 1 THEN (ARRAY['', '要情', '专报'])[n / 5 % 3 + 1] ELSE '' END,
       md5('item' || n / 5)::uuid, md5('sent' || n / 5)::uuid, md5('sent' || n / 5)::uuid, md5('item' || n / 5)::uuid,
       '信息' || n, '', 0, 1767196800000000 + n::bigint * (31536000000000 / :events), 'bench'
FROM generate_series(0, :events - 1) AS n, scorer, unit
WHERE unit.place = n / 5 % 100;
ANALYZE point_event;
