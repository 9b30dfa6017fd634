using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Posthorn.Protocols.Sqs.Redrive;

/// <summary>Names a move task to clients: base 64 of <c>{"taskId":"…","sourceArn":"…"}</c>.</summary>
/// <param name="TaskId">The task's id.</param>
/// <param name="SourceArn">Where it moves messages from.</param>
public sealed record MoveTaskHandle(string TaskId, string SourceArn)
{
    /// <summary>Reads a handle.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MoveTaskHandle? handle)
    {
        handle = null;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
            return false;
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("taskId", out var id) && id.ValueKind == JsonValueKind.String
                && document.RootElement.TryGetProperty("sourceArn", out var source) && source.ValueKind == JsonValueKind.String)
                handle = new MoveTaskHandle(id.GetString()!, source.GetString()!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
        return handle is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{{\"taskId\":\"{TaskId}\",\"sourceArn\":\"{SourceArn}\"}}"));
}
