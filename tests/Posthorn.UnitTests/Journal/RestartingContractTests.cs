using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;

namespace Posthorn.UnitTests.Journal;

// Every contract, on a journal that is closed and opened again after each commit and before whoever looks at it later.

public sealed class RestartingCommitTests : CommitContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingLeaseTests : LeaseContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingPriorityTests : PriorityContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingDelayTests : DelayContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingBrowseTests : BrowseContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingGroupTests : GroupContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingLimitsTests : LimitsContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingDeadLetterTests : DeadLetterContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingBodyTests : BodyContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingRestartTests : RestartContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingFifoTests : FifoContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingFairTests : FairContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingDeferTests : DeferContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingDeduplicationTests : DeduplicationContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingReplayTests : ReplayContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingRoomTests : RoomContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingBatchTests : BatchContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingMailTests : MailContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingSettlementTests : SettlementContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingRemovalTests : RemovalContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingConcurrencyTests : ConcurrencyContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingRegistryTests : RegistryContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingVisibilityTests : VisibilityContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingRedriveTests : RedriveContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingMailboxTests : MailboxContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingClaimTests : ClaimContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}

public sealed class RestartingWatchTests : WatchContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync() =>
        RestartingEngine.OpenAsync(async () => await JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, Time), Time);
}
