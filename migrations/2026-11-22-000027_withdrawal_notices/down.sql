DROP INDEX withdrawals_waiting;
ALTER TABLE withdrawals
    DROP CONSTRAINT withdrawals_told,
    DROP CONSTRAINT withdrawals_sha256,
    DROP COLUMN answer,
    DROP COLUMN canonical,
    DROP COLUMN sha256;
