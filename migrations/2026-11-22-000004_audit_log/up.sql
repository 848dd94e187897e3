-- The log over the entries: their order, the Merkle tree over them, and signed checkpoints. Written by whichever server holds
-- the sequencer's lock; nothing here is ever changed.
CREATE INDEX audit_entries_written_by ON audit_entries (written_by, id);

CREATE TABLE audit_positions (
    position bigint NOT NULL,
    entry uuid NOT NULL,
    leaf bytea NOT NULL,
    CONSTRAINT audit_positions_pkey PRIMARY KEY (position),
    CONSTRAINT audit_positions_entry_key UNIQUE (entry),
    CONSTRAINT audit_positions_entry_fkey FOREIGN KEY (entry) REFERENCES audit_entries
);
GRANT SELECT, INSERT ON audit_positions TO jicai_app;

-- Every complete subtree, by its height and its place.
CREATE TABLE audit_nodes (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_nodes_pkey PRIMARY KEY (level, index)
);
GRANT SELECT, INSERT ON audit_nodes TO jicai_app;

CREATE TABLE audit_checkpoints (
    size bigint NOT NULL,
    root bytea NOT NULL,
    at timestamptz NOT NULL,
    signature bytea NOT NULL,
    -- The complete subtrees that the tree of this size consists of, the greatest first.
    peaks bytea[] NOT NULL,
    -- Every entry of a transaction below this one has a position. Later ones were still running, or began later.
    horizon xid8 NOT NULL,
    CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (size)
);
GRANT SELECT, INSERT ON audit_checkpoints TO jicai_app;
