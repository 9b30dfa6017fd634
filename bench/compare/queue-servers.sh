# Starting Debian's message brokers; sourced by queues.sh, with sqs-servers.sh. Each answers to start_NAME, which sets $port, and keeps what it has below $work.

# Packages are unpacked, not installed: a package would start its daemon. They stay from run to run; what is missing is fetched.
peers=${PEERS:-/var/tmp/posthorn-bench-peers}

unpack() { # package …: with all that they need and this system lacks
    local package missing=() folder
    mkdir -p "$peers"
    for package in "$@"; do
        [ -e "$peers/.$package" ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    need apt-get "the peers are Debian's packages"
    folder=$(mktemp -d "$work/packages-XXXXXX")
    (
        cd "$folder"
        for package in "${missing[@]}"; do
            apt-get install -s --no-install-recommends "$package" | awk '/^Inst/ { print $2 }'
            echo "$package"
        done | sort -u | xargs apt-get download -q
        for package in *.deb; do dpkg -x "$package" "$peers"; done
    ) >"$work/unpack.log" 2>&1 || { tail -5 "$work/unpack.log" >&2; echo "bench: ${missing[*]}: not to be had (apt-get update first?)" >&2; return 1; }
    for package in "${missing[@]}"; do dpkg-deb -f "$folder/${package}"_*.deb Version >"$peers/.$package"; done
    rm -rf "$folder"
}

version() { cat "$peers/.$1"; } # package

launch() { # name command …: in the background, until stop_all
    local name=$1
    shift
    mkdir -p "$work/$name"
    (cd "$work/$name" && exec "$@") >"$work/$name.log" 2>&1 &
    started+=("stop_peer $!")
}

await_port() { # name: what was launched under it listens on $port
    await listens "$port" || { tail -20 "$work/$1.log" >&2; return 1; }
}

start_beanstalkd() {
    unpack beanstalkd
    port=$(free_port)
    mkdir -p "$work/beanstalkd"
    launch beanstalkd "$peers/usr/bin/beanstalkd" -l 127.0.0.1 -p "$port" -b "$work/beanstalkd" -f0
    await_port beanstalkd
}

start_redis() {
    unpack redis-server
    port=$(free_port)
    launch redis env "LD_LIBRARY_PATH=$(libraries)" "$peers/usr/bin/redis-server" --bind 127.0.0.1 --port "$port" \
        --save "" --appendonly yes --appendfsync always
    await_port redis
}

start_nats() {
    unpack nats-server
    port=$(free_port)
    mkdir -p "$work/nats"
    cat >"$work/nats.conf" <<CONF
listen: 127.0.0.1:$port
jetstream { store_dir: "$work/nats" }
CONF
    launch nats "$peers/usr/sbin/nats-server" -c "$work/nats.conf"
    await_port nats
}

# One broker for both kinds of queue. Erlang's name server is ours too, on a port of its own: it would outlive the broker otherwise.
# Without busy waiting (+sbwt), as RabbitMQ's manual advises where others need the processors.
start_rabbitmq() {
    local home=$work/rabbitmq erlang=$peers/usr/lib/erlang names settings
    unpack rabbitmq-server
    sed -i "s|^\( *\)ROOTDIR=/usr/lib/erlang$|\1ROOTDIR=$erlang|" "$erlang/bin/erl"
    mkdir -p "$home"
    names=$(free_port)
    launch epmd "$(echo "$erlang"/erts-*/bin/epmd)" -address 127.0.0.1 -port "$names"
    await listens "$names"
    port=$(free_port)
    printf 'listeners.tcp.1 = 127.0.0.1:%s\n' "$port" >"$home/rabbitmq.conf"
    : >"$home/plugins"
    settings=(HOME="$home" "PATH=$erlang/bin:$PATH" "LD_LIBRARY_PATH=$(libraries)" "ERL_EPMD_PORT=$names" RABBITMQ_NODENAME=bench@localhost
        "RABBITMQ_DIST_PORT=$(free_port)" RABBITMQ_CONF_ENV_FILE=/dev/null "RABBITMQ_CONFIG_FILE=$home/rabbitmq.conf" "RABBITMQ_PID_FILE=$home/pid"
        "RABBITMQ_MNESIA_BASE=$home" "RABBITMQ_LOG_BASE=$home" "RABBITMQ_ENABLED_PLUGINS_FILE=$home/plugins"
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none")
    launch rabbitmq env "${settings[@]}" "$(echo "$peers"/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server)"
    await_port rabbitmq
}

# Debian's configuration with STOMP in the place of OpenWire, without Nagle's delay. enableJournalDiskSyncs is KahaDB's default.
start_activemq() {
    local home=$work/activemq jars
    need java "apt-get install default-jre-headless"
    unpack activemq
    port=$(free_port)
    mkdir -p "$home"
    sed "s|<transportConnector name=\"openwire\".*/>|<transportConnector name=\"stomp\" uri=\"stomp+nio://127.0.0.1:$port?transport.tcpNoDelay=true\"/>|" \
        "$peers/etc/activemq/instances-available/main/activemq.xml" >"$home/activemq.xml"
    # The package's links name what it needs; some of it the system has already.
    jars=$(find "$peers/usr/share/activemq/lib" -name '*.jar' -printf '%f %l\n' | while read -r _ target; do
        target=${target##*/}
        [ -e "$peers/usr/share/java/$target" ] && printf '%s:' "$peers/usr/share/java/$target" || printf '%s:' "/usr/share/java/$target"
    done)
    launch activemq java -Xms512M -Xmx512M -Dorg.apache.activemq.UseDedicatedTaskRunner=true "-Dactivemq.base=$home" "-Dactivemq.home=$home" "-Dactivemq.conf=$home" \
        -cp "$home:$jars" org.apache.activemq.console.Main start "xbean:file:$home/activemq.xml"
    await_port activemq
}

libraries() { echo "$peers"/usr/lib/*-linux-gnu; }
