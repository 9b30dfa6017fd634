# The client of the mail rows and its figures; sourced by them. A run lasts about so many seconds, because a count of mails that suits one
# server is over in no time on another.

MAIL_SECONDS=${MAIL_SECONDS:-0.6}
# What a server is after its first seconds is measured, not how it starts: its processes are there, its code is compiled.
WARMUP_SECONDS=${WARMUP_SECONDS:-2}

send() { # mails bytes sessions [kept [recipient]]
    "${network[@]}" smtp-source ${4:+-d} -s "$3" -m "$1" -l "$2" -f sender@client.test -t "${5:-box@d1.test}" "127.0.0.1:$port" >&2
}

seconds_since() { awk -v a="$1" -v b="$(now)" 'BEGIN { print b - a }'; }

grown() { # mails seconds-they-took seconds-wanted: how many more to send, at most ten times as many
    awk -v n="$1" -v took="$2" -v want="$3" 'BEGIN { f = want / (took > 0.001 ? took : 0.001); printf "%d\n", n * (f > 10 ? 10 : f) + 1 }'
}

at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'; }

# Runs a command with ever more mails until one run of it lasts long enough; adds that run's rate to the figures.
measured() { # figures seconds mails-at-first command …, which gets how many mails; what it sets $mails to counts
    local figures=$1 wanted=$2 begun took
    mails=$3
    shift 3
    while :; do
        begun=$(now)
        "$1" "$mails" "${@:2}"
        took=$(seconds_since "$begun")
        ! at_least "$took" "$(awk -v w="$wanted" 'BEGIN { print w * 0.6 }')" || break
        mails=$(grown "$mails" "$took" "$wanted")
    done
    awk -v n="$mails" -v t="$took" 'BEGIN { r = n / t; printf (r < 100 ? "%.1f\n" : "%.0f\n"), r }' >>"$figures"
}

delivered=0 # how many mails the sink had when the last of them was waited for

passed() { # how many mails have been sent since $waited_since: waits until they are out
    until sink_has $((delivered + $1)); do
        at_least 60 "$(seconds_since "$waited_since")" || { echo "bench: $side has delivered $(($(sink_count) - delivered)) of $1" >&2; return 1; }
        sleep 0.01
    done
    delivered=$((delivered + $1))
}
