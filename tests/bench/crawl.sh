#!/usr/bin/env bash
# 10,000 crawl sources, each on a host of its own (127.1.x.y), on one node with PostgreSQL: how fast they are read, first with
# something new in each and then unchanged, and what the process weighs at most.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
sources=${SOURCES:-10000}
services_up
url=$(new_database bench_crawl)

# The other side: one feed, whose only entry names the host that was asked.
SITE=$(free_port)
mkdir -p "$WORK/site"
cat > "$WORK/site/nginx.conf" <<CONF
worker_processes 1;
pid $WORK/site/pid;
error_log $WORK/site/error.log;
events { worker_connections 1024; }
http {
    access_log off;
    server {
        listen 0.0.0.0:$SITE reuseport;
        default_type application/xml;
        location = /robots.txt { default_type text/plain; return 200 "User-agent: *\nDisallow: /private/\n"; }
        location = /feed.xml {
            add_header ETag '"v1"';
            if (\$http_if_none_match = '"v1"') { return 304; }
            return 200 '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><id>urn:x</id><updated>2026-03-01T00:00:00Z</updated><entry><id>urn:\$host</id><title>要闻 \$host</title><link href="/1.html"/><updated>2026-03-01T00:00:00Z</updated><content type="html">&lt;p&gt;\$host 召开会议，\$host 部署重点工作，\$host 要求抓好落实。&lt;/p&gt;</content></entry></feed>';
        }
    }
}
CONF
nginx=$(command -v nginx || echo /usr/sbin/nginx)
"$nginx" -c "$WORK/site/nginx.conf" -g 'daemon off;' >/dev/null 2>&1 &
PIDS+=($!)
wait_for 10 curl -sf -o /dev/null "http://127.1.0.1:$SITE/feed.xml"

printf '[probe]\nallow = "127.0.0.0/8"\n' > "$WORK/dibao.toml"
dibao_up crawl --tenants 1 --database-url "$url" --config "$WORK/dibao.toml"
token_of crawl "$url" > "$WORK/crawl.token"
BENCH_DB=$url python3 "$BENCH/crawl.py" "$PORT" "$WORK/crawl.token" "$SITE" "$sources" "$PID"
dibao_down "$PID"
finish
