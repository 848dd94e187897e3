-- Tables of rows that somebody brings in, their progress, and the rows that were not taken.
ALTER TABLE documents DROP CONSTRAINT documents_kind, DROP CONSTRAINT documents_media_type,
    ADD CONSTRAINT documents_kind CHECK (kind IN ('LICENCE', 'IMPORT', 'REJECTED_ROWS')),
    ADD CONSTRAINT documents_media_type CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg',
        'text/csv; charset=utf-8', 'text/csv; charset=gb18030', 'application/vnd.ms-excel',
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'));

CREATE TABLE imports (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    -- The login that began it, for the log; it may be forgotten before the import is.
    session uuid NOT NULL,
    kind text NOT NULL,
    document uuid NOT NULL,
    status text NOT NULL,
    fault text,
    fault_detail text,
    -- The header of the table, once it was read.
    header text[],
    rows_read bigint NOT NULL DEFAULT 0,
    rows_rejected bigint NOT NULL DEFAULT 0,
    rejected_rows uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT imports_pkey PRIMARY KEY (id),
    CONSTRAINT imports_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT imports_document_fkey FOREIGN KEY (document) REFERENCES documents,
    CONSTRAINT imports_rejected_rows_fkey FOREIGN KEY (rejected_rows) REFERENCES documents,
    CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS')),
    CONSTRAINT imports_status CHECK (status IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    CONSTRAINT imports_fault CHECK ((fault IS NOT NULL) = (status = 'FAILED')),
    CONSTRAINT imports_queued CHECK (status <> 'QUEUED' OR rows_read = 0),
    CONSTRAINT imports_rows CHECK (rows_rejected BETWEEN 0 AND rows_read),
    CONSTRAINT imports_rejected CHECK (rejected_rows IS NULL OR (status = 'DONE' AND rows_rejected > 0))
);
CREATE INDEX imports_organization ON imports (organization, id);
CREATE INDEX imports_document ON imports (document);
CREATE INDEX imports_rejected_rows ON imports (rejected_rows);
GRANT SELECT, INSERT, UPDATE (status, fault, fault_detail, header, rows_read, rows_rejected, rejected_rows) ON imports TO jicai_app;

-- Rows that were not taken, until they are a file.
CREATE TABLE import_rejects (
    import uuid NOT NULL,
    line bigint NOT NULL,
    fields text[] NOT NULL,
    code text NOT NULL,
    field text NOT NULL,
    expected text NOT NULL,
    CONSTRAINT import_rejects_pkey PRIMARY KEY (import, line),
    CONSTRAINT import_rejects_import_fkey FOREIGN KEY (import) REFERENCES imports
);
GRANT SELECT, INSERT, DELETE ON import_rejects TO jicai_app;
