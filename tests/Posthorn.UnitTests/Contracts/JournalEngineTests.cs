using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal;

namespace Posthorn.UnitTests.Contracts;

// The contracts, run by the journal: in memory with small segments, so that their borders come often, and on the machine's disk.
internal static class JournalUnderTest
{
    public static readonly JournalOptions Small = new() { SegmentBytes = 64 << 10, RecentBytesMax = 256 << 10, ReserveBytes = 128 << 10 };

    public static async Task<IEngine> OpenAsync(IJournalFileSystem files, ManualClock clock) => await JournalEngine.OpenAsync(files, Small, clock);
}

public sealed class JournalCommitTests : CommitContract
{
    protected override Task<IEngine> OpenAsync(ManualClock clock) => JournalUnderTest.OpenAsync(new MemoryFileSystem(), clock);
}

public sealed class JournalLeaseTests : LeaseContract
{
    protected override Task<IEngine> OpenAsync(ManualClock clock) => JournalUnderTest.OpenAsync(new MemoryFileSystem(), clock);
}

public sealed class JournalOrderTests : OrderContract
{
    protected override Task<IEngine> OpenAsync(ManualClock clock) => JournalUnderTest.OpenAsync(new MemoryFileSystem(), clock);
}

public sealed class JournalBrowseTests : BrowseContract
{
    protected override Task<IEngine> OpenAsync(ManualClock clock) => JournalUnderTest.OpenAsync(new MemoryFileSystem(), clock);
}

public sealed class JournalGroupTests : GroupContract
{
    protected override Task<IEngine> OpenAsync(ManualClock clock) => JournalUnderTest.OpenAsync(new MemoryFileSystem(), clock);
}

public sealed class JournalLimitsTests : LimitsContract
{
    protected override Task<IEngine> OpenAsync(ManualClock clock) => JournalUnderTest.OpenAsync(new MemoryFileSystem(), clock);
}

public sealed class JournalBodyTests : BodyContract
{
    protected override Task<IEngine> OpenAsync(ManualClock clock) => JournalUnderTest.OpenAsync(new MemoryFileSystem(), clock);
}

public sealed class JournalRestartTests : RestartContract
{
    private readonly MemoryFileSystem _files = new();

    protected override Task<IEngine> OpenAsync(ManualClock clock) => JournalUnderTest.OpenAsync(_files, clock);

    protected override async Task<IEngine> ReopenAsync(IEngine engine, ManualClock clock)
    {
        await engine.DisposeAsync();
        return await OpenAsync(clock);
    }
}

public sealed class JournalOnDiskRestartTests : RestartContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-contract-").FullName;
    private PhysicalFileSystem? _files;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _files?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    protected override async Task<IEngine> OpenAsync(ManualClock clock)
    {
        _files = new PhysicalFileSystem(_folder);
        return await JournalUnderTest.OpenAsync(_files, clock);
    }

    protected override async Task<IEngine> ReopenAsync(IEngine engine, ManualClock clock)
    {
        await engine.DisposeAsync();
        _files?.Dispose();
        return await OpenAsync(clock);
    }
}

public sealed class JournalOnDiskBodyTests : BodyContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-contract-").FullName;
    private PhysicalFileSystem? _files;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _files?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    protected override async Task<IEngine> OpenAsync(ManualClock clock) => await JournalEngine.OpenAsync(_files = new PhysicalFileSystem(_folder), new JournalOptions(), clock);
}
