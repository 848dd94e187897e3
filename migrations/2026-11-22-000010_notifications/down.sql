DROP INDEX organizations_pending;
ALTER TABLE users DROP COLUMN status_since;
ALTER TABLE organizations DROP COLUMN status_since;
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
DROP TABLE notifications;
DROP TABLE event_cursor;
