namespace Posthorn.Journal.Index;

/// <summary>All entries, in arrays of structs that the garbage collector never looks into; a slot stays where it is.</summary>
/// <remarks>Guarded by the engine's lock.</remarks>
internal sealed class EntryTable
{
    private const int ChunkBits = 12;
    private const int ChunkLength = 1 << ChunkBits;
    private Entry[][] _chunks = [];
    private int _used = 1; // slot 0 is nobody, so that 0 can mean "none" in links
    private int _free;

    public int Count { get; private set; }

    /// <summary>One past the highest slot ever used.</summary>
    public int SlotsUsed => _used;

    public ref Entry this[int slot] => ref _chunks[slot >> ChunkBits][slot & (ChunkLength - 1)];

    /// <summary>Takes a slot; its entry is zero.</summary>
    public int Take()
    {
        Count++;
        if (_free != 0)
        {
            var slot = _free;
            ref var entry = ref this[slot];
            _free = entry.Next;
            entry = default;
            return slot;
        }
        if (_used >> ChunkBits == _chunks.Length)
        {
            Array.Resize(ref _chunks, _chunks.Length + 1);
            _chunks[^1] = new Entry[ChunkLength];
        }
        return _used++;
    }

    public void Give(int slot)
    {
        this[slot] = new Entry { Next = _free };
        _free = slot;
        Count--;
    }
}
