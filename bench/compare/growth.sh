# What waiting messages cost: rates beside them, memory, start. LONG=1 tries ten million in the embedded engine as well.
echo "## Growth: rates beside what waits already"
echo
for tool in wrk smtp-source smtp-sink; do need $tool "./test installs postfix; apt-get install wrk"; done
SECONDS_EACH=${SECONDS_EACH:-3}
WARM_SECONDS=${WARM_SECONDS:-2}
WAITING=${WAITING:-0 100000 1000000}
. ./sink.sh
build_bench

wait_in() { # journal's folder, queue, count
    mkdir -p "$1"
    bench backlog "$@" >&2
}

# Each backlog lies in a folder of its own, and is brought to its size again before each turn: what was sent into it is taken out.
measure_embedded() { # count
    local row figure
    wait_in "$work/embedded-$1" growth "$1"
    bench growth "$work/embedded-$1" "$1" "$SECONDS_EACH" >"$work/rows"
    while read -r _ row figure; do echo "$figure" >>"$work/embedded.$1.$row"; done <"$work/rows"
}

start_timed() { # row count relay: starts Posthorn on the row's backlog; its start ends when "ready" was written
    local begun home=$work/$1-$2
    begun=$(now)
    start_posthorn "$3" "$home"
    awk -v a="$begun" -v b="$(stat -c %.9Y "$work/posthorn/out")" 'BEGIN { printf "%.3f\n", b - a }' >>"$work/$1.$2.start"
    awk '/^VmRSS/ { printf "%.1f\n", $2 / 1024 }' "/proc/$posthorn_id/status" >>"$work/$1.$2.memory"
}

measure_sqs() { # count
    wait_in "$work/sqs-$1/journal" growth "$1"
    start_timed sqs "$1" none
    port=$http_port protocol=query side="posthorn, $1 waiting"
    await make_queue growth
    load sqs-send.lua /dev/null "$WARM_SECONDS"
    load sqs-send.lua "$work/sqs.$1.send" "$SECONDS_EACH"
    load sqs-cycle.lua /dev/null "$WARM_SECONDS"
    load sqs-cycle.lua "$work/sqs.$1.cycle" "$SECONDS_EACH"
    stop_all
}

measure_relay() { # count
    local begun
    wait_in "$work/relay-$1/journal" spool/outgoing "$1"
    start_sink
    start_timed relay "$1" "$sink_port"
    send_mails "$WARMUP" 20
    await sink_has "$WARMUP"
    begun=$(now)
    send_mails "$MAILS" 20
    until sink_has $((WARMUP + MAILS)); do sleep 0.02; done
    rate "$MAILS" "$begun" "$(now)" >>"$work/relay.$1.relayed"
    stop_all
}

growth_row() { # row count rate …: the rates, then memory, what a waiting message takes of it, start
    local name figure bytes=
    printf '| %s |' "$(grouped "$2")"
    for name in "${@:3}"; do printf ' %s | %s |' "$(median "$work/$1.$2.$name")" "$(spread "$work/$1.$2.$name")"; done
    figure=$(median "$work/$1.$2.memory")
    [ "$2" -eq 0 ] || bytes=$(awk -v full="$figure" -v empty="$(median "$work/$1.0.memory")" -v n="$2" 'BEGIN { printf "%.0f", (full - empty) * 1048576 / n }')
    printf ' %s | %s | %s |\n' "$figure" "${bytes:-–}" "$(median "$work/$1.$2.start")"
}

case " $WAITING " in *" 0 "*) ;; *) WAITING="0 $WAITING" ;; esac
embedded=$WAITING
[ -z "${LONG:-}" ] || embedded="$WAITING 10000000"
# All of it first: what a gigabyte that was just written does to a disk is not what a message that waits costs.
for count in $embedded; do wait_in "$work/embedded-$count" growth "$count"; done
for count in $WAITING; do
    wait_in "$work/sqs-$count/journal" growth "$count"
    wait_in "$work/relay-$count/journal" spool/outgoing "$count"
done
sync
for round in $(seq "$ROUNDS"); do
    for count in $embedded; do measure_embedded "$count"; done
    for count in $WAITING; do measure_sqs "$count"; done
    for count in $WAITING; do measure_relay "$count"; done
done

echo "Messages of 1 KiB wait, in the queue that is measured; $SECONDS_EACH s a figure, in turns. Memory is what is resident after the start, and for a waiting message what"
echo "that is above nothing waiting; of the embedded engine after a collection, with 256 MiB for its index: beyond that messages wait on disk. The disk's cache is warm."
echo
echo "64 callers in the process, each waiting for its commit. At a start with $(grouped "${embedded##* }"), $(grouped "$(median "$work/embedded.${embedded##* }.cold")") of them were on disk only; $(grouped "$(median "$work/embedded.${embedded##* }.disk" | cut -d. -f1)") MiB of disk."
echo
echo "| embedded engine: waiting | send/s | spread | 10 sent, leased, acked/s | spread | memory MiB | a waiting message bytes | start s |"
echo "|---|--:|--:|--:|--:|--:|--:|--:|"
for count in $embedded; do growth_row embedded "$count" send cycle; done
echo
echo "32 connections, Query protocol, as in the SQS row; the start is from the command to \`ready\`."
echo
echo "| SQS door: waiting | SendMessage/s | spread | 10 sent, received, deleted/s | spread | memory MiB | a waiting message bytes | start s |"
echo "|---|--:|--:|--:|--:|--:|--:|--:|"
for count in $WAITING; do growth_row sqs "$count" send cycle; done
echo
echo "Mails of 4 KiB from 20 sessions, accepted to delivered into smtp-sink, beside mails of 1 KiB for another domain that failed once and wait for their next attempt."
echo
echo "| relay: waiting | relayed/s | spread | memory MiB | a waiting message bytes | start s |"
echo "|---|--:|--:|--:|--:|--:|"
for count in $WAITING; do growth_row relay "$count" relayed; done
