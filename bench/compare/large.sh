# Large mails, in and through: how many megabytes a second, and how much memory that takes.
. ./mail-world.sh
. ./mail-servers.sh
. ./mail-load.sh
LARGE_MB=${LARGE_MB:-100}
LARGE_MAILS=${LARGE_MAILS:-8}
echo "## Large: megabytes a second, in mails of $LARGE_MB MB"
echo
sides=${chosen:-postfix exim posthorn}
sink=(python3 "$PWD/large-sink.py" 25)
echo "$LARGE_MAILS mails of $LARGE_MB MB over 4 kept connections: accepted, with nothing delivered meanwhile; and accepted and relayed into a sink, from the first"
echo "byte in to the last mail out. Client and sink send and take whole pieces: \`smtp-source\` and \`smtp-sink\` go by lines and bytes, and would be the limit."
echo "Memory: the highest sum of what all processes of a server had (proportional set sizes, ten times a second), above what they had after"
echo "$WARMUP_SECONDS s of small mails. What the kernel caches of files does not count."
echo
prepare_servers

large() { # how far: in, or out
    sync # what lies unwritten of an earlier run is not this one's
    rm -f "$work/watch"
    python3 peak-memory.py "$world_id" >"$work/watch" &
    watch_id=$!
    await grep -q watching "$work/watch"
    waited_since=$(now)
    "${network[@]}" python3 "$PWD/large-source.py" "$port" "$LARGE_MAILS" "$LARGE_MB" 4
    [ "$1" = in ] || passed "$LARGE_MAILS"
    rate $((LARGE_MAILS * LARGE_MB)) "$waited_since" "$(now)" >>"$work/figures.large-$1.$side"
    kill "$watch_id"
    wait "$watch_id"
    tail -1 "$work/watch" | awk '{ print $1 }' >>"$work/figures.large-idle-$1.$side"
    tail -1 "$work/watch" | awk '{ print $2 - $1 }' >>"$work/figures.large-memory-$1.$side"
}

to_sink() { # mails
    waited_since=$(now)
    send "$1" 4096 10 kept
    passed "$1"
}

bare_disk() {
    local begun
    sync
    begun=$(now)
    dd if=/dev/zero of="$work/zeros" bs=1M count=$((LARGE_MAILS * LARGE_MB)) conv=fsync status=none
    rate $((LARGE_MAILS * LARGE_MB * 1048576 / 1000000)) "$begun" "$(now)" >>"$work/figures.large-in.disk"
    rm "$work/zeros"
}

for round in $(seq "$ROUNDS"); do
    bare_disk
    for side in $sides limit; do
        for way in in out; do
            case $side.$way in
                limit.in)
                    open_world
                    start_sink
                    port=25
                    ;;
                limit.out) continue ;;
                *.in)
                    start_mail "$side" none
                    measured /dev/null "$WARMUP_SECONDS" 100 send 4096 10 kept
                    ;;
                *.out)
                    start_mail "$side" mx
                    delivered=0
                    measured /dev/null "$WARMUP_SECONDS" 100 to_sink
                    ;;
            esac
            large $way
            stop_all
        done
    done
done

table_head "megabytes"
table_row "accepted" large-in
table_row "accepted and relayed" large-out
echo
memory_row() { # label key
    local side
    printf '| %s |' "$1"
    for side in $sides; do printf ' %s |' "$(median "$work/figures.$2.$side")"; done
    echo
}
printf '| MB of memory |'
for side in $sides; do printf ' %s |' "$side"; done
printf '\n|---|'
for side in $sides; do printf -- '--:|'; done
echo
memory_row "while accepting, above idle" large-memory-in
memory_row "while accepting and relaying, above idle" large-memory-out
memory_row "idle, after small mails" large-idle-out
echo
echo "The same client into the sink: $(median "$work/figures.large-in.limit") MB/s. Zeros written to a file on this disk and synced, without a server: $(median "$work/figures.large-in.disk") MB/s."
