using Posthorn.Protocols.Dns;

namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>Remembers answers for as long as they say, and no more of them than it may. Safe for any number of callers.</summary>
internal sealed class DnsCache(int entriesMax, TimeProvider time)
{
    private readonly Lock _gate = new();    // guards both
    private readonly Dictionary<(string Name, DnsRecordType Type), (DnsAnswer Answer, DateTimeOffset Until)> _answers = [];
    private readonly Queue<(string Name, DnsRecordType Type)> _order = new();

    public DnsAnswer? Find(string name, DnsRecordType type)
    {
        lock (_gate)
            return _answers.TryGetValue((name, type), out var found) && found.Until > time.GetUtcNow() ? found.Answer : null;
    }

    public void Add(string name, DnsRecordType type, DnsAnswer answer)
    {
        if (answer.TimeToLive <= TimeSpan.Zero)
            return;
        lock (_gate)
        {
            if (!_answers.ContainsKey((name, type)))
                _order.Enqueue((name, type));
            _answers[(name, type)] = (answer, time.GetUtcNow() + answer.TimeToLive);
            while (_order.Count > entriesMax)
                _answers.Remove(_order.Dequeue());
        }
    }
}
