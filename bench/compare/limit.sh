# How close Posthorn is to what this machine can do at most: the disk's group commit, Kestrel with nothing behind it, SMTP that keeps nothing.
echo "## Limit: Posthorn beside what could be reached at most"
echo
for tool in wrk smtp-source; do need $tool "./test installs postfix; apt-get install wrk"; done
SECONDS_EACH=${SECONDS_EACH:-5}
WARM_SECONDS=${WARM_SECONDS:-4}
. ./sink.sh
build_bench

start_empty() { # http or smtp: Kestrel as Posthorn sets it up, with the least behind it
    port=$(free_port)
    dotnet "$bench_program" "empty-$1" "$port" >"$work/empty.out" & # not by the function, so that $! is the server
    server_id=$!
    started+=(stop_empty)
    await grep -qx ready "$work/empty.out"
}

stop_empty() {
    kill "$server_id" 2>/dev/null
    wait "$server_id" 2>/dev/null
}

processor_time() { # of the server, in ticks of 10 ms
    awk '{ print $14 + $15 }' "/proc/$server_id/stat"
}

costs() { # ticks count figures: microseconds of processor time for each
    awk -v ticks="$1" -v n="$2" 'BEGIN { printf "%.1f\n", ticks * 10000 / n }' >>"$3"
}

measure_sqs() { # side: SendMessage in both protocols
    local ticks warm=$WARM_SECONDS
    for protocol in query json; do
        if [ "$side" = posthorn ]; then await make_queue "limit-$protocol"; else queue=$([ $protocol = json ] && echo "http://127.0.0.1:$port/000000000000/limit" || echo /000000000000/limit); fi
        load sqs-send.lua /dev/null "$warm"
        warm=$(((WARM_SECONDS + 1) / 2)) # the second protocol shares most of the code
        ticks=$(processor_time)
        load sqs-send.lua "$work/figures.sqs-$protocol.$side" "$SECONDS_EACH"
        costs $(($(processor_time) - ticks)) "$((rate * SECONDS_EACH))" "$work/figures.sqs-$protocol-cost.$side"
    done
}

measure_smtp() { # side: mails from kept connections
    local sessions ticks begun
    send_mails "$WARMUP" 10
    for sessions in 10 50; do
        ticks=$(processor_time)
        begun=$(now)
        send_mails "$MAILS" $sessions
        rate "$MAILS" "$begun" "$(now)" >>"$work/figures.smtp-$sessions.$side"
        costs $(($(processor_time) - ticks)) "$MAILS" "$work/figures.smtp-$sessions-cost.$side"
    done
}

for round in $(seq "$ROUNDS"); do
    for side in empty-request posthorn; do
        if [ $side = posthorn ]; then
            start_posthorn none
            port=$http_port server_id=$posthorn_id
        else
            start_empty http
        fi
        measure_sqs
        stop_all
    done
    for side in empty-dialogue posthorn; do
        if [ $side = posthorn ]; then
            start_posthorn none
            server_id=$posthorn_id
        else
            start_empty smtp
        fi
        measure_smtp
        stop_all
    done
done

echo "The bare loop is the least a group commit can do: callers copy their record into a buffer, one loop writes and syncs it and wakes them. Where space is"
echo "used again it writes over one file of 256 MiB, and the engine's queue is deleted after each 128 MiB; where all of it stays both write new files."
echo
bench limit "$work/journal" "$SECONDS_EACH" "$ROUNDS"
echo
echo "\`empty-request\` is Kestrel with Posthorn's transport settings and an endpoint that answers 200 with no content to the same requests from the same \`wrk\` (SendMessage of"
echo "1 KiB, 32 connections); it parses nothing, keeps nothing and waits for no disk."
echo
sides="empty-request posthorn"
table_head "SQS SendMessage"
table_row "Query protocol" sqs-query
table_row "JSON protocol" sqs-json
echo
echo "\`empty-dialogue\` is a connection handler on the same Kestrel that answers 250 to every line and forgets what comes after DATA; mails of 4 KiB by \`smtp-source\`,"
echo "connections kept, accepted and not delivered. The client takes its share of the same cores on both sides."
echo
sides="empty-dialogue posthorn"
table_head "SMTP accept"
table_row "10 sessions" smtp-10
table_row "50 sessions" smtp-50
echo
echo "Processor time that the server alone took for each, without the client's; less is better."
echo
sides="empty-request posthorn"
table_head "server's cost of a request" " µs"
table_row "Query protocol" sqs-query-cost
table_row "JSON protocol" sqs-json-cost
echo
sides="empty-dialogue posthorn"
table_head "server's cost of a mail" " µs"
table_row "10 sessions" smtp-10-cost
table_row "50 sessions" smtp-50-cost
