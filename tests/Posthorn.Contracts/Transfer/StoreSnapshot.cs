using System.Security.Cryptography;
using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.Contracts.Transfer;

/// <summary>All that a store shows of itself, as lines that can be compared: by an engine's own doors, so that nothing of a transfer is in it.</summary>
public static class StoreSnapshot
{
    private static readonly MessageState[] EveryState = Enum.GetValues<MessageState>();

    /// <summary>Reads a store whole.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(IEngine engine)
    {
        var lines = new List<string>();
        foreach (var queue in engine.Queues())
        {
            lines.Add($"queue {queue with { HighestModSeq = 0, Lanes = Queues.LaneFigures.None }}");
            lines.AddRange(engine.Groups(queue.Name).OrderBy(g => g.Group, StringComparer.Ordinal).Select(g => $"group {g with { DelayedSince = null }}"));
            lines.AddRange(engine.FlagCounts(queue.Name).OrderBy(f => f.Key, StringComparer.OrdinalIgnoreCase).Select(f => $"flag {f.Key.ToLowerInvariant()} {f.Value}"));
            await foreach (var message in engine.BrowseAsync(queue.Name, new MessageFilter { States = EveryState }))
                lines.Add(await LineAsync(engine, message));
        }
        lines.AddRange(engine.Documents("").Select(d => $"document {d.Key} {Convert.ToHexString(SHA256.HashData(d.Value.Span))}"));
        return lines;
    }

    private static async Task<string> LineAsync(IEngine engine, Message m)
    {
        await using var content = await engine.OpenAsync(m.Content);
        var hash = Convert.ToHexString(await SHA256.HashDataAsync(content));
        var recipients = m.Envelope.Recipients.Select(r => $"{r.Address} {r.Notify} {r.OriginalRecipient} {string.Join(',', r.Headers)}");
        var attributes = m.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value.Type}:{a.Value.IsText}:{Convert.ToHexString(a.Value.Bytes.Span)}");
        return $"""
            message {m.Queue} {m.Number} {m.Id} {m.Origin} {m.State} {m.Priority} {m.ModSeq} {m.ReceiveCount} [{m.Group}] [{m.DeduplicationId}] {m.AcceptedAt:O} {m.EnqueuedAt:O} {m.DueAt:O}
            [{m.LastError}] [{m.Envelope.Sender ?? "none"}] [{m.Envelope.EnvelopeId}] {m.Envelope.Return} {string.Join('|', recipients)} {string.Join('|', attributes)} {string.Join('|', m.Flags)}
            {m.Content.Length} {m.Content.Prefix.Length} {m.Content.Skip} {m.Content.Body.Length} {hash}
            """;
    }
}
