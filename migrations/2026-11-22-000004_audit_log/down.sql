DROP TABLE audit_checkpoints;
DROP TABLE audit_nodes;
DROP TABLE audit_positions;
DROP INDEX audit_entries_written_by;
