using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Deliver.Outgoing.Settling;

/// <summary>A settlement while it is planned: the results by outcome, and what follows from them so far.</summary>
internal sealed class SettlementDraft(Message message, MessageReference reference, IReadOnlyList<RecipientResult> results)
{
    private bool _isAdding;

    public Message Message { get; } = message;

    /// <summary>How the commit names the message.</summary>
    public MessageReference Reference { get; } = reference;

    public IReadOnlyList<RecipientResult> Results { get; } = results;

    public IReadOnlyList<RecipientResult> Delivered { get; } = With(results, RecipientOutcome.Delivered);

    public IReadOnlyList<RecipientResult> Deferred { get; } = With(results, RecipientOutcome.Deferred);

    /// <summary>Those who stay in the queue: deferred or not tried.</summary>
    public IReadOnlyList<RecipientResult> Waiting { get; } = With(results, RecipientOutcome.Deferred, RecipientOutcome.Untried);

    public IReadOnlyList<RecipientResult> Held { get; } = With(results, RecipientOutcome.Held);

    public IReadOnlyList<RecipientResult> Failed { get; } = With(results, RecipientOutcome.Failed);

    public Commit Commit { get; } = new();

    public List<TimelineEvent> Events { get; } = [];

    public void Add(NewMessage added)
    {
        Commit.Add(added);
        _isAdding = true;
    }

    public Settlement ToSettlement() => new(Commit, Events) { IsAdding = _isAdding, Delivered = Delivered.Count, Failed = Failed.Count, Deferred = Deferred.Count };

    private static List<RecipientResult> With(IReadOnlyList<RecipientResult> results, params RecipientOutcome[] outcomes) => results.Where(r => outcomes.Contains(r.Outcome)).ToList();
}
