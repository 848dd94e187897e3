REVOKE DELETE ON grants FROM jicai_app;
REVOKE DELETE ON sessions FROM jicai_app;
DROP INDEX grants_expires;
DROP INDEX sessions_expires;
ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_actor;
-- The canonical text still names the client and its organization.
UPDATE audit_entries SET actor_organization = NULL WHERE actor_client IS NOT NULL;
ALTER TABLE audit_entries DROP COLUMN actor_client;
ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_actor CHECK ((actor_user IS NULL) = (actor_organization IS NULL));
DROP TABLE clients;
