namespace Posthorn.PostgreSql.Committing;

/// <summary>Ids that this node may give, taken from a sequence by the block. The writer's alone.</summary>
/// <param name="sequence">The sequence's name.</param>
internal sealed class IdStock(string sequence)
{
    /// <summary>Ids in a block: what the sequence is incremented by.</summary>
    public const int BlockLength = 100;

    private readonly Queue<long> _blocks = new();
    private long _next;
    private long _end;

    public string Sequence { get; } = sequence;

    public long Left => _end - _next + (_blocks.Count * (long)BlockLength);

    public void AddBlock(long first) => _blocks.Enqueue(first);

    public long Take()
    {
        if (_next == _end)
        {
            _next = _blocks.Dequeue();
            _end = _next + BlockLength;
        }
        return _next++;
    }
}
