using System.Text.Json.Nodes;
using Posthorn.Cli.Terminal;
using Posthorn.Journal.Recovery;
using Posthorn.Messages;

namespace Posthorn.Cli.Journal;

/// <summary>How what is found in a journal is told, to people and to programs.</summary>
internal static class JournalReport
{
    public static void List(Surroundings surroundings, IReadOnlyList<JournalFinding> findings)
    {
        var listing = new Listing("file", ">offset", ">bytes", "what");
        foreach (var finding in findings)
            listing.Add(finding.File, finding.Offset, finding.Length == 0 ? "" : finding.Length, finding.Description);
        listing.Write(surroundings);
    }

    /// <summary>Says what the journal holds.</summary>
    /// <returns>The exit code: not 0 when a message cannot be read.</returns>
    public static int Tell(Surroundings surroundings, JournalInventory inventory)
    {
        foreach (var (id, queue, reason) in inventory.Unreadable)
            surroundings.Out.WriteLine($"{id}  {queue}  {Listing.Clean(reason)}");
        var verdict = inventory.IsReadable ? "all of it can be read." : $"{Readable.Number(inventory.Unreadable.Count)} cannot be read.";
        surroundings.Out.WriteLine($"{Readable.Count(inventory.Messages, "message")}, {Readable.Size(inventory.Bytes)}: {verdict}");
        return inventory.IsReadable ? ExitCode.Ok : ExitCode.Failure;
    }

    public static void Write(Surroundings surroundings, JsonObject answer) => JsonAnswer.Write(surroundings.Out, answer, j => j.JsonObject);

    public static JsonArray Of(IReadOnlyList<JournalFinding> findings) =>
        [.. findings.Select(f => new JsonObject { ["file"] = f.File, ["offset"] = f.Offset, ["length"] = f.Length, ["description"] = f.Description })];

    public static JsonObject Of(Message m) => new()
    {
        ["queue"] = m.Queue.Value,
        ["number"] = m.Number,
        ["id"] = m.Id.ToString(),
        ["state"] = Readable.Word(m.State),
        ["priority"] = m.Priority.Value,
        ["acceptedAt"] = m.AcceptedAt.ToUniversalTime(),
        ["bytes"] = m.Content.Length,
        ["sender"] = m.Envelope.Sender,
        ["recipients"] = new JsonArray([.. m.Envelope.Recipients.Select(r => JsonValue.Create(r.Address))]),
    };

    public static string Line(Message m)
    {
        string?[] values =
        [
            m.Queue, m.Number.ToString(), m.Id.ToString(), Readable.Word(m.State), m.Priority.ToString(), Readable.Moment(m.AcceptedAt),
            m.Content.Length.ToString(), m.Envelope.Sender is "" ? "<>" : m.Envelope.Sender ?? "-", string.Join(' ', m.Envelope.Recipients.Select(r => r.Address)),
        ];
        return string.Join('\t', values.Select(v => Listing.Clean(v ?? "")));
    }
}
