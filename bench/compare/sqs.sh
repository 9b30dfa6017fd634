# How many messages a second pass the SQS door, beside servers that keep theirs in memory; ours are on stable storage before each answer.
echo "## SQS: messages a second from 32 connections"
echo
need wrk "apt-get install wrk"
need java "apt-get install default-jre-headless"
need npm "apt-get install npm"
sides=${chosen:-elasticmq fauxqs posthorn}
SECONDS_EACH=${SECONDS_EACH:-10}
npm install --prefix "$work/npm" --silent elasticmq@0.7.1 fauxqs >&2

start_elasticmq() {
    port=$(free_port)
    java --add-opens java.base/java.util.regex=ALL-UNNAMED "-Drest-sqs.bind-port=$port" "-Dnode-address.port=$port" \
        -jar "$work/npm/node_modules/elasticmq/elasticmq-server-0.7.1.jar" >"$work/elasticmq.log" 2>&1 &
    peer_id=$!
    started+=(stop_peer)
}

start_fauxqs() {
    port=$(free_port)
    FAUXQS_PORT=$port FAUXQS_LOGGER=false node "$work/npm/node_modules/fauxqs/dist/cli.js" >"$work/fauxqs.log" 2>&1 &
    peer_id=$!
    started+=(stop_peer)
}

stop_peer() {
    kill "$peer_id" 2>/dev/null
    wait "$peer_id" 2>/dev/null
}

make_queue() { # name: sets $path, the queue's
    local answer
    answer=$(curl -sf "http://127.0.0.1:$port/" -d "Action=CreateQueue&Version=2012-11-05&QueueName=$1") || return 1
    path=/$(sed -n 's|.*<QueueUrl>https\?://[^/]*/\([^<]*\)</QueueUrl>.*|\1|p' <<<"$answer")
    [ "$path" != / ]
}

load() { # script figures seconds arguments …: adds the rate to the figures, and sets $rate and $p99
    local script=$1 figures=$2 seconds=$3 refused
    shift 3
    read -r _ rate p99 refused < <(wrk -t 2 -c 32 -d "$seconds" -s "$script" "http://127.0.0.1:$port" -- "$@" | grep ^FIGURES)
    [ "$refused" = 0 ] || { echo "bench: $refused requests failed" >&2; return 1; }
    echo "$rate" >>"$figures"
}

for round in $(seq "$ROUNDS"); do
    for side in $sides; do
        if [ "$side" = posthorn ]; then
            start_posthorn none
            port=$http_port
        else
            "start_$side"
        fi
        await make_queue "send$round"
        load sqs-send.lua /dev/null 5 "$path"
        load sqs-send.lua "$work/figures.send.$side" "$SECONDS_EACH" "$path"
        # Half of that: each of 32 connections pauses for whole milliseconds, as many as it takes to come down to it.
        half=$((rate / 2))
        for pause in $(seq 1 50); do
            load sqs-send.lua /dev/null 2 "$path" "$pause"
            [ "$rate" -gt "$half" ] || break
        done
        load sqs-send.lua "$work/figures.half.$side" "$SECONDS_EACH" "$path" "$pause"
        echo "$p99" >>"$work/figures.p99.$side"
        await make_queue "cycle$round"
        load sqs-cycle.lua /dev/null 5 "$path"
        load sqs-cycle.lua "$work/figures.cycle.$side" "$SECONDS_EACH" "$path"
        stop_all
    done
done
echo "The same \`wrk\` script for every side, in the Query protocol, on the same cores; 1 KiB a message."
echo
table_head "32 connections"
table_row "SendMessage" send
table_row "batches of 10 sent, received, deleted" cycle
echo
echo "| sends at half of that | sends/s | p99 in ms |"
echo "|---|--:|--:|"
for side in $sides; do echo "| $side | $(median "$work/figures.half.$side") | $(median "$work/figures.p99.$side") |"; done
