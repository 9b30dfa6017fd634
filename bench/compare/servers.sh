# Starting and stopping what is measured; sourced by run. Mail servers other than Posthorn: mail-servers.sh.

started=()
inside=() # what a command is put behind, to run where the servers are; mail-world.sh sets it

stop_all() { # what was started last first
    local i
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do ${started[i]} || true; done
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

listens() { "${inside[@]}" bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0"' "$1" 2>/dev/null; }

start_posthorn() { # none, or where mail goes: a relay's port or mx, [data folder]
    local way=$1 home=$work/posthorn pipeline relay=
    rm -rf "$home"
    mkdir -p "$home"
    if [ "$way" = none ]; then
        pipeline="" # every recipient's mail stays in the queue of its name
    else
        [ "$way" = mx ] || relay="relay: 127.0.0.1:$way, "
        pipeline="pipeline: { root: [ { deliver: outgoing } ] }
outgoing: { ${relay}per-destination: { connections: 20 } }"
    fi
    cat >"$home/posthorn.yaml" <<YAML
hostname: posthorn.test
listen: { smtp: 127.0.0.1:0, http: 127.0.0.1:0, imap: 127.0.0.1:0, pop3: off }
$pipeline
YAML
    "${inside[@]}" "$repository/posthorn" serve --config "$home/posthorn.yaml" --data "${2:-$home/data}" >"$home/out" 2>"$home/log" &
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
