using System.Text;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Answering;

/// <summary>Answers as <c>/v1</c> would, of the same size, without looking at what is asked.</summary>
internal static class HttpAnswers
{
    private static readonly byte[] s_sent = Answer("201 Created", """{"id":"0000000000000000","queue":"bench-1","number":1000000,"isRepeat":false}""");
    private static readonly byte[] s_received = Answer("200 OK",
        $$"""{"messages":[{"handle":"0000000000000000-0000000000000000","expiresAt":"2026-01-01T00:00:00.0000000Z","message":{"id":"0000000000000000","queue":"bench-1"},"body":"{{Convert.ToBase64String(PeerBenchmark.Body)}}"}]}""");
    private static readonly byte[] s_done = "HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray();

    public static async ValueTask AnswerAsync(WireConnection connection)
    {
        var first = (await connection.LineAsync()).Span;
        var answer = first.StartsWith("DELETE"u8) ? s_done : first.IndexOf("/leases"u8) > 0 ? s_received : s_sent;
        var length = 0;
        while (true)
        {
            var line = (await connection.LineAsync()).Span;
            if (line.Length == 0)
                break;
            if (line.StartsWith("Content-Length: "u8))
                length = (int)line.NumberAt("Content-Length: ".Length);
        }
        await connection.BytesAsync(length);
        connection.Write(answer);
    }

    private static byte[] Answer(string status, string body) =>
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
}
