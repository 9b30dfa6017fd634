# What shards cost: the engine on one database beside two of one server, with its defaults (fsync and synchronous_commit on).
echo "## Queues over two databases"
echo
. ./postgres-server.sh
SECONDS_EACH=${SECONDS_EACH:-3}
build_bench
start_postgres
bench postgres-shards "$(postgres_connection)" "$SECONDS_EACH" "$ROUNDS" "${CLIENTS:-1,16}"
stop_all
