# Queues one message at a time: each client has a connection of its own and waits for the confirmation before it goes on. The same harness drives every side.
# SECONDS_EACH (0.4) is how long a figure takes, CLIENTS (1,16,64) a row each, SIDES any of those below, PEERS where the brokers are unpacked.
echo "## Queues: durable sends, and send + receive + ack"
echo
. ./queue-servers.sh
. ./sqs-servers.sh
. ./postgres-server.sh
sides=${chosen:-posthorn posthorn-embedded posthorn-sqs rabbitmq-classic rabbitmq-quorum nats activemq beanstalkd redis postgres elasticmq fauxqs client-http client-resp}
build_bench
if [[ " $sides " =~ " elasticmq "|" fauxqs " ]]; then install_sqs_peers; fi

start_answering() { # protocol: sets $port
    port=$(free_port)
    launch "answer-$1" dotnet "$bench_program" answer "$1" "$port"
    await_port "answer-$1"
}

# What idles costs less than a hundredth of a processor each (measured), so all are started before and take their turns.
places=()
said=()
for side in $sides; do
    case $side in
        posthorn | posthorn-sqs)
            [ -n "${posthorn_port:-}" ] || { start_posthorn none; posthorn_port=$http_port; }
            port=$posthorn_port ;;
        posthorn-embedded) port=$work/embedded ;;
        rabbitmq-*)
            [ -n "${rabbitmq_port:-}" ] || { start_rabbitmq; rabbitmq_port=$port; }
            port=$rabbitmq_port ;;
        client-*) start_answering "${side#client-}" ;;
        postgres) start_postgres; port=$(postgres_connection) ;;
        *) "start_$side"; await_port "$side" ;;
    esac
    case $side in
        posthorn) said+=("Posthorn HTTP: its own API under /v1, one synced commit for all that wait together") ;;
        posthorn-embedded) said+=("Posthorn embedded: the .NET library on the journal, in the process of the clients") ;;
        posthorn-sqs) said+=("Posthorn SQS: Amazon's protocol in JSON on the same server") ;;
        rabbitmq-classic) said+=("RabbitMQ classic, $(version rabbitmq-server): durable queue, persistent messages, publisher confirms, prefetch 1, no busy waiting (\`+sbwt none\`); its acks are not confirmed") ;;
        rabbitmq-quorum) said+=("RabbitMQ quorum: the same with \`x-queue-type: quorum\`, one member") ;;
        nats) said+=("NATS JetStream $(version nats-server): work-queue stream on files, pulled, double acks. **Not durable**: this version syncs every two minutes and has no setting for it") ;;
        activemq) said+=("ActiveMQ $(version activemq): STOMP with receipts for sends and acks, persistent, KahaDB with its default \`enableJournalDiskSyncs=true\`, prefetch 1, 512 MB heap as Debian has it") ;;
        beanstalkd) said+=("beanstalkd $(version beanstalkd): \`-b DIR -f0\`, a sync each write") ;;
        redis) said+=("Redis $(version redis-server): \`appendonly yes\`, \`appendfsync always\`; XADD, XREADGROUP, XACK + XDEL in one go") ;;
        postgres) said+=("$("$pg_programs/postgres" --version): defaults (fsync, synchronous_commit), INSERT, and one DELETE … SKIP LOCKED that receives and acks at once") ;;
        elasticmq) said+=("elasticmq 0.7.1: Amazon's Query protocol. **In memory**") ;;
        fauxqs) said+=("fauxqs $(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$work/npm/node_modules/fauxqs/package.json"): Amazon's protocol in JSON. **In memory**") ;;
        client-http) said+=("client alone, HTTP and RESP: the same clients against another process that answers as Posthorn's API or as Redis would and does nothing: what the clients can drive on these cores") ;;
    esac
    places+=("$side=$port")
done
printf -- '- %s.\n' "${said[@]}"
echo
dotnet "$bench_program" queues "${SECONDS_EACH:-0.4}" "$ROUNDS" "${CLIENTS:-1,16,64}" "${places[@]}"
stop_all
