#!/bin/sh
# Run once by the image of Postgres, in a new cluster: the role that owns the schema, the role that serves, and the database.
set -eu
secrets=${SECRETS:-/secrets}
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set owner="$(cat "$secrets/owner_password")" --set app="$(cat "$secrets/app_password")" <<'SQL'
CREATE ROLE jicai_owner LOGIN PASSWORD :'owner';
CREATE ROLE jicai_app LOGIN PASSWORD :'app';
CREATE DATABASE jicai OWNER jicai_owner;
REVOKE ALL ON DATABASE jicai FROM PUBLIC;
GRANT CONNECT ON DATABASE jicai TO jicai_app;
SQL
