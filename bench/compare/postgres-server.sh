# Starting PostgreSQL for a measurement; sourced by what needs it.

pg_programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -x "$pg_programs/initdb" ] || { echo "bench: PostgreSQL is missing; ./test installs it" >&2; exit 1; }

as_postgres() { # the server does not run as root
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() { # sets $port
    local home=$work/postgres
    rm -rf "$home"
    mkdir -p "$home"
    [ "$(id -u)" -ne 0 ] || chown postgres "$home"
    as_postgres "$pg_programs/initdb" -D "$home/data" -A trust -U postgres >"$work/initdb.log"
    port=$(free_port)
    as_postgres "$pg_programs/pg_ctl" -D "$home/data" -l "$home/log" -w -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c shared_buffers=512MB" start >&2
    started+=(stop_postgres)
}

stop_postgres() { as_postgres "$pg_programs/pg_ctl" -D "$work/postgres/data" -m fast stop >&2; }

postgres_connection() { echo "Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres;Maximum Pool Size=40"; }
