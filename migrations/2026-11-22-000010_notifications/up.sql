-- Whoever is told of events without listening: users by notifications, endpoints by webhooks.

-- Up to where the audit log was handed on. Moves in the transaction that writes what it hands on. What happened before there
-- was anybody to tell is not told.
CREATE TABLE event_cursor (
    singleton boolean NOT NULL DEFAULT true,
    position bigint NOT NULL,
    CONSTRAINT event_cursor_pkey PRIMARY KEY (singleton),
    CONSTRAINT event_cursor_one_row CHECK (singleton),
    CONSTRAINT event_cursor_position CHECK (position >= 0)
);
INSERT INTO event_cursor (position) SELECT coalesce(max(position) + 1, 0) FROM audit_positions;
GRANT SELECT, UPDATE (position) ON event_cursor TO jicai_app;

CREATE TABLE notifications (
    user_id uuid NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    read boolean NOT NULL DEFAULT false,
    CONSTRAINT notifications_pkey PRIMARY KEY (user_id, position),
    CONSTRAINT notifications_user_fkey FOREIGN KEY (user_id) REFERENCES users
);
CREATE INDEX notifications_unread ON notifications (user_id, position) WHERE NOT read;
CREATE INDEX notifications_at ON notifications (at);
GRANT SELECT, INSERT, UPDATE (read), DELETE ON notifications TO jicai_app;

CREATE TABLE webhooks (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    -- It hears what a manager of this role hears.
    role text NOT NULL,
    url text NOT NULL,
    -- Which events; all when there is none.
    kinds text[] NOT NULL,
    status text NOT NULL,
    fault text,
    -- Counts its secrets; the secret itself is derived. The one before is good until then.
    generation integer NOT NULL,
    overlap_until timestamptz,
    -- Since when its receiver has accepted nothing.
    failing_since timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    status_since timestamptz NOT NULL,
    CONSTRAINT webhooks_pkey PRIMARY KEY (id),
    CONSTRAINT webhooks_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT webhooks_status CHECK (status IN ('ENABLED', 'DISABLED', 'GIVEN_UP')),
    CONSTRAINT webhooks_fault CHECK ((fault IS NOT NULL) = (status = 'GIVEN_UP')),
    CONSTRAINT webhooks_generation CHECK (generation >= 1),
    CONSTRAINT webhooks_version CHECK (version >= 1)
);
CREATE INDEX webhooks_organization ON webhooks (organization, id);
CREATE INDEX webhooks_role ON webhooks (role) WHERE status = 'ENABLED';
GRANT SELECT, INSERT, UPDATE (status, fault, generation, overlap_until, failing_since, version, status_since) ON webhooks TO jicai_app;

-- One event for one webhook. Whether it still waits says its job.
CREATE TABLE webhook_deliveries (
    id uuid NOT NULL,
    webhook uuid NOT NULL,
    -- The event's place in the log; none for a test.
    position bigint,
    kind text NOT NULL,
    subject text NOT NULL,
    organizations uuid[] NOT NULL,
    at timestamptz NOT NULL,
    job uuid NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    -- What the receiver last answered, or why there was no answer.
    http_status smallint,
    silence text,
    delivered_at timestamptz,
    dropped_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_deliveries_event_key UNIQUE (webhook, position),
    CONSTRAINT webhook_deliveries_webhook_fkey FOREIGN KEY (webhook) REFERENCES webhooks,
    CONSTRAINT webhook_deliveries_tries CHECK (tries >= 0),
    CONSTRAINT webhook_deliveries_answer CHECK (http_status IS NULL OR silence IS NULL),
    CONSTRAINT webhook_deliveries_end CHECK (delivered_at IS NULL OR dropped_at IS NULL)
);
CREATE INDEX webhook_deliveries_recent ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_created_at ON webhook_deliveries (created_at);
GRANT SELECT, INSERT, UPDATE (job, tries, http_status, silence, delivered_at, dropped_at), DELETE ON webhook_deliveries TO jicai_app;

-- Since when it is as it is, for whoever it waits for.
ALTER TABLE organizations ADD COLUMN status_since timestamptz NOT NULL DEFAULT app_clock();
UPDATE organizations SET status_since = created_at;
GRANT UPDATE (status_since) ON organizations TO jicai_app;
ALTER TABLE users ADD COLUMN status_since timestamptz NOT NULL DEFAULT app_clock();
UPDATE users SET status_since = created_at;
GRANT UPDATE (status_since) ON users TO jicai_app;
CREATE INDEX organizations_pending ON organizations (status_since, id) WHERE status = 'PENDING';
