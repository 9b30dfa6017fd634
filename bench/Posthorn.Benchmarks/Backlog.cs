using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Benchmarks;

/// <summary>A queue in which exactly so many messages wait.</summary>
/// <param name="queue">The queue. In the outgoing queue they are mails that failed once and wait a day for their next attempt.</param>
/// <param name="bodyBytes">Bytes of each.</param>
internal sealed class Backlog(QueueName queue, int bodyBytes)
{
    private const int Batch = 500;
    private const int Writers = 4;
    private static readonly QueueName s_outgoing = QueueName.Parse("spool/outgoing");
    private static readonly Envelope s_envelope = new("sender@client.test", [new Recipient("rcpt@dead.test")]);
    private static readonly Dictionary<string, AttributeValue> s_attributes = new(StringComparer.Ordinal) { ["mail.door"] = "smtp", ["mail.attempts"] = "1" };

    private readonly byte[] _body = Mail(bodyBytes);

    /// <summary>The queue.</summary>
    public QueueName Queue => queue;

    /// <summary>Opens a journal's folder that no server has, and adds or removes what it takes.</summary>
    public static async Task BringAsync(string folder, QueueName queue, long count, int bodyBytes)
    {
        using var files = new PhysicalFileSystem(folder);
        await using var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System);
        await new Backlog(queue, bodyBytes).BringToAsync(engine, count);
    }

    /// <summary>A message as all of them are.</summary>
    public NewMessage Message() => queue == s_outgoing
        ? new NewMessage
        {
            Queue = queue, Content = Body.Of(_body), Envelope = s_envelope, Attributes = s_attributes, Group = "dead.test 2",
            DueAt = DateTimeOffset.UtcNow + TimeSpan.FromDays(1), LastError = "connect to dead.test: connection refused",
        }
        : new NewMessage { Queue = queue, Content = Body.Of(_body) };

    /// <summary>Adds what is missing, or takes and removes what is too much.</summary>
    public async Task BringToAsync(IEngine engine, long count)
    {
        var left = count - (engine.Status(queue)?.Messages ?? 0);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (var before = Interlocked.Add(ref left, -Batch) + Batch; before > 0; before = Interlocked.Add(ref left, -Batch) + Batch)
            {
                var commit = new Commit();
                for (var i = 0; i < Math.Min(before, Batch); i++)
                    commit.Add(Message());
                await engine.CommitAsync(commit);
            }
        })));
        while ((engine.Status(queue)?.Messages ?? 0) - count is > 0 and var more)
        {
            var leases = await engine.LeaseAsync(queue, new LeaseRequest { MessagesMax = (int)Math.Min(more, Batch) });
            if (leases.Count == 0)
                throw new InvalidOperationException($"{more} messages too many in {queue} and none of them can be taken.");
            await engine.CommitAsync(leases.Aggregate(new Commit(), (acks, lease) => acks.Remove(lease)));
        }
    }

    private static byte[] Mail(int bytes)
    {
        var mail = new byte[bytes];
        Array.Fill(mail, (byte)'x');
        "Subject: waits\r\n\r\n"u8[..Math.Min(18, bytes)].CopyTo(mail);
        return mail;
    }
}
