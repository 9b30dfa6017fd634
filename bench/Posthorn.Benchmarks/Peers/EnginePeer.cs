using Npgsql;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.PostgreSql;
using Posthorn.Queues;

namespace Posthorn.Benchmarks.Peers;

/// <summary>An engine of Posthorn's in this process, as a program that embeds it uses it.</summary>
/// <param name="name">Its name in the table.</param>
/// <param name="open">Opens it.</param>
internal sealed class EnginePeer(string name, Func<Task<IEngine>> open) : IPeer
{
    private static readonly QueueName s_queue = QueueName.Parse("bench");
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(1);
    private readonly LeaseRequest[] _requests = [.. Enumerable.Range(0, 101).Select(max => new LeaseRequest { MessagesMax = Math.Max(1, max), Wait = s_wait })];
    private IEngine? _engine;

    public string Name => name;

    /// <summary>The engine on PostgreSQL, one node.</summary>
    public static EnginePeer Of(string name, string connectionString) => new(name, async () =>
    {
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync();
            await using var drop = new NpgsqlCommand("DROP SCHEMA IF EXISTS posthorn_bench CASCADE", connection);
            await drop.ExecuteNonQueryAsync();
        }
        return await PostgresEngine.OpenAsync(new PostgresOptions { ConnectionString = connectionString, Schema = "posthorn_bench" }, TimeProvider.System);
    });

    /// <summary>The journal in a folder, which is emptied.</summary>
    public static EnginePeer OnJournal(string name, string folder)
    {
        PhysicalFileSystem? files = null;
        return new(name, async () =>
        {
            files?.Dispose();
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            files = new PhysicalFileSystem(folder);
            return await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System);
        });
    }

    public async Task PrepareAsync(int clients)
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _engine = await open();
        await _engine.CommitAsync(new Commit().SetQueue(s_queue, new QueuePolicy()));
    }

    public async Task SendAsync(int client, int count)
    {
        var commit = new Commit();
        for (var i = 0; i < count; i++)
            commit.Add(new NewMessage { Queue = s_queue, Content = Body.Of(PeerBenchmark.Body) });
        await _engine!.CommitAsync(commit);
    }

    public async Task<int> TakeAsync(int client, int count)
    {
        var leased = await _engine!.LeaseAsync(s_queue, _requests[count]);
        if (leased.Count == 0)
            return 0;
        var commit = new Commit();
        foreach (var message in leased)
        {
            await ReadAsync(message.Message.Content);
            commit.Remove(message);
        }
        await _engine.CommitAsync(commit);
        return leased.Count;
    }

    /// <summary>A consumer reads what it consumes: the peers' clients get the body with the message.</summary>
    private async ValueTask ReadAsync(Content content)
    {
        if (content.Body.Bytes is not null)
            return; // in memory since it was sent
        await using var stream = await _engine!.OpenAsync(content);
        await stream.ReadExactlyAsync(new byte[stream.Length]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
    }
}
