using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.KillLoad;

/// <summary>Tells everything that a store holds after a start.</summary>
internal static class Inventory
{
    private static readonly IReadOnlyList<MessageState> Everything = [.. Enum.GetValues<MessageState>()];

    /// <summary>Writes <c>step WORKER STEP</c> and <c>has QUEUE STATE NAME right|wrong</c> in the order of the queue.</summary>
    /// <returns>The ids by name.</returns>
    public static async Task<Dictionary<string, MessageReference>> TellAsync(IEngine engine, LoadLog log)
    {
        var ids = new Dictionary<string, MessageReference>(StringComparer.Ordinal);
        for (var worker = 0; worker < LoadQueues.Workers; worker++)
            log.Write($"step {worker} {StepOf(engine, worker)}");
        foreach (var queue in engine.Queues())
        {
            await foreach (var message in engine.BrowseAsync(queue.Name, new MessageFilter { States = Everything }))
            {
                var name = message.Text(LoadCommit.NameAttribute) ?? "nameless";
                ids[name] = message.Id;
                log.Write($"has {queue.Name} {message.State} {name} {(await IsRightAsync(engine, message, name) ? "right" : "wrong")}");
            }
        }
        return ids;
    }

    /// <summary>The last step of a worker that happened.</summary>
    public static int StepOf(IEngine engine, int worker) => engine.Document(LoadCommit.DocumentOf(worker)) is { } bytes ? BitConverter.ToInt32(bytes.Span) : 0;

    private static async Task<bool> IsRightAsync(IEngine engine, Message message, string name)
    {
        await using var stream = await engine.OpenAsync(message.Content);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        return read.ToArray().AsSpan().SequenceEqual(MessageNames.BodyOf(name));
    }
}
