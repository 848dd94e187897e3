DROP TABLE contract_seals;
DROP TABLE contract_keys;
DROP TABLE sub_contracts;
DROP TABLE contracts;
