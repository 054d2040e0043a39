#!/bin/sh
# Makes the cluster at the first start, as the image of this name does, then runs the command.
set -eu
if [ "$(id -u)" -eq 0 ]; then
    install -d -o postgres -g postgres -m 0700 "$PGDATA"
    install -d -o postgres -g postgres /var/run/postgresql
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    password_file="$(mktemp)"
    printf '%s' "$POSTGRES_PASSWORD" >"$password_file"
    initdb -U "$POSTGRES_USER" --pwfile "$password_file" --auth-host scram-sha-256 \
        --auth-local trust -E UTF8 --locale C.UTF-8 >/dev/null
    rm "$password_file"
    printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    pg_ctl -s -w -o "-c listen_addresses=''" start
    createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl -s -w -m fast stop
fi
exec "$@" -c listen_addresses='*'
