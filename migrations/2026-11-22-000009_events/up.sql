-- Whom an entry concerns beside whoever acted: they, and the authorities over them, are told of it.
ALTER TABLE audit_entries ADD COLUMN concerns uuid[] NOT NULL DEFAULT '{}';
CREATE INDEX audit_entries_concerns ON audit_entries USING gin (concerns);
