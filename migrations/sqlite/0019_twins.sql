-- What is crawled is compared with everything that the portal has, not only with what it crawled; texts that are taken bring
-- their files; and a repost that is only an attachment is found by what its link says.

-- Prints of the portal's own drafts and documents and of its mirrors. Nothing but a copy: it can be made again at any time.
CREATE TABLE crawl_known (
    tenant_id   BLOB NOT NULL REFERENCES tenant (id),
    edition_id  BLOB NOT NULL,
    version     INTEGER NOT NULL,
    document_id BLOB NOT NULL,
    mode        TEXT NOT NULL CHECK (mode IN ('own', 'mirror')),
    title       TEXT NOT NULL,
    url_key     TEXT NOT NULL,
    text_hash   TEXT NOT NULL,
    sketch      TEXT NOT NULL,
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, edition_id)
) WITHOUT ROWID;
CREATE INDEX edition_text ON edition (tenant_id, text_hash) WHERE text_hash <> '';

-- The document that a duplicate is the same as.
ALTER TABLE crawl_item ADD COLUMN twin_id BLOB;
-- JSON: hashes of the files that came from the source, so that a newer text replaces those and leaves a person's alone.
ALTER TABLE crawl_item ADD COLUMN file_hashes TEXT NOT NULL DEFAULT '';

-- What the links to files on an article page say, one a line: words, then a tab, then the name of the file.
ALTER TABLE outside_page ADD COLUMN files TEXT NOT NULL DEFAULT '';
