-- Keys of custodians and bidders, the published keys of rounds, and sealed bids.

-- A custodian's public keys; one set at a time.
CREATE TABLE custodian_keys (
    id uuid NOT NULL,
    custodian uuid NOT NULL,
    -- The public line: both keys with their algorithms.
    public_line text NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT custodian_keys_pkey PRIMARY KEY (id),
    CONSTRAINT custodian_keys_public_line_key UNIQUE (public_line),
    CONSTRAINT custodian_keys_custodian_fkey FOREIGN KEY (custodian) REFERENCES users
);
CREATE UNIQUE INDEX custodian_keys_current ON custodian_keys (custodian) WHERE retired_at IS NULL;
CREATE INDEX custodian_keys_custodian ON custodian_keys (custodian);
GRANT SELECT, INSERT, UPDATE (retired_at) ON custodian_keys TO jicai_app;

-- A bidder's public keys; one at a time. A bid keeps the one it was submitted under.
CREATE TABLE bid_keys (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    public_line text NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT bid_keys_pkey PRIMARY KEY (id),
    CONSTRAINT bid_keys_public_line_key UNIQUE (public_line),
    CONSTRAINT bid_keys_organization_fkey FOREIGN KEY (organization) REFERENCES organizations
);
CREATE UNIQUE INDEX bid_keys_current ON bid_keys (organization) WHERE retired_at IS NULL;
CREATE INDEX bid_keys_organization ON bid_keys (organization);
GRANT SELECT, INSERT, UPDATE (retired_at) ON bid_keys TO jicai_app;

-- What the ceremony of a round's key published, with the signatures of all custodians.
CREATE TABLE round_keys (
    round uuid NOT NULL,
    ceremony text NOT NULL,
    signatures text[] NOT NULL,
    -- The one length to which bids are padded, bytes.
    sealed_length integer NOT NULL,
    published_by uuid NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT round_keys_pkey PRIMARY KEY (round),
    CONSTRAINT round_keys_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_keys_published_by_fkey FOREIGN KEY (published_by) REFERENCES users,
    CONSTRAINT round_keys_sealed_length CHECK (sealed_length > 0)
);
CREATE INDEX round_keys_published_by ON round_keys (published_by);
GRANT SELECT, INSERT, DELETE ON round_keys TO jicai_app;

-- Who holds which share of a published key, whatever the announcement says later.
CREATE TABLE round_key_holders (
    round uuid NOT NULL,
    position smallint NOT NULL,
    custodian uuid NOT NULL,
    key uuid NOT NULL,
    CONSTRAINT round_key_holders_pkey PRIMARY KEY (round, position),
    CONSTRAINT round_key_holders_custodian_key UNIQUE (round, custodian),
    CONSTRAINT round_key_holders_round_fkey FOREIGN KEY (round) REFERENCES round_keys ON DELETE CASCADE,
    CONSTRAINT round_key_holders_custodian_fkey FOREIGN KEY (custodian) REFERENCES users,
    CONSTRAINT round_key_holders_key_fkey FOREIGN KEY (key) REFERENCES custodian_keys,
    CONSTRAINT round_key_holders_position CHECK (position BETWEEN 1 AND 255)
);
CREATE INDEX round_key_holders_custodian ON round_key_holders (custodian);
CREATE INDEX round_key_holders_key ON round_key_holders (key);
GRANT SELECT, INSERT ON round_key_holders TO jicai_app;

-- One bid a round and bidder: the newest envelope. Which lots it is for is inside.
CREATE TABLE bids (
    id uuid NOT NULL,
    round uuid NOT NULL,
    bidder uuid NOT NULL,
    status text NOT NULL,
    -- Counts the envelopes; it stands inside each of them, too.
    version integer NOT NULL,
    key uuid NOT NULL,
    commitment bytea NOT NULL,
    digest bytea NOT NULL,
    -- Gone when it is replaced, withdrawn or opened: an old price stays secret.
    ciphertext bytea,
    received_at timestamptz NOT NULL,
    CONSTRAINT bids_pkey PRIMARY KEY (id),
    CONSTRAINT bids_bidder_key UNIQUE (round, bidder),
    CONSTRAINT bids_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT bids_bidder_fkey FOREIGN KEY (bidder) REFERENCES organizations,
    CONSTRAINT bids_key_fkey FOREIGN KEY (key) REFERENCES bid_keys,
    CONSTRAINT bids_status CHECK (status IN ('SEALED', 'WITHDRAWN')),
    CONSTRAINT bids_withdrawn CHECK (status <> 'WITHDRAWN' OR ciphertext IS NULL),
    CONSTRAINT bids_version CHECK (version >= 1),
    CONSTRAINT bids_commitment CHECK (octet_length(commitment) = 32),
    CONSTRAINT bids_digest CHECK (octet_length(digest) = 32)
);
CREATE INDEX bids_bidder ON bids (bidder);
CREATE INDEX bids_key ON bids (key);
-- Ciphertext does not compress.
ALTER TABLE bids ALTER COLUMN ciphertext SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE (status, version, key, commitment, digest, ciphertext, received_at) ON bids TO jicai_app;

-- What happened to a bid, for good.
CREATE TABLE bid_submissions (
    bid uuid NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    round uuid NOT NULL,
    bidder uuid NOT NULL,
    commitment bytea NOT NULL,
    digest bytea NOT NULL,
    submitted_by uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT bid_submissions_pkey PRIMARY KEY (bid, version, kind),
    CONSTRAINT bid_submissions_bid_fkey FOREIGN KEY (bid) REFERENCES bids,
    CONSTRAINT bid_submissions_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT bid_submissions_bidder_fkey FOREIGN KEY (bidder) REFERENCES organizations,
    CONSTRAINT bid_submissions_submitted_by_fkey FOREIGN KEY (submitted_by) REFERENCES users,
    CONSTRAINT bid_submissions_kind CHECK (kind IN ('SEALED', 'WITHDRAWN'))
);
CREATE INDEX bid_submissions_round ON bid_submissions (round);
CREATE INDEX bid_submissions_bidder ON bid_submissions (bidder);
CREATE INDEX bid_submissions_submitted_by ON bid_submissions (submitted_by);
GRANT SELECT, INSERT ON bid_submissions TO jicai_app;

-- Entries of the audit log that wait until their round is sealed or cancelled: an entry a bid would count the bidders before the
-- deadline, in the list as in the size of a checkpoint.
CREATE TABLE withheld_entries (
    id uuid NOT NULL,
    round uuid NOT NULL,
    bidder uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_user uuid NOT NULL,
    kind text NOT NULL,
    version smallint NOT NULL,
    subject text NOT NULL,
    canonical text NOT NULL,
    CONSTRAINT withheld_entries_pkey PRIMARY KEY (id),
    CONSTRAINT withheld_entries_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT withheld_entries_bidder_fkey FOREIGN KEY (bidder) REFERENCES organizations,
    CONSTRAINT withheld_entries_actor_user_fkey FOREIGN KEY (actor_user) REFERENCES users
);
CREATE INDEX withheld_entries_round ON withheld_entries (round, id);
CREATE INDEX withheld_entries_bidder ON withheld_entries (bidder);
CREATE INDEX withheld_entries_actor_user ON withheld_entries (actor_user);
GRANT SELECT, INSERT, DELETE ON withheld_entries TO jicai_app;

-- What was published when a round was sealed: every commitment, sorted, and the root over them.
CREATE TABLE round_sealings (
    round uuid NOT NULL,
    root bytea NOT NULL,
    size integer NOT NULL,
    sealed_at timestamptz NOT NULL,
    CONSTRAINT round_sealings_pkey PRIMARY KEY (round),
    CONSTRAINT round_sealings_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_sealings_root CHECK (octet_length(root) = 32),
    CONSTRAINT round_sealings_size CHECK (size >= 0)
);
GRANT SELECT, INSERT ON round_sealings TO jicai_app;

CREATE TABLE round_commitments (
    round uuid NOT NULL,
    position integer NOT NULL,
    commitment bytea NOT NULL,
    CONSTRAINT round_commitments_pkey PRIMARY KEY (round, position),
    CONSTRAINT round_commitments_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_commitments_position CHECK (position >= 0),
    CONSTRAINT round_commitments_commitment CHECK (octet_length(commitment) = 32)
);
GRANT SELECT, INSERT ON round_commitments TO jicai_app;

-- The second wall: the service's role sees nothing of bids unless the transaction says whose bid, or which round's bids at and
-- after the sealing, it works on. A query that forgets its scope finds nothing.
ALTER TABLE bids ENABLE ROW LEVEL SECURITY;
ALTER TABLE bid_submissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE withheld_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY bids_of_bidder ON bids TO jicai_app
    USING (bidder = nullif(current_setting('jicai.bidder', true), '')::uuid);
CREATE POLICY bids_of_round ON bids TO jicai_app
    USING (round = nullif(current_setting('jicai.bids_of_round', true), '')::uuid);
CREATE POLICY bid_submissions_of_bidder ON bid_submissions TO jicai_app
    USING (bidder = nullif(current_setting('jicai.bidder', true), '')::uuid);
CREATE POLICY bid_submissions_of_round ON bid_submissions TO jicai_app
    USING (round = nullif(current_setting('jicai.bids_of_round', true), '')::uuid);
CREATE POLICY withheld_entries_of_bidder ON withheld_entries TO jicai_app
    USING (bidder = nullif(current_setting('jicai.bidder', true), '')::uuid);
CREATE POLICY withheld_entries_of_round ON withheld_entries TO jicai_app
    USING (round = nullif(current_setting('jicai.bids_of_round', true), '')::uuid);
