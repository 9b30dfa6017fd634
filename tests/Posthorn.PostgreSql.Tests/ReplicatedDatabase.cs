using Npgsql;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A PostgreSQL with a standby that has each commit on its disk before it is acknowledged. When the primary is killed the standby is promoted, and the other comes back as its standby.</summary>
internal sealed class ReplicatedDatabase : IAsyncDisposable
{
    private DatabaseServer _primary;
    private DatabaseServer _standby;

    private ReplicatedDatabase(DatabaseServer primary, DatabaseServer standby)
    {
        (_primary, _standby) = (primary, standby);
        var settings = new NpgsqlConnectionStringBuilder(primary.ConnectionString);
        settings.Host = $"127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}";
        settings.Remove("Port");
        ConnectionString = settings.ConnectionString;
    }

    /// <summary>Names both.</summary>
    public string ConnectionString { get; }

    public static async Task<ReplicatedDatabase> StartAsync()
    {
        var primary = await DatabaseServer.StartAsync();
        // Before the standby is made, which takes the setting with it: when it is promoted it waits for its own standby from the first commit on.
        await primary.AskAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await primary.AskAsync("SELECT pg_reload_conf()");
        var standby = await primary.StartStandbyAsync(DatabaseServer.FreePort());
        var both = new ReplicatedDatabase(primary, standby);
        await both.AwaitSynchronousAsync();
        return both;
    }

    /// <summary>Kills the primary as a crash does, promotes the standby, and starts a new standby in the place of the old primary. Until that one has caught up nothing is acknowledged.</summary>
    public async Task FailOverAsync()
    {
        await _primary.StopAsync("immediate");
        await _standby.PromoteAsync();
        var port = _primary.Port;
        await _primary.DisposeAsync();
        (_primary, _standby) = (_standby, await _standby.StartStandbyAsync(port));
        await AwaitSynchronousAsync();
    }

    public Task<object?> AskAsync(string text) => _primary.AskAsync(text);

    public async ValueTask DisposeAsync()
    {
        await _standby.DisposeAsync();
        await _primary.DisposeAsync();
    }

    private async Task AwaitSynchronousAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while ((long)(await _primary.AskAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'"))! == 0)
            await poll.WaitForNextTickAsync(patience.Token);
    }
}
