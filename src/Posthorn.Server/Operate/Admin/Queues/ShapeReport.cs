using System.Runtime.InteropServices;
using Posthorn.Client.Contracts.Queues;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Server.Operate.Admin.Queues;

/// <summary>Counts what waits in a queue by age and destination, sender or error: Postfix's <c>qshape</c>, whose age classes it takes over.</summary>
internal sealed class ShapeReport
{
    /// <summary>Most rows counted: beyond that, memory would grow with whatever names people send.</summary>
    private const int KeysMax = 10_000;

    private const int ErrorLengthMax = 100;

    private static readonly TimeSpan[] AgesTo = [.. new[] { 5, 10, 20, 40, 80, 160, 320, 640, 1280 }.Select(m => TimeSpan.FromMinutes(m))];

    private readonly Dictionary<string, long[]> _rows = new(StringComparer.OrdinalIgnoreCase);
    private readonly long[] _total = new long[AgesTo.Length + 1];
    private long _beyondKeys;

    public static async Task<QueueShape> OfAsync(
        IEngine engine, QueueName queue, ShapeBy by, int rowsMax, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var report = new ShapeReport();
        await foreach (var message in engine.BrowseAsync(queue, MessageFilter.All, cancellationToken))
            report.Count(message, by, now);
        return report.ToContract(queue, by, rowsMax);
    }

    private void Count(Message message, ShapeBy by, DateTimeOffset now)
    {
        var age = now - message.AcceptedAt;
        var index = Array.FindIndex(AgesTo, to => age < to);
        var column = index < 0 ? AgesTo.Length : index;
        _total[column]++;
        foreach (var key in KeysOf(message, by))
        {
            if (!_rows.ContainsKey(key) && _rows.Count == KeysMax)
            {
                _beyondKeys++;
                continue;
            }
            ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, key, out _);
            (row ??= new long[AgesTo.Length + 1])[column]++;
        }
    }

    private static IEnumerable<string> KeysOf(Message message, ShapeBy by) => by switch
    {
        ShapeBy.Sender => [DomainOf(message.Envelope.Sender ?? "")],
        ShapeBy.Error => [message.LastError is { Length: > ErrorLengthMax } error ? error[..ErrorLengthMax] : message.LastError ?? ""],
        _ when message.Envelope.Recipients.Count == 0 => [""],
        _ => message.Envelope.Recipients.Select(r => DomainOf(r.Address)).Distinct(StringComparer.OrdinalIgnoreCase),
    };

    private QueueShape ToContract(QueueName queue, ShapeBy by, int rowsMax)
    {
        var rows = _rows.Select(r => new ShapeRow(r.Key, r.Value.Sum(), r.Value))
            .OrderByDescending(r => r.Messages).ThenBy(r => r.Key, StringComparer.OrdinalIgnoreCase).ToList();
        return new QueueShape
        {
            Queue = queue,
            By = by,
            AgesTo = AgesTo,
            Total = new ShapeRow("", _total.Sum(), _total),
            Rows = [.. rows.Take(rowsMax)],
            Others = _beyondKeys + rows.Skip(rowsMax).Sum(r => r.Messages),
        };
    }

    private static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..].ToLowerInvariant();
}
