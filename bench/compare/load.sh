# SQS requests by wrk from 32 connections; sourced by run. $protocol (query or json) and $port say to whom, $side who that is.

make_queue() { # name: sets $queue, the queue as the scripts' arguments name it
    local url
    if [ "$protocol" = json ]; then
        url=$(curl -sf "http://127.0.0.1:$port/" -H "Content-Type: application/x-amz-json-1.0" -H "X-Amz-Target: AmazonSQS.CreateQueue" -d "{\"QueueName\":\"$1\"}" |
            sed -n 's|.*"QueueUrl":"\([^"]*\)".*|\1|p')
        queue=$url
    else
        url=$(curl -sf "http://127.0.0.1:$port/" -d "Action=CreateQueue&Version=2012-11-05&QueueName=$1" | sed -n 's|.*<QueueUrl>\([^<]*\)</QueueUrl>.*|\1|p')
        queue=/${url#*://*/}
    fi
    [ -n "$url" ]
}

load() { # script figures seconds [pause]: adds the rate to the figures, and sets $rate and $p99
    local refused
    read -r _ rate p99 refused < <(wrk -t 2 -c 32 -d "$3" -s "$1" "http://127.0.0.1:$port" -- "$protocol" "$queue" "${4:-0}" | grep ^FIGURES)
    [ "$refused" = 0 ] || echo "bench: $side: $refused requests of $1 failed" >&2
    echo "$rate" >>"$2"
}
