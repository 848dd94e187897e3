ALTER TABLE volume_entries DROP CONSTRAINT volume_entries_source,
    DROP COLUMN backup_supply,
    DROP CONSTRAINT volume_entries_cause,
    ADD CONSTRAINT volume_entries_cause CHECK (cause IN ('SPLIT', 'MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'RETURNED', 'TRANSFERRED',
        'ADJUSTED', 'CHOSEN')),
    ADD CONSTRAINT volume_entries_source CHECK ((withdrawal IS NOT NULL OR cause NOT IN ('MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK'))
        AND (withdrawal IS NULL OR cause IN ('MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'RETURNED'))
        AND (change IS NOT NULL) = (cause IN ('TRANSFERRED', 'ADJUSTED', 'CHOSEN')));
ALTER TABLE contracts DROP COLUMN orders_go_to;
DROP TABLE backup_supplies;
