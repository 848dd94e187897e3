-- The service looks whether the schema is up to date before it serves.
GRANT SELECT ON __diesel_schema_migrations TO jicai_app;

-- The clock that every rule reads. Only databases of tests and demonstrations have a row here; the service refuses such a
-- database unless it is told that it is a demonstration.
CREATE TABLE clock_shift (
    singleton boolean NOT NULL DEFAULT true,
    shift interval NOT NULL,
    CONSTRAINT clock_shift_pkey PRIMARY KEY (singleton),
    CONSTRAINT clock_shift_one_row CHECK (singleton)
);
GRANT SELECT ON clock_shift TO jicai_app;

CREATE FUNCTION app_clock() RETURNS timestamptz
    LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN clock_timestamp() + coalesce((SELECT shift FROM clock_shift), interval '0');
