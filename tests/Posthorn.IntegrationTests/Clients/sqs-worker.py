"""A worker as Celery makes them, on kombu's SQS transport: sqs-worker.py HOST:PORT. Ends with "done: N tasks"."""
import sys
import time

from kombu import Connection, Consumer, Exchange, Queue

place = sys.argv[1]
exchange = Exchange("tasks", type="direct")
queue = Queue("celery-tasks", exchange, routing_key="celery-tasks")
done, rejected = [], []

with Connection(f"sqs://any:thing@{place}", transport_options={
    "region": "eu-west-1", "is_secure": False, "visibility_timeout": 30, "wait_time_seconds": 1, "polling_interval": 0.1, "queue_name_prefix": "kombu-",
}) as connection:
    producer = connection.Producer(serializer="json")
    for i in range(20):
        producer.publish({"task": "add", "args": [i, i]}, exchange=exchange, routing_key="celery-tasks", declare=[queue])

    def work(body, message):
        if body["args"][0] == 7 and not rejected:
            rejected.append(body)
            message.requeue()
            return
        done.append(sum(body["args"]))
        message.ack()

    with Consumer(connection.channel(), [queue], callbacks=[work], accept=["json"], prefetch_count=5):
        deadline = time.monotonic() + 60
        while len(done) < 20 and time.monotonic() < deadline:
            try:
                connection.drain_events(timeout=2)
            except TimeoutError:
                pass
            except OSError:
                pass

assert sorted(done) == [2 * i for i in range(20)], done
assert len(rejected) == 1, rejected
print(f"done: {len(done)} tasks")
