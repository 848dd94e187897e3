-- Applications of manufacturers to rounds, with their products.
ALTER TABLE documents DROP CONSTRAINT documents_kind,
    ADD CONSTRAINT documents_kind CHECK (kind IN ('LICENCE', 'IMPORT', 'REJECTED_ROWS', 'ROUND', 'QUALIFICATION'));

CREATE TABLE qualifications (
    id uuid NOT NULL,
    round uuid NOT NULL,
    applicant uuid NOT NULL,
    status text NOT NULL,
    reason text,
    -- The firm that controls the applicant; with a reason where the office set it, else as the applicant declares.
    controller text,
    controller_code text,
    control_reason text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    status_since timestamptz NOT NULL,
    -- Since when the office has known of it.
    submitted_at timestamptz,
    CONSTRAINT qualifications_pkey PRIMARY KEY (id),
    CONSTRAINT qualifications_applicant_key UNIQUE (round, applicant),
    CONSTRAINT qualifications_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT qualifications_applicant_fkey FOREIGN KEY (applicant) REFERENCES organizations,
    CONSTRAINT qualifications_status CHECK (status IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'APPROVED', 'REJECTED')),
    CONSTRAINT qualifications_reason CHECK ((reason IS NOT NULL) = (status IN ('RETURNED', 'REJECTED'))),
    CONSTRAINT qualifications_controller CHECK (controller IS NOT NULL OR controller_code IS NULL),
    CONSTRAINT qualifications_submitted CHECK (status = 'DRAFT' OR submitted_at IS NOT NULL),
    CONSTRAINT qualifications_version CHECK (version >= 1)
);
CREATE INDEX qualifications_applicant ON qualifications (applicant, id);
CREATE INDEX qualifications_waiting ON qualifications (round, status_since, id) WHERE status = 'SUBMITTED';
GRANT SELECT, INSERT, UPDATE (status, reason, controller, controller_code, control_reason, version, status_since, submitted_at)
    ON qualifications TO jicai_app;

-- A product keeps its row when the applicant leaves it out: demand may name it.
CREATE TABLE round_products (
    id uuid NOT NULL,
    qualification uuid NOT NULL,
    spec uuid NOT NULL,
    position smallint NOT NULL,
    name text NOT NULL,
    approval_number text NOT NULL,
    maker text,
    evidence text NOT NULL,
    evaluated_on date,
    -- Smallest units a year.
    capacity bigint NOT NULL,
    -- What the rule set's extra columns ask, by column.
    fact_names text[] NOT NULL,
    fact_values text[] NOT NULL,
    status text NOT NULL,
    reason text,
    created_at timestamptz NOT NULL,
    CONSTRAINT round_products_pkey PRIMARY KEY (id),
    CONSTRAINT round_products_qualification_fkey FOREIGN KEY (qualification) REFERENCES qualifications,
    CONSTRAINT round_products_spec_fkey FOREIGN KEY (spec) REFERENCES round_specs,
    CONSTRAINT round_products_evidence CHECK (evidence IN ('PASSED_EVALUATION', 'REFERENCE', 'NOT_REQUIRED')),
    CONSTRAINT round_products_evaluated CHECK ((evaluated_on IS NOT NULL) = (evidence = 'PASSED_EVALUATION')),
    CONSTRAINT round_products_capacity CHECK (capacity >= 1),
    CONSTRAINT round_products_facts CHECK (cardinality(fact_names) = cardinality(fact_values)),
    CONSTRAINT round_products_status CHECK (status IN ('PENDING', 'APPROVED', 'RETURNED', 'REJECTED', 'WITHDRAWN')),
    CONSTRAINT round_products_reason CHECK ((reason IS NOT NULL) = (status IN ('RETURNED', 'REJECTED')))
);
CREATE INDEX round_products_qualification ON round_products (qualification, position);
CREATE INDEX round_products_spec ON round_products (spec);
GRANT SELECT, INSERT, UPDATE (position, name, approval_number, maker, evidence, evaluated_on, capacity, fact_names, fact_values, status, reason)
    ON round_products TO jicai_app;

-- The papers that show what is said of a product.
CREATE TABLE round_product_documents (
    product uuid NOT NULL,
    position smallint NOT NULL,
    document uuid NOT NULL,
    CONSTRAINT round_product_documents_pkey PRIMARY KEY (product, position),
    CONSTRAINT round_product_documents_product_fkey FOREIGN KEY (product) REFERENCES round_products,
    CONSTRAINT round_product_documents_document_fkey FOREIGN KEY (document) REFERENCES documents
);
CREATE INDEX round_product_documents_document ON round_product_documents (document);
GRANT SELECT, INSERT, DELETE ON round_product_documents TO jicai_app;
