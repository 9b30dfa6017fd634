# Starting the servers of Amazon's protocol that npm has; sourced by what needs them. Both keep messages in memory.

install_sqs_peers() {
    need java "apt-get install default-jre-headless"
    need npm "apt-get install npm"
    npm install --prefix "$work/npm" --silent elasticmq@0.7.1 fauxqs >&2
}

start_elasticmq() { # sets $port
    port=$(free_port)
    java --add-opens java.base/java.util.regex=ALL-UNNAMED "-Drest-sqs.bind-port=$port" "-Dnode-address.port=$port" \
        -jar "$work/npm/node_modules/elasticmq/elasticmq-server-0.7.1.jar" >"$work/elasticmq.log" 2>&1 &
    started+=("stop_peer $!")
}

start_fauxqs() { # sets $port
    port=$(free_port)
    FAUXQS_PORT=$port FAUXQS_LOGGER=false node "$work/npm/node_modules/fauxqs/dist/cli.js" >"$work/fauxqs.log" 2>&1 &
    started+=("stop_peer $!")
}

stop_peer() { # process
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}
