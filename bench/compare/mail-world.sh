# Where mail servers are measured: a network of their own with a name server of its own, so that domains are looked up as anywhere and
# nobody outside is ever reached. Sourced by the rows of mail. A server sees files of its own too: its resolv.conf, and what its Debian
# package would have put below /etc, /usr and /var/lib, without being installed; the client and the sink see only the network.
#
#   d1.test … d100.test   each with a mail exchanger and an address of its own, all of which the sink answers
#   d0.test               its mail exchanger never answers: what is sent to it vanishes

for tool in unshare nsenter ip dnsmasq smtp-source smtp-sink; do need $tool "apt-get install util-linux iproute2 dnsmasq-base postfix"; done

stop_all # whatever an earlier row left

open_world() { # [a package's root, laid over this machine's]
    local home=$work/world
    rm -rf "$home"
    mkdir -p "$home"/{spool,run}
    unshare --net --mount bash -euc "$(declare -f furnish_world); furnish_world \"\$@\"; exec sleep infinity" world "$home" "$@" 2>"$home/log" &
    world_id=$!
    started+=(close_world)
    await test -e "$home/ready" || { cat "$home/log" >&2; return 1; }
    network=(nsenter "--target=$world_id" --net)
    inside=(nsenter "--target=$world_id" --net --mount)
    start_names
}

furnish_world() { # folder [root]: runs inside, before anything else does
    local home=$1 part
    ip link set lo up
    # Nothing comes back from there, not even that there is nobody.
    ip link add hole type veth peer name nowhere
    ip link set hole up
    ip link set nowhere up
    ip address add 192.0.2.9/24 dev hole
    ip neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev hole nud permanent
    if [ $# -gt 1 ]; then
        for part in etc usr var/lib; do
            if [ -d "$2/$part" ]; then mount -t overlay overlay -o "lowerdir=$2/$part:/$part" "/$part"; fi
        done
        mount --bind "$home/spool" /var/spool
        mount --bind "$home/run" /run
    fi
    echo "nameserver 127.0.0.1" >"$home/resolv.conf"
    mount --bind "$home/resolv.conf" /etc/resolv.conf
    touch "$home/ready"
}

close_world() {
    local id
    for id in $(processes_inside); do kill -KILL "$id" 2>/dev/null; done
    wait "$world_id" 2>/dev/null
    inside=()
}

processes_inside() { # the server's, and the one that keeps the world
    local own id
    own=$(readlink "/proc/$world_id/ns/mnt") || return 0
    for id in /proc/[0-9]*; do
        if [ "$(readlink "$id/ns/mnt" 2>/dev/null)" = "$own" ]; then echo "${id#/proc/}"; fi
    done
}

start_names() {
    local n
    {
        # As long as a careful operator's: look-ups are cached by those who cache them.
        printf '%s\n' no-resolv no-hosts "local=/test/" local-ttl=300 listen-address=127.0.0.1 bind-interfaces user=root "pid-file="
        for n in $(seq 100); do printf '%s\n' "mx-host=d$n.test,mx.d$n.test,10" "host-record=mx.d$n.test,127.1.$n.1"; done
        printf '%s\n' "mx-host=d0.test,mx.d0.test,10" "host-record=mx.d0.test,192.0.2.1"
    } >"$work/names.conf"
    "${network[@]}" dnsmasq --keep-in-foreground --conf-file="$work/names.conf" >"$work/names.log" 2>&1 &
    names_id=$!
    started+=(stop_names)
    await "${network[@]}" bash -c 'exec 3<>/dev/tcp/127.0.0.1/53' || { cat "$work/names.log" >&2; return 1; }
}

stop_names() {
    kill "$names_id" 2>/dev/null
    wait "$names_id" 2>/dev/null
}

# On every address of the world, for as many connections as come: it stands for a hundred servers. A row may have one of its own.
sink=(smtp-sink -u root -c -m 10000 0.0.0.0:25 4096)

. ./sink.sh # what counts and ends it
start_sink() {
    "${network[@]}" "${sink[@]}" >"$work/sink.out" 2>"$work/sink.log" &
    sink_id=$!
    started+=(stop_sink)
    await "${network[@]}" bash -c 'exec 3<>/dev/tcp/127.0.0.1/25'
}
