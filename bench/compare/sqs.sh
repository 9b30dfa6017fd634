# How many messages a second pass the SQS door, beside servers that keep theirs in memory; ours are on stable storage before each answer.
echo "## SQS: messages a second from 32 connections"
echo
need wrk "apt-get install wrk"
. ./sqs-servers.sh
sides=${chosen:-elasticmq fauxqs posthorn}
SECONDS_EACH=${SECONDS_EACH:-10}
WARM_SECONDS=${WARM_SECONDS:-5}
install_sqs_peers

measure() { # side, with $protocol and $port set
    local key=$protocol.$1 half pause
    await make_queue "send-$protocol"
    load sqs-send.lua /dev/null "$WARM_SECONDS"
    load sqs-send.lua "$work/figures.send-$key" "$SECONDS_EACH"
    # Half of that: each of 32 connections pauses for whole milliseconds, as many as it takes to come down to it.
    half=$((rate / 2))
    for pause in $(seq 1 50); do
        load sqs-send.lua /dev/null 1 "$pause"
        [ "$rate" -gt "$half" ] || break
    done
    load sqs-send.lua "$work/figures.half-$key" "$SECONDS_EACH" "$pause"
    echo "$p99" >>"$work/figures.p99-$key"
    await make_queue "cycle-$protocol"
    load sqs-cycle.lua /dev/null $(((WARM_SECONDS + 1) / 2)) # most of it has run by now
    load sqs-cycle.lua "$work/figures.cycle-$key" "$SECONDS_EACH"
}

# elasticmq speaks Query alone, fauxqs JSON alone; each is compared in its own.
for round in $(seq "$ROUNDS"); do
    for side in $sides; do
        if [ "$side" = posthorn ]; then
            start_posthorn none
            port=$http_port
        else
            "start_$side"
        fi
        for protocol in query json; do
            case $side.$protocol in elasticmq.json | fauxqs.query) continue ;; esac
            measure "$side"
        done
        stop_all
    done
done
version_of() { node -p "require('$work/npm/node_modules/$1/package.json').version"; }
echo "The same \`wrk\` script for every side, on the same cores; 1 KiB a message. The peers, elasticmq $(version_of elasticmq) and fauxqs $(version_of fauxqs), keep"
echo "messages in memory; Posthorn answers when they are on stable storage."
for protocol in query json; do
    peer=$([ $protocol = query ] && echo elasticmq || echo fauxqs)
    [[ " $sides " == *" $peer "* ]] || continue
    all_sides=$sides sides="$peer posthorn"
    echo
    table_head "$protocol protocol, 32 connections"
    table_row "SendMessage" "send-$protocol"
    table_row "batches of 10 sent, received, deleted" "cycle-$protocol"
    table_row "SendMessage, held to half" "half-$protocol"
    echo
    for side in $sides; do echo "99th percentile of a send at half of the top rate, $side: $(median "$work/figures.p99-$protocol.$side") ms"; done
    sides=$all_sides
done
