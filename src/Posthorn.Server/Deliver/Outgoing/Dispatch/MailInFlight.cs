using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Server.Deliver.Outgoing.Connections;

namespace Posthorn.Server.Deliver.Outgoing.Dispatch;

/// <summary>A leased mail on its way: what is left to do for its recipients, and what became of those that are done.</summary>
internal sealed class MailInFlight
{
    private readonly Dictionary<Recipient, RecipientResult> _results = new(ReferenceEqualityComparer.Instance);

    public MailInFlight(LeasedMessage lease, IEnumerable<RecipientResult> settledByOrders)
    {
        Lease = lease;
        foreach (var result in settledByOrders)
            _results[result.Recipient] = result;
        Transactions = new Queue<Transaction>(Transaction.For(Message, Message.Envelope.Recipients.Where(r => !_results.ContainsKey(r))));
    }

    public LeasedMessage Lease { get; }

    public Message Message => Lease.Message;

    /// <summary>What is still to be sent over the connection at hand.</summary>
    public Queue<Transaction> Transactions { get; }

    /// <summary>Hosts that have been asked for it in this attempt.</summary>
    public HashSet<string> Tried { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether another host may be asked now: not when this one may have delivered it.</summary>
    public bool MayFailOver { get; set; } = true;

    public IReadOnlyList<RecipientResult> Results => Message.Envelope.Recipients.Select(r => _results[r]).ToList();

    /// <summary>Recipients whom another host might take now.</summary>
    public List<Recipient> Elsewhere => _results.Values.Where(r => r.Outcome == RecipientOutcome.Deferred || r.IsOfThisHost).Select(r => r.Recipient).ToList();

    /// <summary>Recipients that were too many for one mail: they get another one, once the mails behind are done.</summary>
    public List<Recipient> Again { get; } = [];

    /// <summary>Whether more can be done for it in this attempt.</summary>
    public bool IsUnfinished(int exchangers) => Again.Count > 0 || (MayFailOver && exchangers > 1 && Elsewhere.Count > 0);

    /// <summary>Takes the results of a transaction.</summary>
    public void Take(Transaction done)
    {
        foreach (var result in done.Results)
        {
            if (result.WasTooMany)
                Again.Add(result.Recipient);
            else
                _results[result.Recipient] = result;
        }
    }
}
