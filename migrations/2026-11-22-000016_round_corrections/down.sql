REVOKE UPDATE (withdrawn_in) ON round_documents FROM jicai_app;
ALTER TABLE round_documents DROP COLUMN withdrawn_in;
