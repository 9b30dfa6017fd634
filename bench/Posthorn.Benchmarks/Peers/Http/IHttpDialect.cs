using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Http;

/// <summary>How a queue is spoken to over HTTP/1.1. Requests are whole, header and body.</summary>
internal interface IHttpDialect
{
    /// <summary>Makes a queue; <see cref="Use"/> is given the answer's body.</summary>
    byte[] Create(string queue);

    /// <summary>From here on this queue is meant.</summary>
    void Use(string queue, ReadOnlySpan<byte> answer);

    /// <summary>Removes the queue that is meant, with its messages.</summary>
    byte[] Delete();

    /// <summary>Sends one message of <see cref="PeerBenchmark.Body"/>.</summary>
    ReadOnlySpan<byte> Send { get; }

    /// <summary>Receives one message, waiting a second for it at most.</summary>
    ReadOnlySpan<byte> Receive { get; }

    /// <summary>Writes the request that acknowledges.</summary>
    void WriteAck(WireConnection connection, ReadOnlySpan<byte> handle);

    /// <summary>What stands before a message's handle in the answer to <see cref="Receive"/>.</summary>
    ReadOnlySpan<byte> BeforeHandle { get; }

    /// <summary>What stands after it.</summary>
    byte AfterHandle { get; }
}
