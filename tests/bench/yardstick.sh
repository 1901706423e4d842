#!/usr/bin/env bash
# yardstick.sh DIR PORT BODY.gz HEADERS: nginx serving one gzip file with the given headers, as fast as nginx can: sendfile,
# open file cache, no log. Its own prefix, its own port; never the system's service. Stays in the foreground.
set -euo pipefail
dir=$1 port=$2 body=$3 headers=$4
mkdir -p "$dir/html" "$dir/tmp"
cp "$body" "$dir/html/index.html.gz"
gzip -dc "$body" > "$dir/html/index.html"
# The headers of the page that nginx does not set by itself, so that both send the same bytes.
added=$(grep -viE '^(http/|date|server|content-length|content-encoding|content-type|transfer-encoding|connection|keep-alive|etag|last-modified|vary|server-timing)' "$headers" |
    tr -d '\r' | sed -nE 's/^([A-Za-z0-9-]+): (.*)$/\1\t\2/p' | while IFS=$'\t' read -r name value; do
        printf '            add_header %s "%s";\n' "$name" "$(printf '%s' "$value" | sed 's/["\\]/\\&/g; s/\$/${dollar}/g')"
    done)
cat > "$dir/nginx.conf" <<CONF
worker_processes auto;
daemon off;
pid $dir/nginx.pid;
error_log $dir/error.log warn;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    open_file_cache max=100 inactive=600s;
    open_file_cache_valid 600s;
    types { text/html html; }
    charset utf-8;
    client_body_temp_path $dir/tmp; proxy_temp_path $dir/tmp; fastcgi_temp_path $dir/tmp;
    uwsgi_temp_path $dir/tmp; scgi_temp_path $dir/tmp;
    gzip_static on;
    gzip_vary on;
    geo \$dollar { default "\$"; }
    server {
        listen 127.0.0.1:$port backlog=1024;
        root $dir/html;
        location / {
$added
            try_files /index.html =404;
        }
    }
}
CONF
exec "$(command -v nginx || echo /usr/sbin/nginx)" -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log"
