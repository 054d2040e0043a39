#!/usr/bin/env bash
# Writes .env for docker-compose.prod.yml from .env.example, with fresh secrets.
# usage: deploy/make_env.sh [DOMAIN [PUBLIC_IP]]
#   without DOMAIN: plain HTTP on localhost. An existing .env is never touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

domain="${1:-}"
public_ip="${2:-}"
[ ! -e .env ] || fail ".env exists already. Move it away if you want new secrets: the database and
Redis keep the passwords that they were made with (deploy/runbooks/rotate_keys.md)."
[[ "$domain" =~ ^[A-Za-z0-9.-]*$ ]] || fail "'$domain' is not a domain name"

# random LENGTH: letters and digits, safe inside URLs and YAML.
random() {
    local text
    text="$(head -c 512 /dev/urandom | base64 -w 0 | tr -dc 'A-Za-z0-9')"
    printf '%s' "${text:0:$1}"
}

# 32 bytes, as STUDIO_ENCRYPTION_KEY wants them.
encryption_key() { head -c 32 /dev/urandom | base64 -w 0 | tr '+/' '-_'; }

if [ -z "$public_ip" ]; then
    # The address of the interface that leads outside.
    public_ip="$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')"
    [ -n "$public_ip" ] || fail "cannot tell this machine's address: give it as second argument"
fi
[[ "$public_ip" =~ ^[0-9]+(\.[0-9]+){3}$ ]] || fail "'$public_ip' is not an IPv4 address"

if [ -n "$domain" ]; then
    site="$domain"
    public_url="wss://$domain"
    bind="0.0.0.0"
else
    site="http://localhost"
    public_url="ws://localhost"
    bind="127.0.0.1"
fi

umask 077
sed -e "s|^SITE_ADDRESS=.*|SITE_ADDRESS=$site|" \
    -e "s|^LIVEKIT_PUBLIC_URL=.*|LIVEKIT_PUBLIC_URL=$public_url|" \
    -e "s|^HTTP_BIND=.*|HTTP_BIND=$bind|" \
    -e "s|^PUBLIC_IP=.*|PUBLIC_IP=$public_ip|" \
    -e "s|^POSTGRES_PASSWORD=.*|POSTGRES_PASSWORD=$(random 32)|" \
    -e "s|^REDIS_PASSWORD=.*|REDIS_PASSWORD=$(random 32)|" \
    -e "s|^LIVEKIT_API_KEY=.*|LIVEKIT_API_KEY=API$(random 12)|" \
    -e "s|^LIVEKIT_API_SECRET=.*|LIVEKIT_API_SECRET=$(random 44)|" \
    -e "s|^STUDIO_JWT_SECRET=.*|STUDIO_JWT_SECRET=$(random 44)|" \
    -e "s|^STUDIO_API_KEY=.*|STUDIO_API_KEY=as_live_$(random 32)|" \
    -e "s|^STUDIO_ENCRYPTION_KEY=.*|STUDIO_ENCRYPTION_KEY=$(encryption_key)|" \
    .env.example >.env.new
mv -n .env.new .env
# The optional monitoring looks at the front door by its public name; Prometheus is another user.
[ -z "$domain" ] ||
    (umask 022 && printf '[{"targets": ["https://%s/health/live"]}]\n' "$domain" \
        >deploy/prometheus/front-door.json)

printf '.env is written: %s, media on %s.\n' "$site" "$public_ip"
[ -n "${2:-}" ] || [ -z "$domain" ] ||
    printf 'If callers reach this machine under another address than %s, set PUBLIC_IP in .env.\n' \
        "$public_ip"
printf 'Now: docker compose -f docker-compose.prod.yml up -d --wait\n'
