using System.Reflection;
using Posthorn.Commits;
using Posthorn.Sharding;

namespace Posthorn.UnitTests.Sharding;

/// <summary>A shard whose calls a test looks at, and lets fail before or after they are done.</summary>
public class WatchedShard : DispatchProxy
{
    private IShard _inner = null!;
    private Func<string, Exception?> _before = null!;
    private Func<string, Exception?> _after = null!;
    private Action? _closed;

    /// <param name="inner">The shard.</param>
    /// <param name="before">What a call fails with before it is done, by its name; null lets it be done.</param>
    /// <param name="after">What a commit fails with after it is done.</param>
    /// <param name="closed">Called when it is closed.</param>
    public static IShard Around(IShard inner, Func<string, Exception?> before, Func<string, Exception?>? after = null, Action? closed = null)
    {
        var proxy = Create<IShard, WatchedShard>();
        var watched = (WatchedShard)(object)proxy;
        (watched._inner, watched._before, watched._after, watched._closed) = (inner, before, after ?? (_ => null), closed);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        // What it says of itself needs no database, and it can always be closed.
        if (!targetMethod!.IsSpecialName && targetMethod.Name != nameof(IAsyncDisposable.DisposeAsync) && _before(targetMethod.Name) is { } failure)
            throw failure;
        if (targetMethod.Name == nameof(IAsyncDisposable.DisposeAsync))
            _closed?.Invoke();
        var result = targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);
        return targetMethod.Name == nameof(IShard.CommitAsync) ? new ValueTask<CommitResult>(AnswerAsync(((ValueTask<CommitResult>)result!).AsTask())) : result;
    }

    private async Task<CommitResult> AnswerAsync(Task<CommitResult> committing)
    {
        var result = await committing;
        return _after(nameof(IShard.CommitAsync)) is { } failure ? throw failure : result;
    }
}
