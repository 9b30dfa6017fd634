using Posthorn.Messages;

namespace Posthorn.Operations;

/// <summary>Counts what work on many messages does. The run writes, anyone reads.</summary>
public sealed class BulkTally
{
    /// <summary>Most errors kept with their reasons.</summary>
    private const int ErrorsMax = 20;

    private readonly Lock _gate = new(); // guards _now and _errors
    private readonly List<BulkError> _errors = [];
    private BulkProgress _now = new();

    /// <summary>The counts at this moment.</summary>
    public BulkProgress Progress
    {
        get
        {
            lock (_gate)
                return _now with { Errors = [.. _errors] };
        }
    }

    internal void Begin(long? total) => Set(now => now with { Total = total });

    internal void Selected() => Set(static now => now with { Selected = now.Selected + 1 });

    internal void Done(int messages) => Set(now => now with { Done = now.Done + messages });

    internal void Gone() => Set(static now => now with { Gone = now.Gone + 1 });

    internal void Busy(MessageId message) => Fail(static now => now with { Busy = now.Busy + 1 }, message, "Somebody is working on it.");

    internal void Refused(MessageId message, string reason) => Fail(static now => now with { Refused = now.Refused + 1 }, message, reason);

    private void Set(Func<BulkProgress, BulkProgress> change)
    {
        lock (_gate)
            _now = change(_now);
    }

    private void Fail(Func<BulkProgress, BulkProgress> change, MessageId message, string reason)
    {
        lock (_gate)
        {
            _now = change(_now);
            if (_errors.Count < ErrorsMax)
                _errors.Add(new BulkError(message, reason));
        }
    }
}
