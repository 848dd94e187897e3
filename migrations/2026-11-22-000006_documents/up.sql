-- Stored files and the licences that they show. The bytes are in the object store, under the document's id.
CREATE TABLE documents (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    stored_by uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    stored_at timestamptz NOT NULL,
    CONSTRAINT documents_pkey PRIMARY KEY (id),
    CONSTRAINT documents_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT documents_stored_by_fkey FOREIGN KEY (stored_by) REFERENCES users,
    CONSTRAINT documents_kind CHECK (kind IN ('LICENCE')),
    CONSTRAINT documents_media_type CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg')),
    CONSTRAINT documents_size CHECK (size > 0),
    CONSTRAINT documents_sha256 CHECK (length(sha256) = 32)
);
CREATE INDEX documents_organization ON documents (organization, id);
CREATE INDEX documents_stored_by ON documents (stored_by);
GRANT SELECT, INSERT ON documents TO jicai_app;

CREATE TABLE licences (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    kind text NOT NULL,
    number text NOT NULL,
    valid_until date,
    document uuid NOT NULL,
    added_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT licences_pkey PRIMARY KEY (id),
    CONSTRAINT licences_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT licences_document_fkey FOREIGN KEY (document) REFERENCES documents,
    CONSTRAINT licences_kind CHECK (kind IN ('BUSINESS', 'DRUG_DISTRIBUTION', 'DRUG_MANUFACTURING', 'MARKETING_AUTHORIZATION',
        'MEDICAL_INSTITUTION')),
    CONSTRAINT licences_endless CHECK (valid_until IS NOT NULL OR kind IN ('BUSINESS', 'MEDICAL_INSTITUTION')),
    CONSTRAINT licences_removed CHECK (removed_at >= added_at)
);
CREATE INDEX licences_organization ON licences (organization, id);
CREATE INDEX licences_document ON licences (document);
GRANT SELECT, INSERT, UPDATE (removed_at) ON licences TO jicai_app;
