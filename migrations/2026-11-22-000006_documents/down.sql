DROP TABLE licences;
DROP TABLE documents;
