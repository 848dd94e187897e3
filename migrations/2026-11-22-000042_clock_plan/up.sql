-- Postgres reads and plans the body of a function in SQL anew with every statement that calls it, and every change calls this one up to
-- eight times. The body of one in PL/pgSQL is planned once a connection.
CREATE OR REPLACE FUNCTION app_clock() RETURNS timestamptz
    LANGUAGE plpgsql VOLATILE PARALLEL SAFE
    AS $$
    BEGIN
        RETURN clock_timestamp() + coalesce((SELECT shift FROM public.clock_shift), interval '0');
    END
    $$;
