DROP TABLE supply_changes;
DROP TABLE volume_entries;
DROP TABLE withdrawals;
