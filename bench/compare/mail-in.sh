# How many mails a second are accepted, durably; nothing is delivered meanwhile.
. ./mail-world.sh
. ./mail-servers.sh
. ./mail-load.sh
echo "## Mail in: accepted a second"
echo
sides=${chosen:-postfix opensmtpd exim haraka posthorn}
MAIL_KIBS=${MAIL_KIBS:-4 100}
echo "\`smtp-source\`, each figure about $MAIL_SECONDS s of mails to one mailbox, after $WARMUP_SECONDS s to warm up. What is accepted stays where it is."
echo
prepare_servers
for round in $(seq "$ROUNDS"); do
    for side in $sides limit; do
        if [ "$side" = limit ]; then
            open_world
            start_sink
            port=25
        else
            start_mail "$side" none
        fi
        measured /dev/null "$WARMUP_SECONDS" 100 send 4096 10 kept
        for kib in $MAIL_KIBS; do
            for way in kept new; do
                for sessions in 1 10 50; do
                    measured "$work/figures.mail-in-$kib-$way-$sessions.$side" "$MAIL_SECONDS" $((sessions * 5)) \
                        send $((kib * 1024)) "$sessions" "$([ $way = new ] || echo kept)"
                done
            done
        done
        stop_all
    done
done
row_label() { # kib way sessions
    echo "$1 KiB, $3 session$([ "$3" = 1 ] || echo s), $([ "$2" = kept ] && echo connections kept || echo a connection a mail)"
}
rows() {
    table_head "mails"
    for kib in $MAIL_KIBS; do
        for way in kept new; do
            for sessions in 1 10 50; do table_row "$(row_label "$kib" $way "$sessions")" "mail-in-$kib-$way-$sessions"; done
        done
    done
}
rows
echo
echo "The same client into \`smtp-sink\`, which keeps nothing and syncs nothing: more than this the client cannot send on this machine."
echo
servers=$sides sides=limit
rows
sides=$servers
