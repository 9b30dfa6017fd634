using System.Runtime.CompilerServices;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Posthorn.Server.Operate.Admin.Http;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>
/// A query, checked and ready to run: the engine tests what it knows without reading bodies, the rest is tested here, headers last.
/// Reading disturbs no consumer.
/// </summary>
internal sealed class MessageSelection : IMessageSelection
{
    private readonly IEngine _engine;
    private readonly IReadOnlyList<MessageId>? _ids;
    private readonly IReadOnlyList<QueueName>? _queues;
    private readonly MessageFilter _filter;
    private readonly string? _senderDomain;
    private readonly int? _attemptsMin;
    private readonly int? _attemptsMax;
    private readonly IReadOnlyDictionary<string, string> _attributes;
    private readonly IReadOnlyList<HeaderTest> _headers;

    /// <exception cref="ProblemException">Something in the query is wrong, or one of its queues does not exist.</exception>
    public MessageSelection(IEngine engine, MessageQuery query, DateTimeOffset now)
    {
        _engine = engine;
        _ids = query.Ids?.Select(ParseId).ToList();
        _queues = query.Queues?.Select(AdminGate.ParseQueue).Distinct().Order().ToList();
        if (_queues?.FirstOrDefault(q => engine.Status(q) is null) is { Value: not "" } unknown)
            throw Problems.QueueNotFound(unknown);
        _senderDomain = query.Sender is ['*', '@', .. var domain] ? domain : null;
        _attemptsMin = query.MinAttempts;
        _attemptsMax = query.MaxAttempts;
        _attributes = query.Attributes ?? new Dictionary<string, string>(StringComparer.Ordinal);
        _headers = [.. (query.Headers ?? []).Select(h => new HeaderTest(h))];
        _filter = new MessageFilter
        {
            Sender = _senderDomain is null ? query.Sender : null,
            Recipient = query.Recipient,
            RecipientDomain = query.Domain,
            States = query.States?.Select(s => s.ToEngine()).ToList(),
            Group = query.Group,
            AcceptedBefore = now - query.OlderThan,
            AcceptedFrom = now - query.YoungerThan,
            ConsumedFrom = query.ConsumedFrom,
            ConsumedBefore = query.ConsumedBefore,
            PriorityMin = query.MinPriority is { } min ? Priority.Of(min) : null,
            PriorityMax = query.MaxPriority is { } max ? Priority.Of(max) : null,
            LastErrorContains = query.Error,
            Origin = query.Origin is { } origin ? ParseId(origin) : null,
        };
    }

    /// <summary>The queues it reads: those asked for, or all.</summary>
    public IReadOnlyList<QueueName> Queues => _queues ?? [.. _engine.Queues().Select(q => q.Name).Order()];

    /// <summary>How many messages it will select when that is known beforehand; null when only reading can tell.</summary>
    public long? Total =>
        _ids is not null ? _ids.Count
        : IsOfEverything && _senderDomain is null && _attemptsMin is null && _attemptsMax is null && _attributes.Count == 0 && _headers.Count == 0
            ? Queues.Sum(q => _engine.Status(q) is { } status ? status.Messages + (_filter.States is null ? 0 : status.Consumed) : 0)
        : null;

    private bool IsOfEverything =>
        _filter with { States = null } == MessageFilter.All && (_filter.States is null || Enum.GetValues<Posthorn.Messages.MessageState>().All(_filter.States.Contains));

    /// <summary>A message's id from text.</summary>
    /// <exception cref="ProblemException">It is none.</exception>
    public static MessageId ParseId(string text) =>
        MessageId.TryParse(text, out var id) ? id : throw Problems.BadRequest($"'{text}' is no message id: 13 letters and digits such as 0A3F9K2M4Q7ZT.");

    public IAsyncEnumerable<Message> ReadAsync(CancellationToken cancellationToken) => ReadAsync(after: null, cancellationToken);

    /// <summary>Reads what is selected, behind a place in the list or from its start.</summary>
    public async IAsyncEnumerable<Message> ReadAsync(MessageCursor? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in _ids ?? [])
            if (await _engine.FindAsync(id, cancellationToken) is { } message && await SelectsAsync(message, cancellationToken))
                yield return message;
        if (_ids is not null)
            yield break;
        foreach (var queue in Queues.Where(q => after is null || string.CompareOrdinal(q, after.Queue) >= 0))
        {
            var isFifo = _engine.Status(queue)?.Policy.IsFifo == true;
            await foreach (var message in _engine.BrowseAsync(queue, _filter, cancellationToken))
                if ((after is null || after.IsBefore(message, isFifo)) && await SelectsRestAsync(message, cancellationToken))
                    yield return message;
        }
    }

    /// <summary>Whether a message is selected.</summary>
    public ValueTask<bool> SelectsAsync(Message message, CancellationToken cancellationToken) =>
        (_queues is null || _queues.Contains(message.Queue)) && _filter.Selects(message)
            ? SelectsRestAsync(message, cancellationToken)
            : ValueTask.FromResult(false);

    private async ValueTask<bool> SelectsRestAsync(Message message, CancellationToken cancellationToken)
    {
        if (_senderDomain is not null && message.Envelope.Sender?.EndsWith("@" + _senderDomain, StringComparison.OrdinalIgnoreCase) != true)
            return false;
        if (_attemptsMin > message.Attempts() || _attemptsMax < message.Attempts())
            return false;
        if (!_attributes.All(a => message.Text(a.Key) == a.Value))
            return false;
        if (_headers.Count == 0)
            return true;
        try
        {
            var header = await MessageHeaders.ReadAsync(_engine, message, cancellationToken);
            return _headers.All(test => test.Holds(header));
        }
        catch (BodyLostException e) when (!e.IsDamaged)
        {
            return false; // removed between being seen and being read
        }
    }
}
