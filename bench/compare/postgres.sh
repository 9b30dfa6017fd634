# The engine on PostgreSQL, beside pgmq's statements and a bare table, on one server with its defaults (fsync and synchronous_commit on).
echo "## Queues in PostgreSQL"
echo
. ./postgres-server.sh
SECONDS_EACH=${SECONDS_EACH:-3}
build_bench
start_postgres
"$pg_programs/postgres" --version
echo
bench postgres "$(postgres_connection)" "$SECONDS_EACH" "$ROUNDS" "${CLIENTS:-1,16,64}" "${BATCHES:-1,10,100}"
stop_all
