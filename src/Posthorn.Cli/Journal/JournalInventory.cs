using System.Text.Json.Nodes;
using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.Cli.Journal;

/// <summary>What a journal holds: its messages counted, each read whole against its checksum.</summary>
internal sealed class JournalInventory
{
    private readonly List<(string Id, string Queue, string Reason)> _unreadable = [];

    public long Messages { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Messages whose content cannot be read, and why.</summary>
    public IReadOnlyList<(string Id, string Queue, string Reason)> Unreadable => _unreadable;

    public bool IsReadable => _unreadable.Count == 0;

    public async Task AddAsync(IEngine engine, Message message, CancellationToken cancellationToken)
    {
        Messages++;
        Bytes += message.Content.Length;
        try
        {
            await using var content = await engine.OpenAsync(message.Content, cancellationToken);
            await content.CopyToAsync(Stream.Null, cancellationToken);
        }
        catch (BodyLostException e)
        {
            _unreadable.Add((message.Id.ToString(), message.Queue, e.Message));
        }
    }

    public JsonObject ToJson() => new()
    {
        ["messages"] = Messages,
        ["bytes"] = Bytes,
        ["unreadable"] = new JsonArray([.. _unreadable.Select(u => new JsonObject { ["id"] = u.Id, ["queue"] = u.Queue, ["reason"] = u.Reason })]),
    };
}
