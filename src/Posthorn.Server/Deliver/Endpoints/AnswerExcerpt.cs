using System.Text;

namespace Posthorn.Server.Deliver.Endpoints;

/// <summary>The beginning of an answer's body, for the log of attempts: enough to see what the endpoint complains of.</summary>
internal static class AnswerExcerpt
{
    /// <summary>Bytes that are read, and shown, of an answer.</summary>
    public const int BytesMax = 1_024;

    /// <summary>Reads it; what ends early or never comes is as much of it as came.</summary>
    public static async ValueTask<string> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var bytes = new byte[BytesMax];
        var length = 0;
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            while (length < bytes.Length && await stream.ReadAsync(bytes.AsMemory(length), cancellationToken) is var count and > 0)
                length += count;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The status decided already.
        }
        return Clean(Encoding.UTF8.GetString(bytes, 0, length));
    }

    /// <summary>On one line, without what would steer a terminal.</summary>
    private static string Clean(string text) => string.Join(' ', string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
