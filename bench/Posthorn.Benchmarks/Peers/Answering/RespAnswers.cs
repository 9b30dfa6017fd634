using System.Text;
using Posthorn.Benchmarks.Peers.Wire;

namespace Posthorn.Benchmarks.Peers.Answering;

/// <summary>Answers as Redis would to what <see cref="Brokers.RedisStream"/> asks, without doing it.</summary>
internal static class RespAnswers
{
    private static readonly byte[] s_added = "$15\r\n1700000000000-0\r\n"u8.ToArray();
    private static readonly byte[] s_counted = ":1\r\n"u8.ToArray();
    private static readonly byte[] s_ok = "+OK\r\n"u8.ToArray();
    private static readonly byte[] s_received = Encoding.ASCII.GetBytes(
        $"*1\r\n*2\r\n$5\r\nbench\r\n*1\r\n*2\r\n$15\r\n1700000000000-0\r\n*2\r\n$1\r\nb\r\n${PeerBenchmark.Body.Length}\r\n{Encoding.ASCII.GetString(PeerBenchmark.Body)}\r\n");

    public static async ValueTask AnswerAsync(WireConnection connection)
    {
        var words = (await connection.LineAsync()).MustBegin("*"u8).NumberAt(1);
        byte[] answer = [];
        for (var i = 0; i < words; i++)
        {
            var length = (int)(await connection.LineAsync()).MustBegin("$"u8).NumberAt(1);
            var word = await connection.BytesAsync(length + 2);
            if (i == 0)
                answer = AnswerTo(Encoding.ASCII.GetString(word.Span[..length]));
        }
        connection.Write(answer);
    }

    private static byte[] AnswerTo(string command) => command switch
    {
        "XADD" => s_added,
        "XREADGROUP" => s_received,
        "XACK" or "XDEL" or "DEL" => s_counted,
        "XGROUP" => s_ok,
        _ => throw new InvalidDataException($"Nobody should ask '{command}' here."),
    };
}
