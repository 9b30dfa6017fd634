using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;

namespace Posthorn.UnitTests.Journal;

// Every contract once more, with no memory for the index: whatever may wait on disk only, does, as soon as its segment is full.

public sealed class ColdCommitTests : CommitContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdLeaseTests : LeaseContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdPriorityTests : PriorityContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdDelayTests : DelayContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdBrowseTests : BrowseContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdGroupTests : GroupContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdLimitsTests : LimitsContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdDeadLetterTests : DeadLetterContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdBodyTests : BodyContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdRestartTests : RestartContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdFifoTests : FifoContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdFairTests : FairContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdDeferTests : DeferContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdDeduplicationTests : DeduplicationContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdReplayTests : ReplayContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdRoomTests : RoomContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdBatchTests : BatchContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdMailTests : MailContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdSettlementTests : SettlementContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdRemovalTests : RemovalContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdConcurrencyTests : ConcurrencyContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdRegistryTests : RegistryContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdVisibilityTests : VisibilityContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdRedriveTests : RedriveContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdMetricsTests : MetricsContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdMailboxTests : MailboxContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdClaimTests : ClaimContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}

public sealed class ColdWatchTests : WatchContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time);
}
