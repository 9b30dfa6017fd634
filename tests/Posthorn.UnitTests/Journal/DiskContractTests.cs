using Posthorn.Contracts;
using Posthorn.Engine;

namespace Posthorn.UnitTests.Journal;

// Every contract, on the journal over a real folder with real syncs.

public sealed class DiskCommitTests : CommitContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskLeaseTests : LeaseContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskPriorityTests : PriorityContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskDelayTests : DelayContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskBrowseTests : BrowseContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskGroupTests : GroupContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskLimitsTests : LimitsContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskDeadLetterTests : DeadLetterContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskBodyTests : BodyContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskRestartTests : RestartContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskFifoTests : FifoContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskFairTests : FairContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskDeferTests : DeferContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskDeduplicationTests : DeduplicationContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskReplayTests : ReplayContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskRoomTests : RoomContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskBatchTests : BatchContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskMailTests : MailContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskSettlementTests : SettlementContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskRemovalTests : RemovalContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskConcurrencyTests : ConcurrencyContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskRegistryTests : RegistryContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskVisibilityTests : VisibilityContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskRedriveTests : RedriveContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskMailboxTests : MailboxContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskClaimTests : ClaimContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}

public sealed class DiskWatchTests : WatchContract
{
    private readonly JournalFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IEngine> OpenAsync() => _folder.OpenAsync(Time);
}
