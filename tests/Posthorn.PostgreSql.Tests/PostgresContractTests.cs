using Posthorn.Contracts;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Tests;

// Every contract, on a schema of its own of a real server.

public sealed class PostgresBatchTests : BatchContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresBodyTests : BodyContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresBrowseTests : BrowseContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresClaimTests : ClaimContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresCommitTests : CommitContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresConcurrencyTests : ConcurrencyContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresDeadLetterTests : DeadLetterContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresDeduplicationTests : DeduplicationContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresDeferTests : DeferContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresDelayTests : DelayContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresFairTests : FairContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresFifoTests : FifoContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresGroupTests : GroupContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresLeaseTests : LeaseContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresLimitsTests : LimitsContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresMailTests : MailContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresMailboxTests : MailboxContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresMetricsTests : MetricsContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresPriorityTests : PriorityContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresRedriveTests : RedriveContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresRegistryTests : RegistryContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresRemovalTests : RemovalContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresReplayTests : ReplayContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresRestartTests : RestartContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresRoomTests : RoomContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresSettlementTests : SettlementContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresVisibilityTests : VisibilityContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}

public sealed class PostgresWatchTests : WatchContract
{
    private readonly string _schema = DatabaseServer.NewSchema();

    protected override async Task<IEngine> OpenAsync() => await TestEngine.OpenAsync(_schema, Time);
}
