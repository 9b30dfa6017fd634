using System.Text.Json.Nodes;
using Posthorn.Cli.Terminal;
using Posthorn.Engine.Transfer;

namespace Posthorn.Cli.Migrating;

/// <summary>What a migration says: to people, or as one document to programs.</summary>
internal sealed class MigrationReport(Surroundings surroundings, bool isJson)
{
    private readonly MigrationProgress _progress = new(surroundings);

    public IProgress<TransferProgress>? Progress => isJson ? null : _progress;

    public void Begin(TransferSource source, string target)
    {
        if (!isJson)
            surroundings.Error.WriteLine($"From {source.Name}: {Holds(source)}. To {target}.");
    }

    /// <summary>Nothing more is told of how far it is.</summary>
    public void End() => _progress.End();

    public void TellDryRun(TransferSource source, long? moved, IReadOnlyList<string> others)
    {
        if (isJson)
        {
            Write(new JsonObject { ["isDryRun"] = true, ["queues"] = source.Queues, ["messages"] = source.Messages, ["bytes"] = source.Bytes, ["alreadyMoved"] = moved });
            return;
        }
        surroundings.Out.WriteLine($"{source.Name} holds {Holds(source)}.");
        surroundings.Out.WriteLine(moved is { } there ? $"{Readable.Count(there, "message")} of them were moved by an earlier attempt, which would go on." : "The target is empty.");
        TellOthers(others);
        surroundings.Out.WriteLine("A dry run: nothing was changed.");
    }

    /// <summary>Says what came out.</summary>
    /// <returns>The exit code: not 0 when the two differ.</returns>
    public int Tell(TransferComparison comparison, TransferSource source, StorePlace to, IReadOnlyList<string> others, bool isMoved)
    {
        End();
        if (isJson)
            Write(ToJson(comparison, source));
        else if (comparison.IsSame)
        {
            WriteTallies(comparison);
            surroundings.Out.WriteLine($"{(isMoved ? "Moved and compared" : "Compared")}: {Holds(source)}; both hold the same.");
            if (isMoved)
                TellWhatNow(to, others);
        }
        else
        {
            WriteTallies(comparison);
            foreach (var difference in comparison.Differences)
                surroundings.Error.WriteLine(Listing.Clean(difference));
            surroundings.Fail($"The two differ in {Readable.Count(comparison.DifferenceCount, "place")}." + (isMoved ? " No server starts on the target. Empty it, and begin anew." : ""));
        }
        return comparison.IsSame ? ExitCode.Ok : ExitCode.Failure;
    }

    private void TellWhatNow(StorePlace to, IReadOnlyList<string> others)
    {
        surroundings.Out.WriteLine(to.IsDatabase
            ? "To serve it: engine: { postgres: \"Host=…\" } in the configuration. Do not start a server on the old folder's queues again."
            : "To serve it: --data with the new folder, and no engine.postgres in the configuration. Do not start a server on the database again.");
        TellOthers(others);
    }

    private void TellOthers(IReadOnlyList<string> others)
    {
        if (others.Count > 0)
            surroundings.Out.WriteLine($"Not moved, for they are no queues; copy them when the server gets another data folder: {string.Join(", ", others)}");
        surroundings.Out.WriteLine("What the configuration names (certificates, keys, accounts' files) is where it was.");
    }

    private void WriteTallies(TransferComparison comparison)
    {
        var listing = new Listing("queue", ">messages", ">there", ">bytes", "digest", "same");
        foreach (var queue in comparison.Queues)
            listing.Add(queue.Queue, Readable.Number(queue.Messages), Readable.Number(queue.MessagesThere), Readable.Size(queue.Bytes), queue.Digest[..16], queue.IsSame ? "yes" : "NO");
        listing.Write(surroundings);
    }

    private static string Holds(TransferSource source) => $"{Readable.Count(source.Messages, "message")} ({Readable.Size(source.Bytes)}) in {Readable.Count(source.Queues, "queue")}";

    private static JsonObject ToJson(TransferComparison comparison, TransferSource source) => new()
    {
        ["isSame"] = comparison.IsSame,
        ["messages"] = source.Messages,
        ["bytes"] = source.Bytes,
        ["queues"] = new JsonArray([.. comparison.Queues.Select(q => new JsonObject
        {
            ["queue"] = q.Queue, ["messages"] = q.Messages, ["messagesThere"] = q.MessagesThere, ["bytes"] = q.Bytes, ["digest"] = q.Digest, ["digestThere"] = q.DigestThere,
        })]),
        ["differences"] = new JsonArray([.. comparison.Differences.Select(d => JsonValue.Create(d))]),
        ["differenceCount"] = comparison.DifferenceCount,
    };

    private void Write(JsonObject answer) => JsonAnswer.Write(surroundings.Out, answer, j => j.JsonObject);
}
