DROP INDEX acceptances_accepted_on;
DROP TABLE outside_payment_lines, outside_payments;
