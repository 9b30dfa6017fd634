namespace Posthorn.Journal.Writing;

/// <summary>
/// The commits that go to the disk with one write and one sync. Callers reserve room in it under the lock and fill it outside,
/// in parallel; the writer takes it when it comes round, and waits for those still filling.
/// </summary>
internal sealed class Batch(Chunk chunk)
{
    // One for the writer itself, so that the count reaches zero only after it has taken the batch.
    private int _unfilled = 1;
    private TaskCompletionSource? _filled;

    public Chunk Chunk { get; } = chunk;

    public int Start { get; } = chunk.Used;

    public int Length { get; set; }

    public List<PendingCommit> Commits { get; } = [];

    /// <summary>Whether somebody waits for it; what nobody waits for is written without a sync.</summary>
    public bool NeedsSync { get; set; }

    /// <summary>Until when all of its commits may wait for others, in milliseconds of the monotonic clock.</summary>
    public long LingersUntil { get; private set; } = long.MaxValue;

    /// <summary>How many of its commits do not wait for others.</summary>
    public int HastyCount { get; private set; }

    public Memory<byte> Memory => Chunk.Bytes.AsMemory(Start, Length);

    /// <summary>Takes room for a record; guarded by the engine's lock. Every reservation is followed by one <see cref="Filled"/>.</summary>
    public void Reserve(PendingCommit commit)
    {
        commit.Batch = this;
        commit.Offset = Start + Length;
        Length += commit.Length;
        Chunk.Used += commit.Length;
        NeedsSync |= commit.NeedsSync;
        LingersUntil = Math.Min(LingersUntil, commit.LingersUntil);
        HastyCount += commit.LingersUntil == 0 ? 1 : 0;
        Commits.Add(commit);
        Interlocked.Increment(ref _unfilled);
    }

    public void Filled()
    {
        if (Interlocked.Decrement(ref _unfilled) == 0)
            _filled!.SetResult();
    }

    /// <summary>Called by the writer, once, when nobody can reserve any more.</summary>
    public Task WaitUntilFilledAsync()
    {
        if (Volatile.Read(ref _unfilled) == 1)
            return Task.CompletedTask;
        _filled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Filled();
        return _filled.Task;
    }
}
