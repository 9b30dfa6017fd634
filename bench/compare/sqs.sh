# How many messages a second pass the SQS door, beside servers that keep theirs in memory; ours are on stable storage before each answer.
echo "## SQS: messages a second from 32 connections"
echo
need wrk "apt-get install wrk"
. ./sqs-servers.sh
sides=${chosen:-elasticmq fauxqs posthorn}
SECONDS_EACH=${SECONDS_EACH:-10}
install_sqs_peers

make_queue() { # name: sets $queue, the queue as the scripts' arguments name it
    local url
    if [ "$protocol" = json ]; then
        url=$(curl -sf "http://127.0.0.1:$port/" -H "Content-Type: application/x-amz-json-1.0" -H "X-Amz-Target: AmazonSQS.CreateQueue" -d "{\"QueueName\":\"$1\"}" |
            sed -n 's|.*"QueueUrl":"\([^"]*\)".*|\1|p')
        queue=$url
    else
        url=$(curl -sf "http://127.0.0.1:$port/" -d "Action=CreateQueue&Version=2012-11-05&QueueName=$1" | sed -n 's|.*<QueueUrl>\([^<]*\)</QueueUrl>.*|\1|p')
        queue=/${url#*://*/}
    fi
    [ -n "$url" ]
}

load() { # script figures seconds [pause]: adds the rate to the figures, and sets $rate and $p99
    local refused
    read -r _ rate p99 refused < <(wrk -t 2 -c 32 -d "$3" -s "$1" "http://127.0.0.1:$port" -- "$protocol" "$queue" "${4:-0}" | grep ^FIGURES)
    [ "$refused" = 0 ] || echo "bench: $side: $refused requests of $1 failed" >&2
    echo "$rate" >>"$2"
}

measure() { # side, with $protocol and $port set
    local key=$protocol.$1 half pause
    await make_queue "send-$protocol"
    load sqs-send.lua /dev/null 5
    load sqs-send.lua "$work/figures.send-$key" "$SECONDS_EACH"
    # Half of that: each of 32 connections pauses for whole milliseconds, as many as it takes to come down to it.
    half=$((rate / 2))
    for pause in $(seq 1 50); do
        load sqs-send.lua /dev/null 2 "$pause"
        [ "$rate" -gt "$half" ] || break
    done
    load sqs-send.lua "$work/figures.half-$key" "$SECONDS_EACH" "$pause"
    echo "$p99" >>"$work/figures.p99-$key"
    await make_queue "cycle-$protocol"
    load sqs-cycle.lua /dev/null 5
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
echo "The same \`wrk\` script for every side, on the same cores; 1 KiB a message. The peers keep messages in memory."
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
