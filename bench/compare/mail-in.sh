# How many mails a second are accepted, durably; nothing is delivered meanwhile.
echo "## Mail in: accepted a second"
echo
mail_sides
for round in $(seq "$ROUNDS"); do
    for side in $sides limit; do
        if [ $side = limit ]; then
            start_sink
            port=$sink_port
        else
            "start_$side" none
            warm_up
        fi
        for way in kept new; do
            for sessions in 1 10 50; do
                mails=$((sessions == 1 ? MAILS / 2 : MAILS))
                keep=$([ $way = kept ] && echo -d || true)
                begun=$(now)
                smtp-source $keep -s $sessions -m $mails -l 4096 -f sender@client.test -t box@box.test "127.0.0.1:$port" >&2
                rate $mails "$begun" "$(now)" >>"$work/figures.mail-in-$way-$sessions.$side"
            done
        done
        stop_all
    done
done
table_head "sessions"
for sessions in 1 10 50; do table_row "$sessions, connections kept" "mail-in-kept-$sessions"; done
for sessions in 1 10 50; do table_row "$sessions, a connection a mail" "mail-in-new-$sessions"; done
echo
echo "The same client into \`smtp-sink\`, which keeps nothing and syncs nothing: more than this the client cannot send on this machine."
echo
echo "| sessions | mails/s |"
echo "|---|--:|"
for way in kept new; do
    for sessions in 1 10 50; do echo "| $sessions, $([ $way = kept ] && echo connections kept || echo a connection a mail) | $(median "$work/figures.mail-in-$way-$sessions.limit") |"; done
done
