using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Tracing;
using Spectre.Console;

namespace Posthorn.Cli.Messages;

/// <summary>Lives of messages as people read them: when, how long after the event before, what, where, and what was said.</summary>
internal static class TraceListing
{
    private const int KindWidth = 15; // "dead-lettered" and two spaces

    public static void Write(Surroundings surroundings, IReadOnlyList<TraceEvent> events)
    {
        var isFirst = true;
        foreach (var life in events.GroupBy(e => e.Origin, StringComparer.Ordinal))
        {
            if (!isFirst)
                surroundings.Out.WriteLine();
            isFirst = false;
            WriteLife(surroundings, life.Key, [.. life]);
        }
    }

    private static void WriteLife(Surroundings surroundings, string origin, List<TraceEvent> life)
    {
        var first = life[0];
        // The mail's own recipients; those of bounces and copies that came from it are told with their events.
        var named = first.Recipients.Count > 0 ? first.Recipients : life.SelectMany(e => e.Recipients);
        var recipients = named.Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var title = $"message {origin}  {first.At.ToUniversalTime():yyyy-MM-dd}";
        if (first.Sender is { } sender)
            title += $"  from {(sender.Length == 0 ? "<>" : sender)}";
        if (recipients.Count > 0)
            title += $"  to {string.Join(", ", recipients.Take(3))}{(recipients.Count > 3 ? $" +{recipients.Count - 3}" : "")}";
        if (first.MessageId is { } messageId)
            title += $"  <{messageId.Trim('<', '>')}>";
        surroundings.Out.WriteLine(Listing.Clean(title));
        var hasBranches = life.Exists(e => e.Message != origin);
        var before = first.At;
        foreach (var e in life)
        {
            var branch = hasBranches ? (e.Message == origin ? new string(' ', 14) : e.Message + " ") : "";
            var start = $"  {e.At.ToUniversalTime():HH:mm:ss.fff} {Delta(e.At - before),8}  {branch}";
            Write(surroundings, start, e.Kind.PadRight(KindWidth), Rest(e, recipients));
            before = e.At;
        }
    }

    private static void Write(Surroundings surroundings, string start, string kind, string rest)
    {
        if (!surroundings.IsOutputTerminal)
        {
            surroundings.Out.WriteLine((start + kind + rest).TrimEnd());
            return;
        }
        var colour = kind.Trim() switch
        {
            "delivered" or "consumed" => Color.Green,
            "bounced" or "failed" or "dead-lettered" => Color.Red,
            "deferred" or "held" or "delayed" => Color.Yellow,
            _ => Color.Default,
        };
        surroundings.Console.Write(new Text(start, new Style(decoration: Decoration.Dim)));
        surroundings.Console.Write(new Text(kind, new Style(colour)));
        surroundings.Console.WriteLine(rest);
    }

    private static string Rest(TraceEvent e, List<string> recipients)
    {
        var parts = new List<string>();
        if (e.Queue is { } queue)
            parts.Add(queue);
        if (e.Recipients.Count > 0 && !e.Recipients.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(recipients))
            parts.Add($"for {string.Join(", ", e.Recipients)}");
        if (e.Detail is { } detail)
            parts.Add(detail);
        if (e.Peer is { } peer && e.Detail?.Contains(peer, StringComparison.Ordinal) != true)
            parts.Add($"[{peer}]");
        if (e.Node is { } node)
            parts.Add($"on {node}");
        return Listing.Clean(string.Join("  ", parts));
    }

    private static string Delta(TimeSpan since) => since < TimeSpan.FromMilliseconds(0.5) ? "" : "+" + Readable.Span(since);
}
