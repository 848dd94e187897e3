ALTER TABLE bid_lines DROP COLUMN excluded_by;
DROP TABLE objections;
DROP TABLE round_notices;
DROP TABLE supply_choices;
DROP TABLE supply_preferences;
DROP TABLE supply_boards;
DROP TABLE supply_selections;
DROP TABLE lot_result_editions;
ALTER TABLE lot_results DROP COLUMN decided_at;
ALTER TABLE rounds DROP CONSTRAINT rounds_status,
    ADD CONSTRAINT rounds_status CHECK (status IN ('DRAFT', 'ANNOUNCED', 'DEMAND', 'BIDDING', 'SEALED', 'OPENING', 'PROVISIONAL', 'CANCELLED'));
