using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.Sharding.Spanning;

/// <summary>Makes consignments happen where they go, each once however often it is tried and by whom.</summary>
/// <remarks>
/// With what it does, a consignment puts a receipt into its shard, under an id that is its alone: a second one finds it there, however late. For an
/// hour the commit's key says so too, and what it was answered. The receipt goes after the consignment has left the outbox, never before.
/// </remarks>
internal static class Delivery
{
    /// <summary>Commits it.</summary>
    /// <returns>What the commit did, its receipt left out; null when it had happened so long ago that nobody knows.</returns>
    /// <exception cref="EngineUnavailableException">The shard cannot be reached; it stays in the outbox.</exception>
    public static async ValueTask<CommitResult?> DeliverAsync(Consignment consignment, CancellationToken cancellationToken = default)
    {
        await using var bodies = new BodyHandover();
        var operations = new List<CommitOperation>(consignment.Operations.Count);
        foreach (var operation in consignment.Operations)
        {
            operations.Add(operation is CommitOperation.Add { Message: var message }
                ? new CommitOperation.Add(message with { Content = await bodies.ForAsync(Known(message.Content, consignment.From), consignment.To, cancellationToken) })
                : operation);
        }
        while (true)
        {
            try
            {
                var result = await consignment.To.AskAsync(e => e.CommitAsync(CommitOf(consignment, operations), CancellationToken.None));
                return result with { Added = [.. result.Added.SkipLast(1)] };
            }
            catch (CommitConflictException e) when (e.Conflicts.Any(c => c.Operation == operations.Count))
            {
                return null;
            }
            catch (CommitConflictException e) when (e.Conflicts.All(c => c.Reason == ConflictReason.QueueNotEmpty))
            {
                // It was empty when the commit was decided, and holds messages now: they keep the order in which they were sent.
                foreach (var conflict in e.Conflicts)
                    operations[conflict.Operation] = WithOrderKept((CommitOperation.SetQueue)operations[conflict.Operation]);
            }
            catch (CommitConflictException e)
            {
                // Told as what it is, or the commit's caller would take it for a conflict of his own, of which nothing happened.
                throw new InvalidOperationException($"The shard '{consignment.To.Name}' refuses what '{consignment.From.Name}' has decided, which stays in the outbox there: {e.Message}", e);
            }
        }
    }

    /// <summary>A content as the shard's engine gave it, or as its caller did.</summary>
    private static Content Known(Content content, ShardLink from) => content.Body is ShardBody or MemoryBody ? content : content with { Body = new ShardBody(from, content.Body) };

    private static CommitOperation.SetQueue WithOrderKept(CommitOperation.SetQueue set) =>
        set with { Policy = set.Policy with { IsFifo = !set.Policy.IsFifo, Fairness = set.Policy.IsFifo ? set.Policy.Fairness : null } };

    private static Commit CommitOf(Consignment consignment, List<CommitOperation> operations)
    {
        var commit = new Commit { IdempotencyKey = consignment.Key };
        foreach (var operation in operations)
            commit.With(operation);
        return commit.Add(new NewMessage { Queue = BetweenQueues.Receipts, Content = Body.Empty, Arrival = new Arrival(consignment.Receipt, IsMove: true, ReceiveCount: 0) });
    }
}
