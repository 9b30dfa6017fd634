# Mail servers beside Posthorn; sourced by the rows of mail. Every side answers to: start_SIDE none|mx, which sets $port.
# none: mail is accepted and stays; mx: it goes to the mail exchangers of its domain. Each as a sensible administrator of a busy relay sets it.

smtp_port=2525 # in a world of its own every port is free

fetch_package() { # Debian package: it and what it needs, laid out in $work/peers; nothing is installed, and the one that is stays
    local root=$work/peers/$1 archive
    [ ! -d "$root" ] || return 0
    mkdir -p "$root/archives/partial"
    apt-get install --yes --no-install-recommends --download-only -o "Dir::Cache::archives=$root/archives" -o Debug::NoLocking=1 "$1" \
        >"$root/apt.log" 2>&1 || { cat "$root/apt.log" >&2; echo "bench: apt-get can't get $1; try apt-get update first" >&2; return 1; }
    for archive in "$root"/archives/*.deb; do dpkg -x "$archive" "$root"; done
    mkdir -p "$root/etc" "$root/var/lib"
    cp /etc/passwd /etc/group "$root/etc/"
}

add_user() { # root name id home: in the world of that root only
    echo "$2:x:$3:$3::$4:/usr/sbin/nologin" >>"$1/etc/passwd"
    echo "$2:x:$3:" >>"$1/etc/group"
}

kill_server() {
    kill "$server_id" 2>/dev/null
    wait "$server_id" 2>/dev/null
}

start_postfix() {
    local way=$1 home=$work/postfix settings=
    rm -rf "$home"
    mkdir -p "$home"/{conf,queue,data}
    chown postfix "$home/data"
    port=$smtp_port
    [ "$way" != none ] || settings="smtpd_recipient_restrictions = static:HOLD"
    cat >"$home/conf/main.cf" <<MAIN
compatibility_level = 3.6
queue_directory = $home/queue
data_directory = $home/data
maillog_file = $home/maillog
maillog_file_prefixes = $home
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
message_size_limit = 200000000
smtpd_relay_restrictions = permit_mynetworks, reject
default_destination_concurrency_limit = 20
default_process_limit = 100
smtpd_client_connection_count_limit = 0
$settings
MAIN
    sed "s/^smtp  *inet .*/127.0.0.1:$port inet n - n - - smtpd/; s/^\([a-z]* *unix .-  *.\)  *y/\1 n/" /etc/postfix/master.cf.proto |
        grep -v '^#' | awk '$2 == "unix" || $2 == "inet" || $2 == "unix-dgram" { $5 = "n" } { print }' >"$home/conf/master.cf"
    "${inside[@]}" postfix -c "$home/conf" start 2>"$home/start.log" || { cat "$home/start.log" >&2; return 1; }
    started+=(stop_postfix)
    await listens "$port"
}

stop_postfix() {
    "${inside[@]}" postfix -c "$work/postfix/conf" stop >/dev/null 2>&1
    await postfix_is_gone
}

postfix_is_gone() { ! "${inside[@]}" postfix -c "$work/postfix/conf" status; }

start_opensmtpd() {
    local way=$1
    port=$smtp_port
    mkdir -p -m 711 "$work/world/spool/smtpd"
    # 100 mails a session are its default, after which it refuses: a kept connection could not be measured.
    cat >"$work/smtpd.conf" <<SMTPD
smtp max-message-size "200M"
smtp limit max-mails 1000000
listen on 127.0.0.1 port $port hostname opensmtpd.test
action "out" relay
match from any for any action "out"
SMTPD
    "${inside[@]}" smtpd -d -f "$work/smtpd.conf" >"$work/smtpd.log" 2>&1 &
    server_id=$!
    started+=(kill_server)
    await listens "$port" || { cat "$work/smtpd.log" >&2; return 1; }
    [ "$way" != none ] || "${inside[@]}" smtpctl pause mta >&2
}

prepare_opensmtpd() {
    local root=$work/peers/opensmtpd
    [ ! -d "$root" ] || return 0
    fetch_package opensmtpd
    add_user "$root" opensmtpd 901 /var/lib/opensmtpd/empty
    add_user "$root" opensmtpq 902 /nonexistent
    mkdir -p "$root/var/lib/opensmtpd/empty"
    chgrp 902 "$root/usr/sbin/smtpctl"
    chmod g+s "$root/usr/sbin/smtpctl"
}

start_exim() {
    local way=$1 home=$work/world/spool/exim4 settings=
    port=$smtp_port
    mkdir -p "$home"/{log,conf}
    chown -R 903:903 "$home"
    [ "$way" != none ] || settings="queue_only"
    # The overlay is mounted: what Exim reads as /etc/exim4/exim4.conf is a link to this file.
    cat >"$home/conf/exim4.conf" <<EXIM
primary_hostname = exim.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = $port
disable_ipv6
spool_directory = /var/spool/exim4
split_spool_directory
log_file_path = /var/spool/exim4/log/%slog
message_size_limit = 200M
tls_advertise_hosts =
keep_environment =
smtp_accept_max = 0
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
smtp_connect_backlog = 128
acl_smtp_rcpt = accept
$settings
begin routers
mx:
  driver = dnslookup
  transport = smtp
  self = send
begin transports
smtp:
  driver = smtp
  hosts_avoid_tls = *
begin retry
* * F,2h,15m
EXIM
    chown 0:0 "$home/conf/exim4.conf"
    "${inside[@]}" exim4 -bdf -q30m >"$work/exim.log" 2>&1 &
    server_id=$!
    started+=(kill_server)
    await listens "$port" || { cat "$work/exim.log" "$home/log/"* >&2; return 1; }
}

prepare_exim() {
    local root=$work/peers/exim4-daemon-light
    [ ! -d "$root" ] || return 0
    fetch_package exim4-daemon-light
    add_user "$root" Debian-exim 903 /var/spool/exim4
    mkdir -p "$root/etc/exim4"
    ln -sf /var/spool/exim4/conf/exim4.conf "$root/etc/exim4/exim4.conf"
}

prepare_haraka() {
    [ ! -d "$work/peers/haraka" ] || return 0
    need npm "apt-get install npm"
    npm install --prefix "$work/peers/haraka" --silent --no-audit --no-fund Haraka >&2
}

start_haraka() {
    local way=$1 home=$work/haraka packages=$work/peers/haraka
    port=$smtp_port
    rm -rf "$home"
    node "$packages/node_modules/Haraka/bin/haraka" -i "$home" >"$work/haraka.log"
    echo haraka.test >"$home/config/me"
    echo 0 >"$home/config/databytes"
    printf '%s\n' "[main]" level=warn >"$home/config/log.ini"
    echo bench >"$home/config/plugins"
    printf '%s\n' "listen=127.0.0.1:$port" nodes=cpus >"$home/config/smtp.ini"
    printf '%s\n' local_mx_ok=true "disabled=$([ "$way" = none ] && echo true || echo false)" >"$home/config/outbound.ini"
    echo "exports.hook_connect = (next, connection) => { connection.relaying = true; next(); };" >"$home/plugins/bench.js"
    "${inside[@]}" node "$packages/node_modules/Haraka/bin/haraka" -c "$home" >"$work/haraka.log" 2>&1 &
    server_id=$!
    started+=(kill_server)
    await listens "$port" || { cat "$work/haraka.log" >&2; return 1; }
}

start_mail() { # side none|mx: in a world of its own, with a sink when its mail goes somewhere
    local root=
    case $1 in exim) root=$work/peers/exim4-daemon-light ;; opensmtpd) root=$work/peers/opensmtpd ;; esac
    open_world ${root:+"$root"}
    [ "$2" = none ] || start_sink
    "start_$1" "$2"
    # As the others' mail does, Posthorn's stays where it was accepted: its pipeline is paused.
    [ "$1.$2" != posthorn.none ] || "${inside[@]}" curl -sf -o "$work/paused" -X POST "http://127.0.0.1:$http_port/v1/queues/spool%2Fprocess%2Froot/pause"
}

prepare_servers() { # of $sides: fetches what is not there, and says what each does before it says 250: seen by strace (OpenSMTPD, Exim) or read in its source (Haraka)
    local side
    for side in $sides; do
        case $side in opensmtpd | exim | haraka) "prepare_$side" ;; esac
        echo "- $(described "$side")"
    done
    echo
}

described() { # side
    case $1 in
        postfix) echo "Postfix $(postconf -h mail_version): a mail is a file, fsync before 250; then on hold, or to the queue manager. Up to 100 processes of a kind and 20 connections a destination." ;;
        opensmtpd) echo "OpenSMTPD $(package_version opensmtpd): **syncs nothing before 250**, neither mail nor envelope; what it accepted last is lost with the power. Relaying paused. Its listen queue has five places: of sessions that begin at once some are let in only a second later, which its figures for 10 and 50 sessions have in them." ;;
        exim) echo "Exim $(package_version exim4-daemon-light): a mail is two files, fsync of each and of their folder before 250; \`queue_only\`, or at once a process for each mail. After QUIT it gives the client up to 0.2 s to close; this client waits for the server to do so, which is what Exim's rate with a connection a mail shows." ;;
        haraka) echo "Haraka $(sed -n 's/^ *"version": "\(.*\)",/\1/p' "$work/peers/haraka/node_modules/Haraka/package.json"), a process a core: a mail is a file, fsync before it is renamed and 250 is said; the folder is not synced. \`disabled\` in outbound.ini, or delivered at once." ;;
        posthorn) echo "Posthorn: one synced commit for all mails that wait together before 250; pipeline paused, or at once. Up to 20 connections a destination." ;;
    esac
}

package_version() { dpkg-deb -f "$work/peers/$1/archives/$1"_*.deb Version; }
