using System.Text;
using System.Text.Json;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Http;

/// <summary>Amazon SQS in JSON 1.0, unsigned.</summary>
internal sealed class SqsJsonDialect : IHttpDialect
{
    private string _url = "";
    private byte[] _send = [];
    private byte[] _receive = [];

    public ReadOnlySpan<byte> Send => _send;

    public ReadOnlySpan<byte> Receive => _receive;

    public ReadOnlySpan<byte> BeforeHandle => "\"ReceiptHandle\":\""u8;

    public byte AfterHandle => (byte)'"';

    public byte[] Create(string queue) => Request("CreateQueue", $$"""{"QueueName":"{{queue}}"}""");

    public void Use(string queue, ReadOnlySpan<byte> answer)
    {
        var reader = new Utf8JsonReader(answer);
        _url = JsonElement.ParseValue(ref reader).GetProperty("QueueUrl").GetString()!;
        _send = Request("SendMessage", $$"""{"QueueUrl":"{{_url}}","MessageBody":"{{Encoding.ASCII.GetString(PeerBenchmark.Body)}}"}""");
        _receive = Request("ReceiveMessage", $$"""{"QueueUrl":"{{_url}}","WaitTimeSeconds":1}""");
    }

    public byte[] Delete() => Request("DeleteQueue", $$"""{"QueueUrl":"{{_url}}"}""");

    public void WriteAck(WireConnection connection, ReadOnlySpan<byte> handle) =>
        connection.Write(Request("DeleteMessage", $$"""{"QueueUrl":"{{_url}}","ReceiptHandle":"{{Encoding.ASCII.GetString(handle)}}"}"""));

    private static byte[] Request(string action, string body) =>
        HttpText.Request("POST", "/", Encoding.ASCII.GetBytes(body), "Content-Type: application/x-amz-json-1.0", $"X-Amz-Target: AmazonSQS.{action}");
}
