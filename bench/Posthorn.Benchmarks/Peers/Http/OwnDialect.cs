using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Http;

/// <summary>Posthorn's own API under <c>/v1</c>.</summary>
internal sealed class OwnDialect : IHttpDialect
{
    private string _queue = "";
    private byte[] _send = [];
    private byte[] _receive = [];

    public ReadOnlySpan<byte> Send => _send;

    public ReadOnlySpan<byte> Receive => _receive;

    public ReadOnlySpan<byte> BeforeHandle => "\"handle\":\""u8;

    public byte AfterHandle => (byte)'"';

    public byte[] Create(string queue) => HttpText.Request("PUT", $"/v1/queues/{queue}", "{\"visibilityTimeout\":\"30s\"}"u8, "Content-Type: application/json");

    public void Use(string queue, ReadOnlySpan<byte> answer)
    {
        _queue = queue;
        _send = HttpText.Request("POST", $"/v1/queues/{queue}/messages", PeerBenchmark.Body);
        _receive = HttpText.Request("POST", $"/v1/queues/{queue}/leases?wait=1s", []);
    }

    public byte[] Delete() => HttpText.Request("DELETE", $"/v1/queues/{_queue}", []);

    public void WriteAck(WireConnection connection, ReadOnlySpan<byte> handle) =>
        connection.Write("DELETE /v1/leases/"u8).Write(handle).Write(" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"u8);
}
