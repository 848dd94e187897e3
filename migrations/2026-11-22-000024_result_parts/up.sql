-- A round's official result may come in parts: lots that an undecided objection holds up follow once they are free.
ALTER TABLE official_results
    ADD COLUMN part integer NOT NULL DEFAULT 1,
    -- The lots of its round that it settles, those in which nothing is selected among them.
    ADD COLUMN lots uuid[] NOT NULL DEFAULT '{}',
    DROP CONSTRAINT official_results_edition_key,
    DROP CONSTRAINT official_results_round_key,
    ADD CONSTRAINT official_results_edition_key UNIQUE (office, name, edition, part),
    ADD CONSTRAINT official_results_round_key UNIQUE (round, edition, part),
    ADD CONSTRAINT official_results_part CHECK (part >= 1 AND (part = 1 OR round IS NOT NULL)),
    ADD CONSTRAINT official_results_lots CHECK (round IS NOT NULL OR cardinality(lots) = 0);
UPDATE official_results r SET lots = ARRAY(SELECT l.lot FROM lot_results l WHERE l.round = r.round ORDER BY l.place)
    WHERE r.round IS NOT NULL;
