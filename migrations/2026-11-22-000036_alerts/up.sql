-- Monitors over the observations of prices, and the alerts that they raise.

-- Groups that observations came to since they were last looked at. A mark commits with the observations that leave it.
CREATE TABLE monitor_marks (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    basis text NOT NULL,
    grp text NOT NULL,
    CONSTRAINT monitor_marks_pkey PRIMARY KEY (id)
);
CREATE INDEX monitor_marks_group ON monitor_marks (basis, grp);
GRANT SELECT, INSERT, UPDATE, DELETE ON monitor_marks TO jicai_app;

-- The group that a price is compared in: 三同 where the registry tells it, else the item alone. What names no item is compared with nothing.
CREATE FUNCTION mark_monitored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitor_marks (basis, grp)
    SELECT DISTINCT kind, coalesce(loose_group, item::text) AS grp FROM touched
    WHERE kind IN ('LISTED', 'TRANSACTION') AND coalesce(loose_group, item::text) IS NOT NULL ORDER BY kind, grp;
    RETURN NULL;
END $$;
CREATE TRIGGER price_observations_added AFTER INSERT ON price_observations
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_monitored();
-- What was superseded may have stood in another group than what took its place.
CREATE TRIGGER price_observations_superseded AFTER UPDATE ON price_observations
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_monitored();

-- Each group is looked at by one transaction at a time, which holds its row.
CREATE TABLE monitor_groups (
    basis text NOT NULL,
    grp text NOT NULL,
    -- The rule file and its version that it was last looked at by.
    rules text NOT NULL,
    looked_at timestamptz NOT NULL,
    CONSTRAINT monitor_groups_pkey PRIMARY KEY (basis, grp)
);
CREATE INDEX monitor_groups_rules ON monitor_groups (rules, basis, grp);
GRANT SELECT, INSERT, UPDATE (rules, looked_at) ON monitor_groups TO jicai_app;

-- How often each monitor judged and found in a group.
CREATE TABLE monitor_tallies (
    basis text NOT NULL,
    grp text NOT NULL,
    kind text NOT NULL,
    judged bigint NOT NULL,
    found bigint NOT NULL,
    too_few bigint NOT NULL,
    CONSTRAINT monitor_tallies_pkey PRIMARY KEY (basis, grp, kind),
    CONSTRAINT monitor_tallies_group_fkey FOREIGN KEY (basis, grp) REFERENCES monitor_groups,
    CONSTRAINT monitor_tallies_counts CHECK (judged >= 0 AND found BETWEEN 0 AND judged AND too_few >= 0)
);
GRANT SELECT, INSERT, UPDATE (judged, found, too_few), DELETE ON monitor_tallies TO jicai_app;

-- A run looks at all groups that were marked; its id is that of its job.
CREATE TABLE monitor_runs (
    id uuid NOT NULL,
    rules text NOT NULL,
    state text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    groups bigint NOT NULL,
    observations bigint NOT NULL,
    raised bigint NOT NULL,
    changed bigint NOT NULL,
    cleared bigint NOT NULL,
    opened bigint NOT NULL,
    held bigint NOT NULL,
    -- The monitors at its end, as JSON: how often each judged and found, and which find too much.
    monitors text,
    CONSTRAINT monitor_runs_pkey PRIMARY KEY (id),
    CONSTRAINT monitor_runs_state CHECK (state IN ('RUNNING', 'DONE')),
    CONSTRAINT monitor_runs_ended CHECK ((state = 'DONE') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (monitors IS NULL))
);
GRANT SELECT, INSERT, UPDATE (state, ended_at, groups, observations, raised, changed, cleared, opened, held, monitors) ON monitor_runs TO jicai_app;

CREATE TABLE alerts (
    id uuid NOT NULL,
    basis text NOT NULL,
    kind text NOT NULL,
    product text NOT NULL,
    maker text NOT NULL,
    region text NOT NULL,
    within text[] NOT NULL GENERATED ALWAYS AS
        (ARRAY['000000', left(region, 2) || '0000', left(region, 4) || '00', region]) STORED,
    grp text NOT NULL,
    item uuid,
    manufacturer uuid,
    -- The rule file and its version.
    rules text[] NOT NULL,
    severity text NOT NULL,
    tests text[] NOT NULL,
    -- What was judged, what it was compared with, what it was not to exceed.
    figures text[] NOT NULL,
    sample integer NOT NULL,
    -- The highest price at fault: what a dismissal covers.
    highest numeric NOT NULL,
    -- The first and the last period with a finding.
    periods text[] NOT NULL,
    findings integer NOT NULL,
    -- The reason in English and Chinese, and what the firm is told of it in both.
    words text[] NOT NULL,
    -- The observations at fault, some that they were compared with, and those left out, as JSON.
    evidence text NOT NULL,
    state text NOT NULL,
    state_by uuid,
    state_reason text,
    state_since timestamptz NOT NULL,
    assignee uuid,
    -- The one before about the same subject.
    follows uuid,
    -- When somebody was first told of it.
    opened_at timestamptz,
    run uuid NOT NULL,
    version integer NOT NULL,
    CONSTRAINT alerts_pkey PRIMARY KEY (id),
    CONSTRAINT alerts_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT alerts_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT alerts_manufacturer_fkey FOREIGN KEY (manufacturer) REFERENCES organizations,
    CONSTRAINT alerts_state_by_fkey FOREIGN KEY (state_by) REFERENCES users,
    CONSTRAINT alerts_assignee_fkey FOREIGN KEY (assignee) REFERENCES users,
    CONSTRAINT alerts_follows_fkey FOREIGN KEY (follows) REFERENCES alerts,
    CONSTRAINT alerts_run_fkey FOREIGN KEY (run) REFERENCES monitor_runs,
    CONSTRAINT alerts_basis CHECK (basis IN ('LISTED', 'TRANSACTION')),
    CONSTRAINT alerts_lists CHECK (cardinality(rules) = 2 AND cardinality(figures) = 3 AND cardinality(periods) = 2 AND cardinality(words) = 4),
    CONSTRAINT alerts_severity CHECK (severity IN ('TICKET', 'YELLOW', 'RED')),
    CONSTRAINT alerts_state CHECK (state IN ('HELD', 'OPEN', 'ACKNOWLEDGED', 'DISMISSED', 'CLOSED')),
    CONSTRAINT alerts_state_by_known CHECK ((state_by IS NOT NULL) = (state IN ('ACKNOWLEDGED', 'DISMISSED'))
        AND (state_reason IS NOT NULL) = (state = 'DISMISSED')),
    CONSTRAINT alerts_opened CHECK (state NOT IN ('OPEN', 'ACKNOWLEDGED', 'DISMISSED') OR opened_at IS NOT NULL),
    CONSTRAINT alerts_version CHECK (version >= 1)
);
-- One alert stands of a product, kind and region, in listed and in transaction prices.
CREATE UNIQUE INDEX alerts_standing ON alerts (basis, kind, product, maker, region) WHERE state IN ('HELD', 'OPEN', 'ACKNOWLEDGED');
CREATE INDEX alerts_group ON alerts (basis, grp) WHERE state <> 'CLOSED';
CREATE INDEX alerts_of_kind ON alerts (basis, kind, state, id);
CREATE INDEX alerts_opened_on ON alerts (opened_at) WHERE opened_at IS NOT NULL;
CREATE INDEX alerts_within ON alerts USING gin (within);
CREATE INDEX alerts_region ON alerts (region, id);
CREATE INDEX alerts_item ON alerts (item);
CREATE INDEX alerts_manufacturer ON alerts (manufacturer, id);
CREATE INDEX alerts_waiting ON alerts (state_since, id) WHERE state IN ('OPEN', 'ACKNOWLEDGED');
CREATE INDEX alerts_state_by ON alerts (state_by);
CREATE INDEX alerts_assignee ON alerts (assignee);
CREATE INDEX alerts_follows ON alerts (follows);
CREATE INDEX alerts_run ON alerts (run);
GRANT SELECT, INSERT, UPDATE (grp, item, manufacturer, rules, severity, tests, figures, sample, highest, periods,
    findings, words, evidence, state, state_by, state_reason, state_since,
    assignee, opened_at, run, version) ON alerts TO jicai_app;

-- Every change of an alert that somebody may have been told of. A feed reads below the oldest transaction that still runs, in the order of
-- the transactions: what commits late is not skipped.
CREATE TABLE alert_changes (
    id uuid NOT NULL,
    alert uuid NOT NULL,
    change text NOT NULL,
    state text NOT NULL,
    severity text NOT NULL,
    value text NOT NULL,
    made_by uuid,
    assignee uuid,
    reason text,
    at timestamptz NOT NULL,
    version integer NOT NULL,
    written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT alert_changes_pkey PRIMARY KEY (id),
    CONSTRAINT alert_changes_alert_fkey FOREIGN KEY (alert) REFERENCES alerts,
    CONSTRAINT alert_changes_made_by_fkey FOREIGN KEY (made_by) REFERENCES users,
    CONSTRAINT alert_changes_assignee_fkey FOREIGN KEY (assignee) REFERENCES users,
    CONSTRAINT alert_changes_change CHECK (change IN ('OPENED', 'CHANGED', 'HELD', 'ACKNOWLEDGED', 'ASSIGNED', 'DISMISSED', 'CLOSED'))
);
CREATE INDEX alert_changes_feed ON alert_changes (written_by, id);
CREATE INDEX alert_changes_alert ON alert_changes (alert, id);
CREATE INDEX alert_changes_made_by ON alert_changes (made_by);
CREATE INDEX alert_changes_assignee ON alert_changes (assignee);
GRANT SELECT, INSERT ON alert_changes TO jicai_app;

-- How many alerts a day brought to an organization.
CREATE TABLE alert_digests (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    day date NOT NULL,
    red bigint NOT NULL,
    yellow bigint NOT NULL,
    tickets bigint NOT NULL,
    -- What stood open at the end of the day.
    waiting bigint NOT NULL,
    CONSTRAINT alert_digests_pkey PRIMARY KEY (id),
    CONSTRAINT alert_digests_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT alert_digests_day_key UNIQUE (organization, day)
);
GRANT SELECT, INSERT ON alert_digests TO jicai_app;
