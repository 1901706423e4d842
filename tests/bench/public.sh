#!/usr/bin/env bash
# Warm public pages against nginx with the same bytes, and one tenant against 84,094. BIN=path to measure another program.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-5} seconds=${RUN_SECONDS:-8} scale=${SCALE:-84094}

# page NAME PORT PATH: keeps the gzip bytes and the headers of a page of the central portal.
page() {
    curl -sSf -H "Host: www.localhost:$2" -H 'Accept-Encoding: gzip' -D "$WORK/$1.headers" -o "$WORK/$1.gz" "http://127.0.0.1:$2$3"
    grep -qi '^content-encoding: gzip' "$WORK/$1.headers" || die "$3 did not come as gzip"
}

# nginx_up NAME: serves the kept page; sets PORT.
nginx_up() {
    PORT=$(free_port)
    "$BENCH/yardstick.sh" "$WORK/nginx-$1" "$PORT" "$WORK/$1.gz" "$WORK/$1.headers" >/dev/null 2>&1 &
    PIDS+=($!)
    wait_for 10 curl -sf -o /dev/null "http://127.0.0.1:$PORT/" || { cat "$WORK/nginx-$1/error.log" >&2; die "nginx did not start"; }
    curl -sSf -H 'Accept-Encoding: gzip' "http://127.0.0.1:$PORT/" | cmp - "$WORK/$1.gz" || die "nginx serves other bytes"
}

services_up
one_url=$(new_database bench_one) many_url=$(new_database bench_many)
dibao_up one --tenants 1 --database-url "$one_url"; one=$PORT
say "creating $scale tenants" >&2
dibao_up many --scale "$scale" --database-url "$many_url"; many=$PORT
settle one "$one" "$one_url"
settle many "$many" "$many_url"
# The home pages differ (one has portals below it), so the two are compared on the same article.
article=$(python3 "$BENCH/pick.py" article "$one" "$WORK/one.token")
article_many=$(python3 "$BENCH/pick.py" article "$many" "$WORK/many.token" "$article")

page home "$many" /; nginx_up home; nginx_home=$PORT
page article "$one" "$article"
page article_many "$many" "$article_many"

python3 "$BENCH/load.py" --rounds "$rounds" --seconds "$seconds" \
    "nginx=$nginx_home,www.localhost,/" "dibao=$many,www.localhost,/" \
    "one=$one,www.localhost,$article" "many=$many,www.localhost,$article_many" > "$WORK/load.json"
python3 "$BENCH/public.py" "$WORK" "$many" "$scale" "$rounds" "$seconds"
finish
