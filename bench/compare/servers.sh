# Starting and stopping what is measured; sourced by run. Every side answers to: start_SIDE RELAY-PORT|none, which sets $port.

started=()

stop_all() {
    local stop
    for stop in "${started[@]}"; do $stop || true; done
    started=()
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

await() { # command …: until it succeeds, at most a minute
    local i
    for i in $(seq 1200); do "$@" >/dev/null 2>&1 && return; sleep 0.05; done
    echo "bench: this never came true: $*" >&2
    return 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

mail_sides() { # sets $sides for mail and says how it is measured
    local tool
    for tool in postfix smtp-source smtp-sink; do need $tool "./test installs it"; done
    sides=${chosen:-postfix posthorn}
    echo "Mails of 4 KiB by \`smtp-source\`, $MAILS a run after $WARMUP to warm up. Postfix $(postconf -h mail_version): one fsync a queue file before 250;"
    echo "Posthorn: one synced commit for all mails that wait together before 250."
    echo
}

# What a sensible administrator of a busy relay sets; without a relay, mail is accepted and put on hold: nothing competes with accepting.
start_postfix() {
    local relay=$1 home=$work/postfix settings
    rm -rf "$home"
    mkdir -p "$home"/{conf,queue,data}
    chown postfix "$home/data"
    port=$(free_port)
    if [ "$relay" = none ]; then
        settings="smtpd_recipient_restrictions = static:HOLD"
    else
        settings="relayhost = [127.0.0.1]:$relay"
    fi
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
smtpd_relay_restrictions = permit_mynetworks, reject
default_destination_concurrency_limit = 20
default_process_limit = 100
smtpd_client_connection_count_limit = 0
$settings
MAIN
    sed "s/^smtp  *inet .*/127.0.0.1:$port inet n - n - - smtpd/; s/^\([a-z]* *unix .-  *.\)  *y/\1 n/" /etc/postfix/master.cf.proto |
        grep -v '^#' | awk '$2 == "unix" || $2 == "inet" || $2 == "unix-dgram" { $5 = "n" } { print }' >"$home/conf/master.cf"
    postfix -c "$home/conf" start 2>"$home/start.log" || { cat "$home/start.log" >&2; return 1; }
    started+=(stop_postfix)
    await listens "$port"
}

stop_postfix() {
    postfix -c "$work/postfix/conf" stop >/dev/null 2>&1
    await postfix_is_gone
}

postfix_is_gone() { ! postfix -c "$work/postfix/conf" status; }

start_posthorn() { # relay's port or none, [data folder]
    local relay=$1 home=$work/posthorn pipeline
    rm -rf "$home"
    mkdir -p "$home"
    if [ "$relay" = none ]; then
        pipeline="" # every recipient's mail stays in the queue of its name
    else
        pipeline="pipeline: { root: [ { deliver: outgoing } ] }
outgoing: { relay: 127.0.0.1:$relay, per-destination: { connections: 20 } }"
    fi
    cat >"$home/posthorn.yaml" <<YAML
hostname: posthorn.test
listen: { smtp: 127.0.0.1:0, http: 127.0.0.1:0, imap: 127.0.0.1:0, pop3: off }
$pipeline
YAML
    "$repository/posthorn" serve --config "$home/posthorn.yaml" --data "${2:-$home/data}" >"$home/out" 2>"$home/log" &
    posthorn_id=$!
    started+=(stop_posthorn)
    await grep -qx ready "$home/out" || { tail "$home/log" >&2; return 1; }
    port=$(sed -n 's/^listening smtp .*:\([0-9]*\)$/\1/p' "$home/out")
    http_port=$(sed -n 's/^listening http .*:\([0-9]*\)$/\1/p' "$home/out")
    imap_port=$(sed -n 's/^listening imap .*:\([0-9]*\)$/\1/p' "$home/out")
}

stop_posthorn() {
    kill "$posthorn_id" 2>/dev/null
    wait "$posthorn_id" 2>/dev/null
}

start_sink() { # sets $sink_port
    sink_port=$(free_port)
    smtp-sink -u root -c "127.0.0.1:$sink_port" 256 >"$work/sink.out" 2>"$work/sink.log" &
    sink_id=$!
    started+=(stop_sink)
    await listens "$sink_port"
}

stop_sink() {
    kill "$sink_id" 2>/dev/null
    wait "$sink_id" 2>/dev/null
}

sink_count() { # how many mails the sink has taken
    tail -c 200 "$work/sink.out" | tr '\r' '\n' | sed -n 's/.*mesg=\([0-9]*\).*/\1/p' | tail -1
}

sink_has() { [ "$(sink_count)" -ge "$1" ] 2>/dev/null; }

# What a server is after its first seconds is measured, not how it starts: its processes are there, its code is compiled.
warm_up() {
    smtp-source -d -s 10 -m "$WARMUP" -l 4096 -f sender@client.test -t rcpt@sink.test "127.0.0.1:$port" >&2
}
