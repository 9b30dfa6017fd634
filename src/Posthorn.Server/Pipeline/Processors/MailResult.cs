using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What a run made of one mail, as operations of a commit and as what is told afterwards.</summary>
/// <remarks>
/// When the mail goes on as one, it is moved: its id stays and its body is not touched. When it was split there are only new messages, of the same origin.
/// </remarks>
internal sealed class MailResult(PipelineRun run, LeasedMessage leased, IReadOnlyList<Output> outputs, IReadOnlyList<TimelineEvent> events, IReadOnlyList<IBodyWriter> writers)
    : IAsyncDisposable
{
    public PipelineRun Run => run;

    public LeasedMessage Leased => leased;

    /// <summary>Whether it adds messages, for which there must be space.</summary>
    public bool AddsMessages => outputs.Count > (Moved is null ? 0 : 1);

    private Output? Moved
    {
        get
        {
            Output? only = null;
            foreach (var output in outputs)
            {
                if (!output.GoesOn)
                    continue;
                if (only is not null)
                    return null;
                only = output;
            }

            return only;
        }
    }

    public bool GoesTo(string queue)
    {
        foreach (var output in outputs)
        {
            if (output.Message.Queue.Value == queue)
                return true;
        }

        return false;
    }

    /// <summary>Adds its operations: what is added first, so that a shared body is never without an owner.</summary>
    public void AddTo(Commit commit, DateTimeOffset now)
    {
        var moved = Moved;
        foreach (var output in outputs)
        {
            if (!ReferenceEquals(output, moved))
                commit.Add(output.Message);
        }

        if (moved is null)
            commit.Remove(leased);
        else if (moved.Message.Queue == leased.Message.Queue)
            commit.Release(leased, moved.Message.DueAt is { } due && due > now ? due - now : TimeSpan.Zero, ChangesTo(moved.Message));
        else
            commit.Move(leased, moved.Message.Queue, ChangesTo(moved.Message) is var changes && moved.Message.DueAt is { } dueAt ? changes with { DueAt = dueAt } : changes);
    }

    /// <summary>Tells the timeline, now that it is durable.</summary>
    /// <param name="added">The commit's added messages.</param>
    /// <param name="next">Which of them is this mail's first; moved behind its last.</param>
    public void Report(IReadOnlyList<AddedMessage> added, ref int next)
    {
        var timeline = run.Services.Timeline;
        foreach (var happened in events)
            timeline.Record(happened);
        var moved = Moved;
        foreach (var output in outputs)
        {
            var id = ReferenceEquals(output, moved) ? leased.Message.Id : added[next++].Id;
            timeline.Record(new TimelineEvent(output.Kind, id, output.Message.Origin ?? id, output.Message.Queue.Value, output.Detail)
            {
                Sender = output.Message.Envelope.Sender,
                Recipients = output.Message.Envelope.Recipients.Addresses(),
            });
            run.Services.Metrics.Came(output.Kind);
        }

        if (outputs.Count == 0)
            run.Services.Metrics.Came(TimelineKind.Removed);
    }

    /// <summary>Lets go of the bodies that were written; those that the commit named stay.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var writer in writers)
            await writer.DisposeAsync();
    }

    private MessageChanges ChangesTo(NewMessage to)
    {
        var from = leased.Message;
        var attributes = ReferenceEquals(to.Attributes, from.Attributes) ? null : Difference(from.Attributes, to.Attributes);
        var lastError = to.LastError ?? (from.LastError is null ? null : "");
        var group = to.Group == from.Group ? null : to.Group ?? "";
        var isSame = ReferenceEquals(to.Content, from.Content) && ReferenceEquals(to.Envelope, from.Envelope) && to.Priority == from.Priority;
        if (isSame && attributes is null && lastError is null && group is null && !to.IsHeld)
            return MessageChanges.None;
        return new MessageChanges
        {
            Priority = to.Priority == from.Priority ? null : to.Priority,
            IsHeld = to.IsHeld ? true : null,
            Envelope = ReferenceEquals(to.Envelope, from.Envelope) ? null : to.Envelope,
            Attributes = attributes,
            LastError = lastError,
            Content = ReferenceEquals(to.Content, from.Content) ? null : to.Content,
            Group = group,
        };
    }

    private static Dictionary<string, AttributeValue?>? Difference(IReadOnlyDictionary<string, AttributeValue> from, IReadOnlyDictionary<string, AttributeValue> to)
    {
        Dictionary<string, AttributeValue?>? changes = null;
        foreach (var (name, value) in to)
        {
            if (!from.TryGetValue(name, out var before) || before != value)
                (changes ??= new(StringComparer.Ordinal))[name] = value;
        }

        foreach (var name in from.Keys)
        {
            if (!to.ContainsKey(name))
                (changes ??= new(StringComparer.Ordinal))[name] = null;
        }

        return changes;
    }
}
