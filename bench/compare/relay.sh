# How many mails a second are accepted and delivered on to other servers: from the first byte in to the last mail out.
. ./mail-world.sh
. ./mail-servers.sh
. ./mail-load.sh
echo "## Relay: accepted to delivered a second"
echo
sides=${chosen:-postfix exim haraka posthorn}
RELAY_SECONDS=${RELAY_SECONDS:-2}
echo "Mails of 4 KiB by \`smtp-source\` over 20 kept connections, into \`smtp-sink\`, which stands for the mail exchangers of every domain; domains are looked up"
echo "in a name server on the same machine. Each figure about $RELAY_SECONDS s, from the first byte in to the last mail out, after warming up. With 100 domains each"
echo "connection in carries a domain's mails and then another's. The dead domain's mail exchanger never answers: 100 domains have mail that can be"
echo "delivered and another 100th of the mails goes there; what counts is the time until all others are out."
echo
prepare_servers

to_one() { # mails
    waited_since=$(now)
    send "$1" 4096 20 kept rcpt@d1.test
    passed "$1"
}

to_many() { # mails first-domain: the live ones among these mails are the hundred from d1 to d100
    local each=$((($1 + 99) / 100))
    waited_since=$(now)
    "${network[@]}" bash -c 'seq "$0" 100 | xargs -P 20 -I{} smtp-source -d -s 1 -m "$1" -l 4096 -f sender@client.test -t rcpt@d{}.test "127.0.0.1:$2"' \
        "$2" "$each" "$port" >&2
    passed $((each * 100))
    mails=$((each * 100)) # what the rate is of
}

for round in $(seq "$ROUNDS"); do
    for side in $sides; do
        start_mail "$side" mx
        delivered=0
        measured /dev/null "$WARMUP_SECONDS" 100 to_one
        measured "$work/figures.relay-one.$side" "$RELAY_SECONDS" 200 to_one
        measured /dev/null 0.5 100 to_many 1
        measured "$work/figures.relay-many.$side" "$RELAY_SECONDS" 200 to_many 1
        measured "$work/figures.relay-dead.$side" "$RELAY_SECONDS" 200 to_many 0
        stop_all
    done
done
table_head "domains"
table_row "one" relay-one
table_row "100" relay-many
table_row "100, and a dead one" relay-dead
