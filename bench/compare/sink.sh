# A mail server on loopback that keeps nothing, and mails for who is measured beside it; sourced by growth and limit.

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

send_mails() { # how many, sessions
    smtp-source -d -s "$2" -m "$1" -l 4096 -f sender@client.test -t rcpt@sink.test "127.0.0.1:$port" >&2
}
