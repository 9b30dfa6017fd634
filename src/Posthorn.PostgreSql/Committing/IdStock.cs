namespace Posthorn.PostgreSql.Committing;

/// <summary>Ids that this node may give, taken from a sequence by the block. The writer takes them; more come with its batches' answers.</summary>
/// <param name="sequence">The sequence's name.</param>
internal sealed class IdStock(string sequence)
{
    /// <summary>Ids in a block: what the sequence is incremented by.</summary>
    public const int BlockLength = 100;

    private readonly Lock _gate = new();
    private readonly Queue<long> _blocks = new();
    private long _next;
    private long _end;

    public string Sequence { get; } = sequence;

    public long Left
    {
        get
        {
            lock (_gate)
                return _end - _next + (_blocks.Count * (long)BlockLength);
        }
    }

    public void AddBlock(long first)
    {
        lock (_gate)
            _blocks.Enqueue(first);
    }

    public long Take()
    {
        lock (_gate)
        {
            if (_next == _end)
            {
                _next = _blocks.Dequeue();
                _end = _next + BlockLength;
            }
            return _next++;
        }
    }
}
