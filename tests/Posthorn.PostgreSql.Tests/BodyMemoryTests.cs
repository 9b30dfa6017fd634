using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.S3;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Beside nothing else: the memory of the whole process is measured.</summary>
[CollectionDefinition(nameof(BodyMemoryTests), DisableParallelization = true)]
[Collection(nameof(BodyMemoryTests))]
public sealed class BodyMemoryTests(ITestOutputHelper output)
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    [Fact]
    public async Task A_body_of_100_MB_goes_in_and_out_through_little_memory()
    {
        await using var server = await S3Server.StartAsync();
        await using var engine = await PostgresEngine.OpenAsync(
            TestEngine.Options(DatabaseServer.NewSchema(), await DatabaseServer.SharedAsync()) with { Bodies = S3BodyStore.Open(S3Options.Parse(server.Address())) }, new ManualTimeProvider());
        var piece = new byte[1 << 20];
        new Random(1).NextBytes(piece);
        await AddAsync(Body.Of(new byte[300_000])); // what is made once
        GC.Collect();
        var (before, most) = (GC.GetTotalMemory(forceFullCollection: true), 0L);
        var allocated = GC.GetTotalAllocatedBytes();
        var writer = engine.CreateBody();
        for (var i = 0; i < 100; i++)
        {
            for (var at = 0; at < piece.Length; at += 64 << 10)
            {
                writer.Write(piece.AsSpan(at, 64 << 10));
                await writer.FlushAsync(default);
            }
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: i % 10 == 9) - before);
        }
        await AddAsync(await writer.CompleteAsync(default));
        var written = GC.GetTotalAllocatedBytes() - allocated;
        await LeaseAsync();
        await using (var stream = await engine.OpenAsync((await LeaseAsync()).Message.Content))
        {
            var buffer = new byte[1 << 20];
            for (var i = 0; i < 100; i++)
            {
                await stream.ReadExactlyAsync(buffer);
                buffer.AsSpan().SequenceEqual(piece).ShouldBeTrue();
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: i % 10 == 9) - before);
            }
            stream.ReadByte().ShouldBe(-1);
        }
        output.WriteLine($"at most {most / 1e6:0.0} MB more in memory; {written / 1e6:0} MB allocated writing, {(GC.GetTotalAllocatedBytes() - allocated - written) / 1e6:0} MB reading");
        most.ShouldBeLessThan(60 << 20);

        Task AddAsync(Body body) => engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = body })).AsTask();
        async Task<LeasedMessage> LeaseAsync() => (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
    }
}
