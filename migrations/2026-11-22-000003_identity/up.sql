-- Organizations, their regions and users.
CREATE TABLE regions (
    code text NOT NULL,
    parent text,
    name text NOT NULL,
    english text NOT NULL,
    CONSTRAINT regions_pkey PRIMARY KEY (code),
    CONSTRAINT regions_parent_fkey FOREIGN KEY (parent) REFERENCES regions,
    CONSTRAINT regions_code CHECK (code ~ '^[0-9]{6}$'),
    CONSTRAINT regions_root CHECK ((parent IS NULL) = (code = '000000'))
);
CREATE INDEX regions_parent ON regions (parent);
GRANT SELECT ON regions TO jicai_app;

-- Source: GB/T 2260 (codes for the administrative divisions of the People's Republic of China), as kept current by the Ministry
-- of Civil Affairs (中华人民共和国行政区划代码). The 31 provinces of the mainland, and Jiangsu down to the districts of Nanjing as
-- the part of the tree that the demonstration uses. 000000 is ours: the standard has no code for the nation.
INSERT INTO regions (code, parent, name, english) VALUES
    ('000000', NULL, '全国', 'The whole nation'),
    ('110000', '000000', '北京市', 'Beijing'),
    ('120000', '000000', '天津市', 'Tianjin'),
    ('130000', '000000', '河北省', 'Hebei'),
    ('140000', '000000', '山西省', 'Shanxi'),
    ('150000', '000000', '内蒙古自治区', 'Inner Mongolia'),
    ('210000', '000000', '辽宁省', 'Liaoning'),
    ('220000', '000000', '吉林省', 'Jilin'),
    ('230000', '000000', '黑龙江省', 'Heilongjiang'),
    ('310000', '000000', '上海市', 'Shanghai'),
    ('320000', '000000', '江苏省', 'Jiangsu'),
    ('330000', '000000', '浙江省', 'Zhejiang'),
    ('340000', '000000', '安徽省', 'Anhui'),
    ('350000', '000000', '福建省', 'Fujian'),
    ('360000', '000000', '江西省', 'Jiangxi'),
    ('370000', '000000', '山东省', 'Shandong'),
    ('410000', '000000', '河南省', 'Henan'),
    ('420000', '000000', '湖北省', 'Hubei'),
    ('430000', '000000', '湖南省', 'Hunan'),
    ('440000', '000000', '广东省', 'Guangdong'),
    ('450000', '000000', '广西壮族自治区', 'Guangxi'),
    ('460000', '000000', '海南省', 'Hainan'),
    ('500000', '000000', '重庆市', 'Chongqing'),
    ('510000', '000000', '四川省', 'Sichuan'),
    ('520000', '000000', '贵州省', 'Guizhou'),
    ('530000', '000000', '云南省', 'Yunnan'),
    ('540000', '000000', '西藏自治区', 'Tibet'),
    ('610000', '000000', '陕西省', 'Shaanxi'),
    ('620000', '000000', '甘肃省', 'Gansu'),
    ('630000', '000000', '青海省', 'Qinghai'),
    ('640000', '000000', '宁夏回族自治区', 'Ningxia'),
    ('650000', '000000', '新疆维吾尔自治区', 'Xinjiang'),
    ('320100', '320000', '南京市', 'Nanjing'),
    ('320200', '320000', '无锡市', 'Wuxi'),
    ('320300', '320000', '徐州市', 'Xuzhou'),
    ('320400', '320000', '常州市', 'Changzhou'),
    ('320500', '320000', '苏州市', 'Suzhou'),
    ('320600', '320000', '南通市', 'Nantong'),
    ('320700', '320000', '连云港市', 'Lianyungang'),
    ('320800', '320000', '淮安市', 'Huai''an'),
    ('320900', '320000', '盐城市', 'Yancheng'),
    ('321000', '320000', '扬州市', 'Yangzhou'),
    ('321100', '320000', '镇江市', 'Zhenjiang'),
    ('321200', '320000', '泰州市', 'Taizhou'),
    ('321300', '320000', '宿迁市', 'Suqian'),
    ('320102', '320100', '玄武区', 'Xuanwu'),
    ('320104', '320100', '秦淮区', 'Qinhuai'),
    ('320105', '320100', '建邺区', 'Jianye'),
    ('320106', '320100', '鼓楼区', 'Gulou'),
    ('320111', '320100', '浦口区', 'Pukou'),
    ('320113', '320100', '栖霞区', 'Qixia'),
    ('320114', '320100', '雨花台区', 'Yuhuatai'),
    ('320115', '320100', '江宁区', 'Jiangning'),
    ('320116', '320100', '六合区', 'Luhe'),
    ('320117', '320100', '溧水区', 'Lishui'),
    ('320118', '320100', '高淳区', 'Gaochun');

CREATE TABLE organizations (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    credit_code text NOT NULL,
    status text NOT NULL,
    reason text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_credit_code_key UNIQUE (credit_code),
    CONSTRAINT organizations_kind CHECK (kind IN ('MANUFACTURER', 'DISTRIBUTOR', 'HOSPITAL', 'PROCUREMENT_OFFICE', 'REVIEW_BODY',
        'INSURANCE_AGENCY', 'REGULATOR', 'AUDIT_BODY', 'OPERATOR')),
    CONSTRAINT organizations_status CHECK (status IN ('PENDING', 'APPROVED', 'RETURNED', 'SUSPENDED')),
    CONSTRAINT organizations_reason CHECK ((reason IS NOT NULL) = (status IN ('RETURNED', 'SUSPENDED'))),
    CONSTRAINT organizations_version CHECK (version >= 1)
);
CREATE UNIQUE INDEX organizations_one_operator ON organizations (kind) WHERE kind = 'OPERATOR';
GRANT SELECT, INSERT, UPDATE (name, status, reason, version) ON organizations TO jicai_app;

CREATE TABLE organization_regions (
    organization uuid NOT NULL,
    region text NOT NULL,
    -- The region and all that it is part of, so that a jurisdiction finds what it covers by an index.
    within text[] NOT NULL GENERATED ALWAYS AS
        (ARRAY['000000', left(region, 2) || '0000', left(region, 4) || '00', region]) STORED,
    CONSTRAINT organization_regions_pkey PRIMARY KEY (organization, region),
    CONSTRAINT organization_regions_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT organization_regions_region_fkey FOREIGN KEY (region) REFERENCES regions
);
CREATE INDEX organization_regions_region ON organization_regions (region);
CREATE INDEX organization_regions_within ON organization_regions USING gin (within);
GRANT SELECT, INSERT, DELETE ON organization_regions TO jicai_app;

CREATE TABLE users (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    login text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    manager boolean NOT NULL,
    status text NOT NULL,
    password_hash text,
    totp_salt bytea,
    totp_confirmed boolean NOT NULL DEFAULT false,
    -- The last half minute whose code was used: a code is good once.
    totp_step bigint NOT NULL DEFAULT 0,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_login_key UNIQUE (login),
    CONSTRAINT users_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT users_role CHECK (role IN ('MANUFACTURER', 'DISTRIBUTOR', 'HOSPITAL', 'PROCUREMENT_OFFICE', 'KEY_CUSTODIAN',
        'REVIEWER', 'INSURANCE_AGENCY', 'REGULATOR', 'AUDITOR', 'ADMIN')),
    CONSTRAINT users_status CHECK (status IN ('INVITED', 'ACTIVE', 'DISABLED')),
    CONSTRAINT users_password CHECK ((password_hash IS NOT NULL) = (status = 'ACTIVE')),
    CONSTRAINT users_totp CHECK (totp_salt IS NOT NULL OR NOT totp_confirmed),
    CONSTRAINT users_version CHECK (version >= 1)
);
CREATE INDEX users_organization ON users (organization, id);
GRANT SELECT, INSERT, UPDATE (status, password_hash, totp_salt, totp_confirmed, totp_step, version) ON users TO jicai_app;

-- One-time rights to set a password. Only the digest of the token is kept.
CREATE TABLE grants (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_digest bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT grants_pkey PRIMARY KEY (id),
    CONSTRAINT grants_token_digest_key UNIQUE (token_digest),
    CONSTRAINT grants_user_fkey FOREIGN KEY (user_id) REFERENCES users
);
CREATE INDEX grants_user ON grants (user_id);
GRANT SELECT, INSERT, UPDATE (ended_at) ON grants TO jicai_app;

-- Logins. The refresh token is kept as a digest, with the one before it: whoever shows the one before ends the login.
CREATE TABLE sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    refresh_digest bytea NOT NULL,
    previous_digest bytea,
    generation integer NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_refresh_digest_key UNIQUE (refresh_digest),
    CONSTRAINT sessions_previous_digest_key UNIQUE (previous_digest),
    CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES users
);
CREATE INDEX sessions_user ON sessions (user_id);
GRANT SELECT, INSERT, UPDATE (refresh_digest, previous_digest, generation, ended_at) ON sessions TO jicai_app;

-- Failed logins by a keyed digest of the login name, whether or not a user has it.
CREATE TABLE login_attempts (
    name_digest bytea NOT NULL,
    failures integer NOT NULL,
    closed_until timestamptz,
    changed_at timestamptz NOT NULL,
    CONSTRAINT login_attempts_pkey PRIMARY KEY (name_digest)
);
CREATE INDEX login_attempts_changed ON login_attempts (changed_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON login_attempts TO jicai_app;

-- Public halves of the keys that sign access tokens; the private halves are derived from the service's secret.
CREATE TABLE signing_keys (
    id uuid NOT NULL,
    algorithm text NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (id),
    CONSTRAINT signing_keys_algorithm CHECK (algorithm IN ('EdDSA'))
);
GRANT SELECT, INSERT, UPDATE (retired_at) ON signing_keys TO jicai_app;

CREATE TABLE alliances (
    id uuid NOT NULL,
    name text NOT NULL,
    office uuid NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT alliances_pkey PRIMARY KEY (id),
    CONSTRAINT alliances_office_fkey FOREIGN KEY (office) REFERENCES organizations,
    CONSTRAINT alliances_version CHECK (version >= 1)
);
CREATE INDEX alliances_office ON alliances (office);
GRANT SELECT, INSERT, UPDATE (version) ON alliances TO jicai_app;

CREATE TABLE alliance_memberships (
    alliance uuid NOT NULL,
    region text NOT NULL,
    product_group text NOT NULL,
    joined_on date NOT NULL,
    left_on date,
    CONSTRAINT alliance_memberships_pkey PRIMARY KEY (alliance, region, product_group, joined_on),
    CONSTRAINT alliance_memberships_alliance_fkey FOREIGN KEY (alliance) REFERENCES alliances,
    CONSTRAINT alliance_memberships_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT alliance_memberships_days CHECK (left_on >= joined_on)
);
CREATE UNIQUE INDEX alliance_memberships_current ON alliance_memberships (alliance, region, product_group) WHERE left_on IS NULL;
CREATE INDEX alliance_memberships_region ON alliance_memberships (region);
GRANT SELECT, INSERT, UPDATE (left_on) ON alliance_memberships TO jicai_app;
