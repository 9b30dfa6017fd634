namespace Posthorn.Engine.Transfer;

/// <summary>Messages that come into the target together, by id, with their bodies.</summary>
internal sealed class TransferBatch
{
    private const int MessagesMax = 512;
    private const int BytesMax = 2 << 20;

    private readonly Dictionary<long, TransferBody> _bodies = [];
    private long _bytes;

    public List<(TransferMessage Message, TransferBody? Body)> Items { get; } = [];

    /// <summary>Each body once.</summary>
    public IReadOnlyDictionary<long, TransferBody> Bodies => _bodies;

    public bool IsFull => Items.Count >= MessagesMax || _bytes >= BytesMax;

    /// <summary>Bytes of content.</summary>
    public long ContentBytes { get; private set; }

    public void Add(TransferMessage message)
    {
        ContentBytes += message.Length;
        _bytes += message.Record.Prefix.Length + (message.Bytes?.Length ?? 0);
        TransferBody? body = null;
        if (!message.Record.Body.IsNone)
        {
            if (_bodies.TryGetValue(message.Record.Body.Value, out body))
                body.Uses++;
            else
                _bodies.Add(message.Record.Body.Value, body = new TransferBody(message));
        }
        Items.Add((message, body));
    }
}
