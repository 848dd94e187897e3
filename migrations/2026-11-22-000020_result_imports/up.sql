-- Results made elsewhere are brought in for the office itself, and wait here until they are announced.
ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS'));

CREATE TABLE result_rows (
    import uuid NOT NULL,
    line bigint NOT NULL,
    product uuid NOT NULL,
    lot_number integer NOT NULL,
    lot_name text NOT NULL,
    name text NOT NULL,
    spec text NOT NULL,
    unit text NOT NULL,
    content numeric,
    representative_content numeric,
    holder_name text NOT NULL,
    holder_code text,
    price numeric,
    price_basis text,
    rank integer,
    until date NOT NULL,
    region text,
    role text,
    volume bigint,
    CONSTRAINT result_rows_pkey PRIMARY KEY (import, line),
    CONSTRAINT result_rows_once_key UNIQUE NULLS NOT DISTINCT (import, lot_number, name, spec, holder_name, region, role),
    CONSTRAINT result_rows_import_fkey FOREIGN KEY (import) REFERENCES imports,
    CONSTRAINT result_rows_supply CHECK (num_nulls(region, role, volume) IN (0, 3))
);
GRANT SELECT, INSERT, DELETE ON result_rows TO jicai_app;
