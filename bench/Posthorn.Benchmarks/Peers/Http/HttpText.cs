using System.Text;

namespace Posthorn.Benchmarks.Peers.Http;

/// <summary>Requests as bytes, with no more header than they need.</summary>
internal static class HttpText
{
    public static byte[] Request(string method, string target, ReadOnlySpan<byte> body, params ReadOnlySpan<string> fields)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        foreach (var field in fields)
            head.Append(field).Append("\r\n");
        head.Append($"Content-Length: {body.Length}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head.ToString()), .. body];
    }
}
