DROP TABLE import_rejects;
DROP TABLE imports;
DELETE FROM documents WHERE kind <> 'LICENCE';
ALTER TABLE documents DROP CONSTRAINT documents_kind, DROP CONSTRAINT documents_media_type,
    ADD CONSTRAINT documents_kind CHECK (kind IN ('LICENCE')),
    ADD CONSTRAINT documents_media_type CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg'));
