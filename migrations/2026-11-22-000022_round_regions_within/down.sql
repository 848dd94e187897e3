DROP INDEX round_regions_within;
ALTER TABLE round_regions DROP COLUMN within;
