# How many mails a second are accepted and delivered on to another server: from the first byte in to the last mail out.
echo "## Relay: accepted to delivered a second, into smtp-sink"
echo
mail_sides
for round in $(seq "$ROUNDS"); do
    for side in $sides; do
        start_sink
        "start_$side" "$sink_port"
        warm_up
        await sink_has "$WARMUP"
        begun=$(now)
        smtp-source -d -s 20 -m "$MAILS" -l 4096 -f sender@client.test -t rcpt@sink.test "127.0.0.1:$port" >&2
        until sink_has $((WARMUP + MAILS)); do sleep 0.02; done
        rate "$MAILS" "$begun" "$(now)" >>"$work/figures.relay.$side"
        stop_all
    done
done
table_head "sessions in, kept"
table_row 20 relay
