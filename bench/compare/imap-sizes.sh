# What size costs Posthorn's IMAP door: a mailbox of a million messages, 1,000 sessions that idle, 1,000 clients that never say anything.
echo "## IMAP: sizes"
echo
MESSAGES=${MESSAGES:-1000000}
build_bench
kept_data=$work/data
mkdir -p "$kept_data/journal"
bench mailbox-fill "$kept_data/journal" "$MESSAGES" >&2
start_posthorn none "$kept_data"
echo "A mailbox of $MESSAGES messages, the server just started; memory beyond what 100 of the same cost before."
echo
echo '```'
bench imap-sizes "$imap_port" "$posthorn_id" huge
echo '```'
stop_all
