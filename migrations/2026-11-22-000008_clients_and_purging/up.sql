-- Programs of organizations. Their secrets are derived from the service's secret; only digests of them are kept: of the current
-- one, and of the one before it as long as it stays good.
CREATE TABLE clients (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    permissions text[] NOT NULL,
    status text NOT NULL,
    generation integer NOT NULL,
    secret_digest bytea NOT NULL,
    previous_digest bytea,
    previous_until timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT clients_pkey PRIMARY KEY (id),
    CONSTRAINT clients_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT clients_role CHECK (role IN ('MANUFACTURER', 'DISTRIBUTOR', 'HOSPITAL', 'PROCUREMENT_OFFICE', 'KEY_CUSTODIAN',
        'REVIEWER', 'INSURANCE_AGENCY', 'REGULATOR', 'AUDITOR', 'ADMIN')),
    CONSTRAINT clients_permissions CHECK (cardinality(permissions) >= 1),
    CONSTRAINT clients_status CHECK (status IN ('ACTIVE', 'DISABLED')),
    CONSTRAINT clients_generation CHECK (generation >= 1),
    CONSTRAINT clients_previous CHECK ((previous_digest IS NULL) = (previous_until IS NULL)),
    CONSTRAINT clients_version CHECK (version >= 1)
);
CREATE INDEX clients_organization ON clients (organization, id);
GRANT SELECT, INSERT, UPDATE (status, generation, secret_digest, previous_digest, previous_until, version) ON clients TO jicai_app;

-- An act is a user's or a client's, of an organization; or nobody's who is known.
ALTER TABLE audit_entries ADD COLUMN actor_client uuid;
ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_actor;
ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_actor
    CHECK (num_nonnulls(actor_user, actor_client) = num_nonnulls(actor_organization));

-- What has done its service is deleted in small parts, found by its age.
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX grants_expires ON grants (expires_at);
GRANT DELETE ON sessions TO jicai_app;
GRANT DELETE ON grants TO jicai_app;
