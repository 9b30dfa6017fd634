namespace Posthorn.PostgreSql.Committing;

/// <summary>Upkeep of some messages, in their order; what has changed meanwhile is left alone.</summary>
internal sealed class UpkeepWork(UpkeepKind kind, IReadOnlyList<ulong> messages) : Work
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public UpkeepKind Kind { get; } = kind;

    public override IEnumerable<ulong> Messages { get; } = messages;

    public override int Operations => 1;

    public Task Done => _done.Task;

    public void Complete() => _done.TrySetResult();

    public override void Fail(Exception failure) => _done.TrySetException(failure);

    public void Apply(CommitDecision decision)
    {
        foreach (var message in Messages)
        {
            switch (Kind)
            {
                case UpkeepKind.Bury:
                    decision.Bury(message);
                    break;
                case UpkeepKind.Expire:
                    decision.Expire(message);
                    break;
                default:
                    decision.Forget(message);
                    break;
            }
        }
    }
}
