-- As beside an organization's regions: a buying region and all that it is part of, so that an organization's rounds are found by index.
ALTER TABLE round_regions ADD COLUMN within text[] NOT NULL GENERATED ALWAYS AS
    (ARRAY['000000', left(region, 2) || '0000', left(region, 4) || '00', region]) STORED;
CREATE INDEX round_regions_within ON round_regions USING gin (within);
