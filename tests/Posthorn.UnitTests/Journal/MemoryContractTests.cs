using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;

namespace Posthorn.UnitTests.Journal;

// Every contract, on the journal over memory.

public sealed class MemoryCommitTests : CommitContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryLeaseTests : LeaseContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryPriorityTests : PriorityContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryDelayTests : DelayContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryBrowseTests : BrowseContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryGroupTests : GroupContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryLimitsTests : LimitsContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryDeadLetterTests : DeadLetterContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryBodyTests : BodyContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryRestartTests : RestartContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryFifoTests : FifoContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryFairTests : FairContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryDeferTests : DeferContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryDeduplicationTests : DeduplicationContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryReplayTests : ReplayContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryRoomTests : RoomContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryBatchTests : BatchContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryMailTests : MailContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemorySettlementTests : SettlementContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryRemovalTests : RemovalContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryConcurrencyTests : ConcurrencyContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryRegistryTests : RegistryContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryVisibilityTests : VisibilityContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryRedriveTests : RedriveContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryMetricsTests : MetricsContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryMailboxTests : MailboxContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryClaimTests : ClaimContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}

public sealed class MemoryWatchTests : WatchContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}
