DROP INDEX idempotency_keys_created_at;
REVOKE DELETE ON idempotency_keys FROM jicai_app;
DROP TABLE jobs;
