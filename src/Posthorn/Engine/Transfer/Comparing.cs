using Posthorn.Commits;

namespace Posthorn.Engine.Transfer;

/// <summary>Two stores compared: both are read by message id, in step, so that memory stays flat; the first differences are told one by one.</summary>
internal sealed class Comparing(TransferSource source, TransferSource other, IProgress<TransferProgress>? progress, TimeProvider time)
{
    private const int DifferencesToldMax = 20;
    private const int ProgressEvery = 256;

    private readonly List<string> _differences = [];
    private readonly Dictionary<long, Sum> _here = [];
    private readonly Dictionary<long, Sum> _there = [];
    private long _count;
    private long _messages;
    private long _bytes;

    public async Task<TransferComparison> RunAsync(CancellationToken cancellationToken)
    {
        CompareManifests();
        await CompareMessagesAsync(cancellationToken);
        var tallies = source.Manifest.Queues.Select(queue =>
        {
            var (here, there) = (_here.GetValueOrDefault(queue.Identity), _there.GetValueOrDefault(queue.Identity));
            CompareFigures(queue, here, "the source");
            if (other.Manifest.Queues.FirstOrDefault(q => q.Identity == queue.Identity) is { } copy)
                CompareFigures(copy, there, "the target");
            return new QueueTally(queue.Name.Value, here.Messages, there.Messages, here.Bytes, here.ToString(), there.ToString());
        }).ToList();
        return new TransferComparison(tallies, _differences, _count);
    }

    private async Task CompareMessagesAsync(CancellationToken cancellationToken)
    {
        using var digest = new MessageDigest(source);
        using var otherDigest = new MessageDigest(other);
        await using var here = source.ReadAsync(0, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var there = other.ReadAsync(0, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var (isHere, isThere) = (await here.MoveNextAsync(), await there.MoveNextAsync());
        while (isHere || isThere)
        {
            var order = !isHere ? 1 : !isThere ? -1 : here.Current.Record.Id.CompareTo(there.Current.Record.Id);
            UInt128? first = order <= 0 ? await SumAsync(digest, here.Current, _here, cancellationToken) : null;
            UInt128? second = order >= 0 ? await SumAsync(otherDigest, there.Current, _there, cancellationToken) : null;
            if (first != second)
            {
                Tell(order switch
                {
                    < 0 => $"{NameOf(here.Current)} is missing in the target.",
                    > 0 => $"{NameOf(there.Current)} is in the target only.",
                    _ => $"{NameOf(here.Current)} is another in the target: {Difference(here.Current, there.Current)}.",
                });
            }
            if (order <= 0)
                Report(here.Current.Length, isLast: false);
            isHere = order <= 0 ? await here.MoveNextAsync() : isHere;
            isThere = order >= 0 ? await there.MoveNextAsync() : isThere;
        }
        Report(0, isLast: true);
    }

    private static async ValueTask<UInt128> SumAsync(MessageDigest digest, TransferMessage message, Dictionary<long, Sum> sums, CancellationToken cancellationToken)
    {
        var value = await digest.OfAsync(message, cancellationToken);
        var sum = sums.GetValueOrDefault(message.Record.Queue);
        var isConsumed = message.Record.IsConsumed;
        sums[message.Record.Queue] = new Sum(
            sum.Messages + 1, sum.Bytes + message.Length, sum.Consumed + (isConsumed ? 1 : 0), sum.ConsumedBytes + (isConsumed ? message.Length : 0), unchecked(sum.Digest + value));
        return value;
    }

    private void Report(long bytes, bool isLast)
    {
        _bytes += bytes;
        if (isLast || ++_messages % ProgressEvery == 0)
            progress?.Report(new TransferProgress(TransferStage.Comparing, _messages, source.Messages, _bytes, source.Bytes, 0));
    }

    /// <summary>What a store says of a queue must be what was counted in it.</summary>
    private void CompareFigures(TransferQueue queue, in Sum sum, string where)
    {
        if ((queue.Messages, queue.Bytes, queue.Consumed, queue.ConsumedBytes) != (sum.Messages - sum.Consumed, sum.Bytes - sum.ConsumedBytes, sum.Consumed, sum.ConsumedBytes))
            Tell($"Queue {queue.Name}: {where} says that it holds {queue.Messages + queue.Consumed} messages with {queue.Bytes + queue.ConsumedBytes} bytes, and holds {sum.Messages} with {sum.Bytes}.");
    }

    private void CompareManifests()
    {
        var (here, there) = (source.Manifest, other.Manifest);
        var queues = there.Queues.ToDictionary(queue => queue.Name);
        foreach (var queue in here.Queues)
        {
            if (!queues.Remove(queue.Name, out var copy))
                Tell($"Queue {queue.Name} is missing in the target.");
            else if ((queue.Identity, queue.Policy, queue.NextNumber) != (copy.Identity, copy.Policy, copy.NextNumber))
                Tell($"Queue {queue.Name} is another in the target: identity, policy or next number.");
            else if (copy.HighestModSeq < queue.HighestModSeq)
                Tell($"Queue {queue.Name} has a lower number of its last change in the target: {copy.HighestModSeq} instead of {queue.HighestModSeq}.");
        }
        foreach (var name in queues.Keys)
            Tell($"Queue {name} is in the target only.");
        CompareSets("Document", here.Documents.Select(d => (d.Key, Convert.ToHexString(d.Value.Span))), there.Documents.Select(d => (d.Key, Convert.ToHexString(d.Value.Span))));
        // What ends while it is moved is no difference.
        var now = time.GetUtcNow().UtcTicks;
        CompareSets("Idempotency key", here.Keys.Where(k => k.EndsAt > now).Select(Of), there.Keys.Where(k => k.EndsAt > now).Select(Of));
        CompareSets(
            "Deduplication id", here.Deduplications.Where(d => d.EndsAt > now).Select(d => (d.Id, d.ToString())), there.Deduplications.Where(d => d.EndsAt > now).Select(d => (d.Id, d.ToString())));
        if (there.NextMessage < here.NextMessage || there.NextQueue < here.NextQueue)
            Tell("The target would give ids again that were given in the source.");
    }

    private static (string Key, string Value) Of(TransferKey key) => (key.Key, $"{key.EndsAt}|{Text(key.Added)}|{Text(key.Moved)}");

    private static string Text(IReadOnlyList<AddedMessage> messages) => string.Join(',', messages);

    private void CompareSets(string kind, IEnumerable<(string Key, string Value)> here, IEnumerable<(string Key, string Value)> there)
    {
        var left = there.ToHashSet();
        foreach (var one in here)
        {
            if (!left.Remove(one))
                Tell($"{kind} '{one.Key}' is missing or another in the target.");
        }
        foreach (var (key, _) in left)
            Tell($"{kind} '{key}' is another or only in the target.");
    }

    private string NameOf(TransferMessage message) =>
        $"Message {new Messages.MessageId(message.Record.Id)} ({source.Manifest.Queues.Concat(other.Manifest.Queues).FirstOrDefault(q => q.Identity == message.Record.Queue)?.Name} number {message.Record.Number})";

    /// <summary>The fields that are another, as far as they tell much; else it is the body or what travels with it.</summary>
    private static string Difference(TransferMessage here, TransferMessage there)
    {
        var (a, b) = (here.Record, there.Record);
        (string Name, bool IsSame)[] fields =
        [
            ("queue", a.Queue == b.Queue), ("number", a.Number == b.Number), ("mod-seq", here.ModSeq == there.ModSeq), ("times", (a.AcceptedAt, a.EnqueuedAt, a.DueAt) == (b.AcceptedAt, b.EnqueuedAt, b.DueAt)),
            ("state", (a.IsHeld, a.IsConsumed) == (b.IsHeld, b.IsConsumed)), ("receive count", a.ReceiveCount == b.ReceiveCount), ("priority", a.Priority == b.Priority), ("group", (a.Group ?? "") == (b.Group ?? "")),
            ("length", here.Length == there.Length), ("flags", a.Flags.SequenceEqual(b.Flags, StringComparer.Ordinal)), ("error", a.LastError == b.LastError),
        ];
        var names = fields.Where(field => !field.IsSame).Select(field => field.Name).ToList();
        return names.Count > 0 ? string.Join(", ", names) : "envelope, attributes or bytes";
    }

    private void Tell(string difference)
    {
        _count++;
        if (_differences.Count < DifferencesToldMax)
            _differences.Add(difference);
    }

    private readonly record struct Sum(long Messages, long Bytes, long Consumed, long ConsumedBytes, UInt128 Digest)
    {
        public override string ToString() => Digest.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
    }
}
