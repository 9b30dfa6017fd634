using System.Globalization;
using Posthorn.Benchmarks.Peers.Brokers;
using Posthorn.Benchmarks.Peers.Http;

namespace Posthorn.Benchmarks.Peers;

/// <summary>What <c>bench/compare/run queues</c> compares, by the names that it uses.</summary>
internal static class QueueSides
{
    /// <param name="side">A name and where it is: <c>redis=6379</c>; a folder for the embedded engine, a connection string for PostgreSQL.</param>
    public static IPeer Of(string side)
    {
        var (name, at) = (side[..side.IndexOf('=')], side[(side.IndexOf('=') + 1)..]);
        return name switch
        {
            "posthorn" => new HttpPeer("Posthorn HTTP", Port(at), new OwnDialect()),
            "posthorn-embedded" => EnginePeer.OnJournal("Posthorn embedded", at),
            "posthorn-sqs" => new HttpPeer("Posthorn SQS", Port(at), new SqsJsonDialect()),
            "rabbitmq-classic" => new RabbitQueue("RabbitMQ classic", Port(at), "classic"),
            "rabbitmq-quorum" => new RabbitQueue("RabbitMQ quorum", Port(at), "quorum"),
            "nats" => new JetStream("NATS JetStream, interval sync", Port(at)),
            "activemq" => new StompQueue("ActiveMQ", Port(at)),
            "beanstalkd" => new Beanstalk("beanstalkd", Port(at)),
            "redis" => new RedisStream("Redis streams", Port(at)),
            "postgres" => new BareTable("PostgreSQL SKIP LOCKED", at),
            "elasticmq" => new HttpPeer("elasticmq", Port(at), new SqsQueryDialect()),
            "fauxqs" => new HttpPeer("fauxqs", Port(at), new SqsJsonDialect()),
            "client-http" => new HttpPeer("client alone, HTTP", Port(at), new OwnDialect()),
            "client-resp" => new RedisStream("client alone, RESP", Port(at)),
            _ => throw new ArgumentException($"There is no side '{name}'.", nameof(side)),
        };
    }

    private static int Port(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
