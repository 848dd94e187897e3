-- What institutions report for a round (报量), how far its review is, and who reports for whom.

-- 医共体: a lead that reports demand for its members.
CREATE TABLE demand_leads (
    member uuid NOT NULL,
    lead uuid NOT NULL,
    joined_at timestamptz NOT NULL,
    left_at timestamptz,
    CONSTRAINT demand_leads_pkey PRIMARY KEY (member, joined_at),
    CONSTRAINT demand_leads_member_fkey FOREIGN KEY (member) REFERENCES organizations,
    CONSTRAINT demand_leads_lead_fkey FOREIGN KEY (lead) REFERENCES organizations,
    CONSTRAINT demand_leads_two CHECK (member <> lead),
    CONSTRAINT demand_leads_span CHECK (joined_at <= left_at)
);
CREATE INDEX demand_leads_lead ON demand_leads (lead, member);
-- An institution has one lead at a time.
CREATE UNIQUE INDEX demand_leads_member ON demand_leads (member) WHERE left_at IS NULL;
GRANT SELECT, INSERT, UPDATE (left_at) ON demand_leads TO jicai_app;

CREATE TABLE demand_forms (
    id uuid NOT NULL,
    round uuid NOT NULL,
    institution uuid NOT NULL,
    -- The smallest region that holds the institution; decides who reviews it and which region's demand it is.
    region text NOT NULL,
    -- That region and all that it is part of.
    within text[] NOT NULL GENERATED ALWAYS AS
        (ARRAY['000000', left(region, 2) || '0000', left(region, 4) || '00', region]) STORED,
    status text NOT NULL,
    -- The region whose reviewers it waits for.
    waits_in text,
    reason text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    status_since timestamptz NOT NULL,
    CONSTRAINT demand_forms_pkey PRIMARY KEY (id),
    CONSTRAINT demand_forms_institution_key UNIQUE (round, institution),
    CONSTRAINT demand_forms_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT demand_forms_institution_fkey FOREIGN KEY (institution) REFERENCES organizations,
    CONSTRAINT demand_forms_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT demand_forms_waits_in_fkey FOREIGN KEY (waits_in) REFERENCES regions,
    CONSTRAINT demand_forms_status CHECK (status IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'LOCKED')),
    CONSTRAINT demand_forms_waits_in CHECK ((waits_in IS NOT NULL) = (status = 'SUBMITTED')),
    CONSTRAINT demand_forms_reason CHECK ((reason IS NOT NULL) = (status = 'RETURNED')),
    CONSTRAINT demand_forms_version CHECK (version >= 1)
);
CREATE INDEX demand_forms_institution ON demand_forms (institution, id);
CREATE INDEX demand_forms_region ON demand_forms (region);
CREATE INDEX demand_forms_within ON demand_forms USING gin (within);
CREATE INDEX demand_forms_waiting ON demand_forms (waits_in, status_since, id) WHERE status = 'SUBMITTED';
CREATE INDEX demand_forms_waits_in ON demand_forms (waits_in);
GRANT SELECT, INSERT, UPDATE (region, status, waits_in, reason, version, status_since) ON demand_forms TO jicai_app;

CREATE TABLE demand_lines (
    form uuid NOT NULL,
    spec uuid NOT NULL,
    -- The brand's product; none is by generic name.
    product uuid,
    -- Smallest units.
    volume bigint NOT NULL,
    past_use bigint NOT NULL,
    reason text,
    -- The import that brought it in, for the log; none where it was typed.
    import uuid,
    CONSTRAINT demand_lines_key UNIQUE NULLS NOT DISTINCT (form, spec, product),
    CONSTRAINT demand_lines_form_fkey FOREIGN KEY (form) REFERENCES demand_forms,
    CONSTRAINT demand_lines_spec_fkey FOREIGN KEY (spec) REFERENCES round_specs,
    CONSTRAINT demand_lines_volume CHECK (volume BETWEEN 0 AND 1000000000000),
    CONSTRAINT demand_lines_past_use CHECK (past_use BETWEEN 0 AND 1000000000000)
);
CREATE INDEX demand_lines_spec ON demand_lines (spec);
GRANT SELECT, INSERT, UPDATE (volume, past_use, reason, import), DELETE ON demand_lines TO jicai_app;

-- Demand is brought in for a round.
ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND')),
    ADD COLUMN round uuid,
    ADD CONSTRAINT imports_round CHECK ((round IS NOT NULL) = (kind = 'DEMAND')),
    ADD CONSTRAINT imports_round_fkey FOREIGN KEY (round) REFERENCES rounds;
CREATE INDEX imports_round ON imports (round);
