CREATE OR REPLACE FUNCTION app_clock() RETURNS timestamptz
    LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN clock_timestamp() + coalesce((SELECT shift FROM clock_shift), interval '0');
