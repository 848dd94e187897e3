-- Contracts (购销合同): a main contract of a product in a region for an agreement year, its division over institutions, keys and seals.
CREATE TABLE contracts (
    id uuid NOT NULL,
    result uuid NOT NULL,
    product uuid NOT NULL,
    region text NOT NULL,
    year smallint NOT NULL,
    starts_on date NOT NULL,
    until date NOT NULL,
    holder uuid NOT NULL,
    distributor uuid,
    volume bigint NOT NULL,
    -- What of the volume follows the brand.
    brand_volume bigint NOT NULL,
    -- A price below the selected one, that the holder offers.
    lowered_price numeric,
    status text NOT NULL,
    reason text,
    -- None before it is divided.
    institutions bigint,
    seals_missing bigint NOT NULL,
    -- SHA-256 over a line for each sub-contract.
    parts_sha256 bytea,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    status_since timestamptz NOT NULL,
    CONSTRAINT contracts_pkey PRIMARY KEY (id),
    CONSTRAINT contracts_year_key UNIQUE (product, region, year),
    CONSTRAINT contracts_result_fkey FOREIGN KEY (result) REFERENCES official_results,
    CONSTRAINT contracts_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT contracts_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT contracts_holder_fkey FOREIGN KEY (holder) REFERENCES organizations,
    CONSTRAINT contracts_distributor_fkey FOREIGN KEY (distributor) REFERENCES organizations,
    CONSTRAINT contracts_year CHECK (year >= 1 AND starts_on <= until),
    CONSTRAINT contracts_volume CHECK (volume >= 1 AND brand_volume BETWEEN 0 AND volume),
    CONSTRAINT contracts_lowered_price CHECK (lowered_price > 0),
    CONSTRAINT contracts_status CHECK (status IN ('DRAFT', 'SEALING', 'SEALED', 'IN_FORCE', 'CLOSED', 'TERMINATED')),
    CONSTRAINT contracts_reason CHECK ((reason IS NOT NULL) = (status = 'TERMINATED')),
    CONSTRAINT contracts_divided CHECK ((institutions IS NULL) = (parts_sha256 IS NULL)
        AND (institutions IS NOT NULL OR status IN ('DRAFT', 'TERMINATED'))),
    CONSTRAINT contracts_seals CHECK (seals_missing >= 0 AND (status NOT IN ('SEALED', 'IN_FORCE', 'CLOSED') OR seals_missing = 0)),
    CONSTRAINT contracts_version CHECK (version >= 1)
);
CREATE INDEX contracts_result ON contracts (result, id);
CREATE INDEX contracts_region ON contracts (region);
CREATE INDEX contracts_holder ON contracts (holder, id);
CREATE INDEX contracts_distributor ON contracts (distributor, id);
GRANT SELECT, INSERT, UPDATE (distributor, lowered_price, status, reason, institutions, seals_missing, parts_sha256, version, status_since)
    ON contracts TO jicai_app;

CREATE TABLE sub_contracts (
    id uuid NOT NULL,
    contract uuid NOT NULL,
    institution uuid NOT NULL,
    -- Units of the lot's representative.
    volume bigint NOT NULL,
    CONSTRAINT sub_contracts_pkey PRIMARY KEY (id),
    CONSTRAINT sub_contracts_institution_key UNIQUE (contract, institution),
    CONSTRAINT sub_contracts_contract_fkey FOREIGN KEY (contract) REFERENCES contracts,
    CONSTRAINT sub_contracts_institution_fkey FOREIGN KEY (institution) REFERENCES organizations,
    CONSTRAINT sub_contracts_volume CHECK (volume >= 1)
);
CREATE INDEX sub_contracts_institution ON sub_contracts (institution, id);
GRANT SELECT, INSERT ON sub_contracts TO jicai_app;

CREATE TABLE contract_keys (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    public_line text NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT contract_keys_pkey PRIMARY KEY (id),
    CONSTRAINT contract_keys_public_line_key UNIQUE (public_line),
    CONSTRAINT contract_keys_organization_fkey FOREIGN KEY (organization) REFERENCES organizations
);
CREATE UNIQUE INDEX contract_keys_current ON contract_keys (organization) WHERE retired_at IS NULL;
CREATE INDEX contract_keys_organization ON contract_keys (organization);
GRANT SELECT, INSERT, UPDATE (retired_at) ON contract_keys TO jicai_app;

-- Seals of the enterprise and the distributor are over the main contract, an institution's over its part.
CREATE TABLE contract_seals (
    contract uuid NOT NULL,
    party uuid NOT NULL,
    sub_contract uuid,
    key uuid NOT NULL,
    seal text NOT NULL,
    sealed_at timestamptz NOT NULL,
    CONSTRAINT contract_seals_pkey PRIMARY KEY (contract, party),
    CONSTRAINT contract_seals_contract_fkey FOREIGN KEY (contract) REFERENCES contracts,
    CONSTRAINT contract_seals_party_fkey FOREIGN KEY (party) REFERENCES organizations,
    CONSTRAINT contract_seals_sub_contract_fkey FOREIGN KEY (sub_contract) REFERENCES sub_contracts,
    CONSTRAINT contract_seals_key_fkey FOREIGN KEY (key) REFERENCES contract_keys
);
CREATE INDEX contract_seals_party ON contract_seals (party);
CREATE INDEX contract_seals_sub_contract ON contract_seals (sub_contract);
CREATE INDEX contract_seals_key ON contract_seals (key);
GRANT SELECT, INSERT ON contract_seals TO jicai_app;
