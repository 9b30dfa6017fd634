using System.Security.Cryptography;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A database whose disk fills up, in earnest: a file system of 48 MB. Mounting it needs root, as installing the server does.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const int BodyLength = 100_000;
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly string _schema = DatabaseServer.NewSchema();
    private readonly List<(MessageId Id, byte[] Digest)> _acknowledged = [];
    private DatabaseServer _server = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    private Task<PostgresEngine> OpenAsync(string? database = null) => PostgresEngine.OpenAsync(
        new PostgresOptions
        {
            ConnectionString = _server.With(s => s.Database = database ?? s.Database), Schema = _schema, ReconnectPatience = TimeSpan.FromMilliseconds(300),
        },
        TimeProvider.System);

    /// <summary>Adds until it is refused.</summary>
    private async Task<Exception> FillAsync(PostgresEngine engine)
    {
        for (var i = 0; i < 1_000; i++)
        {
            var bytes = RandomNumberGenerator.GetBytes(BodyLength);
            try
            {
                var result = await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(bytes) }));
                _acknowledged.Add((result.Added[0].Id, SHA256.HashData(bytes)));
            }
            catch (Exception e)
            {
                return e;
            }
        }
        throw new InvalidOperationException("100 MB went into 48.");
    }

    private async Task AllAreThereAsync(PostgresEngine engine)
    {
        var there = new Dictionary<MessageId, byte[]>();
        await foreach (var message in engine.BrowseAsync(Orders, new MessageFilter()))
        {
            await using var content = await engine.OpenAsync(message.Content);
            there.Add(message.Id, await SHA256.HashDataAsync(content));
        }
        _acknowledged.Count.ShouldBeGreaterThan(50);
        foreach (var (id, digest) in _acknowledged)
            there[id].ShouldBe(digest);
        there.Count.ShouldBe(_acknowledged.Count);
    }

    [Fact]
    public async Task Full_tables_refuse_what_adds_and_take_it_again_when_there_is_room()
    {
        _server = await DatabaseServer.StartAsync();
        var reserve = await _server.MountSmallAsync();
        await _server.AskAsync($"CREATE TABLESPACE small LOCATION '{_server.Small}'");
        await _server.AskAsync("CREATE DATABASE small TABLESPACE small");
        await using var engine = await OpenAsync("small");

        var refusal = await FillAsync(engine);
        refusal.ShouldBeOfType<StorageFullException>().Message.ShouldContain("No space left on device");
        engine.Health.State.ShouldBe(EngineState.Full);
        await AllAreThereAsync(engine);

        // There may be a page left for a lease, or none: then it is as if the database were away.
        for (var i = 0; i < 50; i++)
        {
            try
            {
                await engine.CommitAsync(new Commit().Release((await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem()));
            }
            catch (Exception e) when (e is EngineUnavailableException or StorageFullException)
            {
                e.Message.ShouldContain("no space");
            }
        }

        File.Delete(reserve);
        await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = QueueName.Parse("other"), Content = Body.Of("again"u8.ToArray()) }));
        engine.Health.State.ShouldBe(EngineState.Serving);
        await AllAreThereAsync(engine);
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
        await engine.CommitAsync(new Commit().Remove(lease));
    }

    [Fact]
    public async Task A_server_that_crashes_with_a_full_disk_has_all_that_was_acknowledged_when_it_is_back()
    {
        _server = await DatabaseServer.StartAsync(isSmall: true);
        await using var engine = await OpenAsync();
        (await FillAsync(engine)).ShouldSatisfyAllConditions(e => (e is StorageFullException or EngineUnavailableException).ShouldBeTrue($"{e}"));
        // PostgreSQL stops by itself when it is its log that cannot be written.
        for (var i = 0; i < 20; i++)
            (await FillAsync(engine)).ShouldSatisfyAllConditions(e => (e is StorageFullException or EngineUnavailableException).ShouldBeTrue($"{e}"));
        await _server.CrashAsync();
        await _server.GrowSmallAsync();
        await _server.StartAgainAsync();

        // One whose outcome is not known may be there as well.
        var status = engine.Status(Orders)!;
        status.Messages.ShouldBeInRange(_acknowledged.Count, _acknowledged.Count + 1);
        if (status.Messages > _acknowledged.Count)
        {
            await foreach (var message in engine.BrowseAsync(Orders, new MessageFilter()))
            {
                if (_acknowledged.All(a => a.Id != message.Id))
                    await engine.CommitAsync(new Commit().Remove(message.Id));
            }
        }
        await AllAreThereAsync(engine);
    }
}
