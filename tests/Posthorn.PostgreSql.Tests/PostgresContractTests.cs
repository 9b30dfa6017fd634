using Posthorn.Contracts;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Tests;

// Every contract, on a schema of its own of a real server.

public sealed class PostgresBatchTests : BatchContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresBodyTests : BodyContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresBrowseTests : BrowseContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresClaimTests : ClaimContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresCommitTests : CommitContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresConcurrencyTests : ConcurrencyContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresDeadLetterTests : DeadLetterContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresDeduplicationTests : DeduplicationContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresDeferTests : DeferContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresDelayTests : DelayContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresFairTests : FairContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresFifoTests : FifoContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresGroupTests : GroupContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresLeaseTests : LeaseContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresLimitsTests : LimitsContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresMailTests : MailContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresMailboxTests : MailboxContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresMetricsTests : MetricsContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresPriorityTests : PriorityContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresRedriveTests : RedriveContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresRegistryTests : RegistryContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresRemovalTests : RemovalContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresReplayTests : ReplayContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresRestartTests : RestartContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresRoomTests : RoomContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresSettlementTests : SettlementContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresVisibilityTests : VisibilityContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PostgresWatchTests : WatchContract
{
    private readonly TestSchema _schema = new();

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}
