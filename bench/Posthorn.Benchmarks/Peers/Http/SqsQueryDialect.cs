using System.Text;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Http;

/// <summary>Amazon SQS's older protocol, forms in and XML out, unsigned.</summary>
internal sealed class SqsQueryDialect : IHttpDialect
{
    private string _target = "/";
    private byte[] _send = [];
    private byte[] _receive = [];

    public ReadOnlySpan<byte> Send => _send;

    public ReadOnlySpan<byte> Receive => _receive;

    public ReadOnlySpan<byte> BeforeHandle => "<ReceiptHandle>"u8;

    public byte AfterHandle => (byte)'<';

    public byte[] Create(string queue) => Request("/", "CreateQueue", $"&QueueName={queue}");

    public void Use(string queue, ReadOnlySpan<byte> answer)
    {
        var xml = Encoding.UTF8.GetString(answer);
        var start = xml.IndexOf("<QueueUrl>", StringComparison.Ordinal) + "<QueueUrl>".Length;
        _target = new Uri(xml[start..xml.IndexOf('<', start)]).AbsolutePath;
        _send = Request(_target, "SendMessage", $"&MessageBody={Encoding.ASCII.GetString(PeerBenchmark.Body)}");
        _receive = Request(_target, "ReceiveMessage", "&WaitTimeSeconds=1");
    }

    public byte[] Delete() => Request(_target, "DeleteQueue", "");

    public void WriteAck(WireConnection connection, ReadOnlySpan<byte> handle) =>
        connection.Write(Request(_target, "DeleteMessage", $"&ReceiptHandle={Uri.EscapeDataString(Encoding.ASCII.GetString(handle))}"));

    private static byte[] Request(string target, string action, string fields) =>
        HttpText.Request("POST", target, Encoding.ASCII.GetBytes($"Action={action}&Version=2012-11-05{fields}"), "Content-Type: application/x-www-form-urlencoded");
}
