#!/bin/sh
# Makes what is secret where it is missing, each file for the one user that reads it: 10001 runs the platform, 999 Postgres.
set -eu
cd "${1:-/secrets}"
make() { # file, user, text before and after the random part
    [ -s "$1" ] && return
    umask 077
    printf '%s%s%s\n' "$3" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" "$4" > "$1.new"
    chown "$2" "$1.new"
    mv "$1.new" "$1"
}
copy() { # the random part of a connection string, for Postgres
    [ -s "$2" ] && return
    umask 077
    sed 's|.*:\([0-9a-f]\{64\}\)@.*|\1|' "$1" > "$2.new"
    chown 999 "$2.new"
    mv "$2.new" "$2"
}
make jicai_secret 10001 '' ''
make database_url 10001 'postgres://jicai_app:' '@postgres/jicai'
make migration_url 10001 'postgres://jicai_owner:' '@postgres/jicai'
make superuser 999 '' ''
copy database_url app_password
copy migration_url owner_password
chmod 0755 .
