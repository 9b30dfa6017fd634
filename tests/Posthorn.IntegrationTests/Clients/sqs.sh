#!/bin/sh
# Works an SQS endpoint over with the AWS command line: sqs.sh AWS ENDPOINT. Ends with "done: N checks".
set -eu
program=$1 endpoint=$2
export AWS_ACCESS_KEY_ID="${3:-any}" AWS_SECRET_ACCESS_KEY="${4:-thing}" AWS_DEFAULT_REGION=eu-west-1 AWS_PAGER= AWS_MAX_ATTEMPTS=1 AWS_EC2_METADATA_DISABLED=true
checks=0

sqs() { "$program" sqs "$@" --endpoint-url "$endpoint" --output text; }
same() { # what, wanted, got
    checks=$((checks + 1))
    [ "$2" = "$3" ] || { echo "$1: '$2' expected, not '$3'" >&2; exit 1; }
}
refused() { # code, then the command
    code=$1
    shift
    checks=$((checks + 1))
    if error=$(sqs "$@" 2>&1); then echo "$code expected, and it was done" >&2; exit 1; fi
    case $error in *"($code)"*) ;; *) echo "$code expected, not: $error" >&2; exit 1 ;; esac
}

url=$(sqs create-queue --queue-name cli-orders --attributes VisibilityTimeout=0 --tags team=billing)
same "the URL" "$endpoint/000000000000/cli-orders" "$url"
same "the tag" billing "$(sqs list-queue-tags --queue-url "$url" --query Tags.team)"
sqs send-message --queue-url "$url" --message-body 'hello, "world" <&>' --message-attributes '{"kind":{"DataType":"String","StringValue":"greeting"}}' >/dev/null
same "the body" 'hello, "world" <&>' "$(sqs receive-message --queue-url "$url" --query 'Messages[0].Body')"
same "the attribute" greeting "$(sqs receive-message --queue-url "$url" --message-attribute-names All --query 'Messages[0].MessageAttributes.kind.StringValue')"
same "the count" 3 "$(sqs receive-message --queue-url "$url" --attribute-names All --query 'Messages[0].Attributes.ApproximateReceiveCount')"
handle=$(sqs receive-message --queue-url "$url" --visibility-timeout 60 --query 'Messages[0].ReceiptHandle')
sqs change-message-visibility --queue-url "$url" --receipt-handle "$handle" --visibility-timeout 120
same "in flight" 1 "$(sqs get-queue-attributes --queue-url "$url" --attribute-names All --query Attributes.ApproximateNumberOfMessagesNotVisible)"
sqs delete-message --queue-url "$url" --receipt-handle "$handle"
same "nothing left" None "$(sqs receive-message --queue-url "$url" --query 'Messages[0].Body')"
same "a batch" "a b" "$(sqs send-message-batch --queue-url "$url" --entries Id=a,MessageBody=1 Id=b,MessageBody=2,DelaySeconds=1 --query 'Successful[].Id' | tr '\t' ' ')"
sqs purge-queue --queue-url "$url"
same "purged" None "$(sqs receive-message --queue-url "$url" --wait-time-seconds 2 --query 'Messages[0].Body')"
refused AWS.SimpleQueueService.NonExistentQueue get-queue-url --queue-name cli-nobody
refused ReceiptHandleIsInvalid delete-message --queue-url "$url" --receipt-handle garbage
refused InvalidAttributeValue set-queue-attributes --queue-url "$url" --attributes DelaySeconds=901
fifo=$(sqs create-queue --queue-name cli.fifo --attributes FifoQueue=true,ContentBasedDeduplication=true)
same "deduplicated" "$(sqs send-message --queue-url "$fifo" --message-body x --message-group-id g --query SequenceNumber)" \
    "$(sqs send-message --queue-url "$fifo" --message-body x --message-group-id g --query SequenceNumber)"
sqs delete-queue --queue-url "$fifo"
same "the queues" "$url" "$(sqs list-queues --queue-name-prefix cli --query 'QueueUrls[]')"
echo "done: $checks checks"
