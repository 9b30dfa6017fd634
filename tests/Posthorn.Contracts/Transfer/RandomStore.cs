using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Transfer;

/// <summary>Fills a store by whatever an engine offers, from a seed: queues of every policy, messages in every state, and all that is remembered beside them.</summary>
public sealed class RandomStore(IEngine engine, ManualTimeProvider time, int seed)
{
    /// <summary>Longer than any engine keeps in a row or a record.</summary>
    private const int LargeBytes = 300_000;

    private static readonly QueueName Plain = QueueName.Parse("plain");
    private static readonly QueueName Box = QueueName.Parse("mail/Ärger 'box'");
    private static readonly QueueName Fifo = QueueName.Parse("orders.fifo");
    private static readonly QueueName Kept = QueueName.Parse("kept");
    private static readonly QueueName Fair = QueueName.Parse("fair");
    private static readonly QueueName Paused = QueueName.Parse("paused");
    private static readonly QueueName Dead = QueueName.Parse("dead");
    private static readonly QueueName[] All = [Plain, Box, Fifo, Kept, Fair, Paused];
    private static readonly string[] Flags = ["\\Seen", "\\Flagged", "$Junk", "äöü", "Two"];

    private readonly Random _random = new(seed);

    /// <summary>Does so many steps.</summary>
    public async Task FillAsync(int steps)
    {
        await engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("gone"), QueuePolicy.Default));
        await engine.CommitAsync(new Commit()
            .SetQueue(Plain, new QueuePolicy { ReceivesMax = 1000, DeadLetterQueue = Dead, Retention = TimeSpan.FromDays(300), Delay = TimeSpan.FromSeconds(3), MessageBytesMax = 10_000_000 })
            .SetQueue(Box, new QueuePolicy { BytesMax = 1L << 40, MessagesMax = 1_000_000 })
            .SetQueue(Fifo, new QueuePolicy { IsFifo = true, DeduplicationScope = DeduplicationScope.Group, DeduplicationWindow = TimeSpan.FromDays(1), LeasesMax = 100 })
            .SetQueue(Kept, new QueuePolicy { KeepConsumed = TimeSpan.FromDays(30), VisibilityTimeout = TimeSpan.FromMinutes(7) })
            .SetQueue(Fair, new QueuePolicy { Fairness = QueueFairness.ByAttribute("tenant") })
            .SetQueue(Paused, new QueuePolicy { IsPaused = true })
            .DeleteQueue(QueueName.Parse("gone")));
        for (var step = 0; step < steps; step++)
        {
            time.Advance(TimeSpan.FromMilliseconds(_random.Next(3_000)));
            await StepAsync(step);
        }
    }

    private async Task StepAsync(int step)
    {
        switch (_random.Next(12))
        {
            case < 5:
                await AddAsync(step);
                break;
            case 5:
                await ChangeAsync();
                break;
            case 6:
                await LeaseAsync();
                break;
            case 7:
                if (await AnyAsync(Pick(All)) is { } moved)
                    await engine.CommitAsync(new Commit { IdempotencyKey = $"move {step}" }.Move(moved.Id, Pick(All)));
                break;
            case 8:
                if (await AnyAsync(Pick([Kept, Kept, Plain])) is { } ended)
                    await engine.CommitAsync(new Commit().Remove(ended.Id));
                break;
            case 9:
                await engine.CommitAsync(new Commit().SetDocument($"doc/{_random.Next(9)}", _random.Next(5) == 0 ? null : Bytes(_random.Next(3_000))));
                break;
            case 10:
                if (await AnyAsync(Pick(All)) is { } forwarded)
                    await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Pick(All), Content = forwarded.Content.WithInFront("Received: again\r\n"u8), Origin = forwarded.Origin }));
                break;
            default:
                await ReplayAsync();
                break;
        }
    }

    private async Task AddAsync(int step)
    {
        var commit = new Commit { IdempotencyKey = _random.Next(3) == 0 ? $"key {step}" : null };
        var body = Body.Of(Bytes(_random.Next(10) switch { 0 => 0, 1 => LargeBytes, 2 => 20_000, _ => _random.Next(800) }));
        for (var i = _random.Next(3); i >= 0; i--)
            commit.Add(New(body, step));
        await engine.CommitAsync(commit);
    }

    private NewMessage New(Body body, int step) => new()
    {
        Queue = Pick(All),
        Content = new Content(body) { Prefix = Bytes(_random.Next(3) * 40), Skip = body.Length > 10 ? _random.Next(10) : 0 },
        Priority = Priority.Of(_random.Next(10)),
        Group = _random.Next(2) == 0 ? null : $"group {_random.Next(6)}",
        DeduplicationId = _random.Next(3) == 0 ? $"id {step}" : null,
        IsHeld = _random.Next(12) == 0,
        DueAt = _random.Next(6) == 0 ? time.GetUtcNow() + TimeSpan.FromTicks(_random.NextInt64(TimeSpan.TicksPerDay * 30)) : null,
        AcceptedAt = _random.Next(4) == 0 ? time.GetUtcNow() - TimeSpan.FromTicks(_random.NextInt64(TimeSpan.TicksPerDay)) : null,
        LastError = _random.Next(5) == 0 ? "451 4.3.0 später\r\nnochmal" : null,
        Flags = [.. Flags.Where(_ => _random.Next(4) == 0)],
        Envelope = _random.Next(3) switch
        {
            0 => Envelope.None,
            1 => new Envelope("", [new Recipient("bob@example.test")]),
            _ => new Envelope("ann@shop.test", [new Recipient("müller@example.test") { Notify = DsnNotify.Failure, OriginalRecipient = "rfc822;m@example.test", Headers = ["X-For: m"] }, new Recipient("c@d.test")])
            {
                EnvelopeId = "e+1", Return = DsnReturn.Headers,
            },
        },
        Attributes = Attributes(),
    };

    private Dictionary<string, AttributeValue> Attributes()
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        for (var i = _random.Next(4); i > 0; i--)
            attributes[$"a{_random.Next(30)}"] = _random.Next(3) switch { 0 => AttributeValue.Of(Bytes(9), "Binary.x", isText: false), 1 => AttributeValue.Of("zwölf\0", "String"), _ => "text" };
        if (_random.Next(2) == 0)
            attributes["tenant"] = $"tenant {_random.Next(3)}";
        return attributes;
    }

    private async Task ChangeAsync()
    {
        if (await AnyAsync(Pick(All)) is not { } message)
            return;
        var changes = _random.Next(4) switch
        {
            0 => new MessageChanges { FlagsAdded = [Pick(Flags)], FlagsRemoved = [Pick(Flags)] },
            1 => new MessageChanges { IsHeld = message.State != MessageState.Held, LastError = "held or not" },
            2 => new MessageChanges { Priority = Priority.Of(_random.Next(10)), Attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { ["changed"] = "yes" } },
            _ => new MessageChanges { DueAt = time.GetUtcNow() + TimeSpan.FromMinutes(_random.Next(600)), ReceiveCount = _random.Next(5) },
        };
        await engine.CommitAsync(new Commit().Change(message.Id, changes));
    }

    private async Task LeaseAsync()
    {
        foreach (var leased in await engine.LeaseAsync(Pick(All), new LeaseRequest { MessagesMax = 3 }))
        {
            var commit = _random.Next(4) switch
            {
                0 => new Commit().Remove(leased),
                1 => new Commit().Release(leased, TimeSpan.FromSeconds(_random.Next(900)), new MessageChanges { LastError = "not now" }),
                2 => new Commit().Move(leased, Pick(All)),
                _ => null,
            };
            if (commit is not null)
                await engine.CommitAsync(commit);
        }
    }

    private async Task ReplayAsync()
    {
        await foreach (var message in engine.BrowseAsync(Kept, new MessageFilter { States = [MessageState.Consumed] }))
        {
            if (_random.Next(3) != 0)
                continue;
            await engine.CommitAsync(new Commit().Replay(message.Id));
            return;
        }
    }

    private async Task<Message?> AnyAsync(QueueName queue)
    {
        var listed = await engine.ListAsync(queue, 0, 1_000);
        return listed.Count == 0 ? null : await engine.FindAsync(Pick([.. listed]).Id);
    }

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }
}
