using Posthorn.Contracts;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Tests;

// The contracts in which most different statements run, once more through a pooler.

public sealed class PooledLeaseTests : LeaseContract
{
    private readonly TestSchema _schema = new() { IsPooled = true };

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PooledMailboxTests : MailboxContract
{
    private readonly TestSchema _schema = new() { IsPooled = true };

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class PooledWatchTests : WatchContract
{
    private readonly TestSchema _schema = new() { IsPooled = true };

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}
