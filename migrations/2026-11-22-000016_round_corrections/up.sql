-- A document that a correction took out stays: an earlier edition names it, and everybody may still read it.
ALTER TABLE round_documents ADD COLUMN withdrawn_in integer;
GRANT UPDATE (withdrawn_in) ON round_documents TO jicai_app;
