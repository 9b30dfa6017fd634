using System.Numerics;

namespace Posthorn.Journal.Index;

/// <summary>
/// All entries, in arrays of structs that the garbage collector never looks into; a slot stays where it is. Slots are taken from the lowest chunk
/// with room, so that the highest come free when a backlog goes, and chunks without entries are given up.
/// </summary>
/// <remarks>Guarded by the engine's lock. A slot that was given back may still be read, and is zero or a link: queues of slots drop theirs late.</remarks>
internal sealed class EntryTable
{
    private const int ChunkBits = 12;
    private const int ChunkLength = 1 << ChunkBits;

    /// <summary>Stands for chunks that were given up; never written.</summary>
    private static readonly Entry[] Nobody = new Entry[ChunkLength];

    private Entry[][] _chunks = [];
    private ChunkState[] _states = [];

    /// <summary>A bit for each chunk with room.</summary>
    private ulong[] _withRoom = [];

    /// <summary>The one chunk that is kept though it is empty, lest it come and go with every message; -1 when there is none.</summary>
    private int _spare = -1;

    public int Count { get; private set; }

    /// <summary>No slot is as high as this; those between that are nobody's have no id.</summary>
    public int SlotsEnd => _chunks.Length << ChunkBits;

    public ref Entry this[int slot] => ref _chunks[slot >> ChunkBits][slot & (ChunkLength - 1)];

    /// <summary>Takes a slot; its entry is zero.</summary>
    public int Take()
    {
        Count++;
        var number = ChunkWithRoom();
        ref var state = ref _states[number];
        if (_spare == number)
            _spare = -1;
        if (_chunks[number] == Nobody)
        {
            _chunks[number] = new Entry[ChunkLength];
            state = default;
        }
        int index;
        if (state.Free != 0)
        {
            index = state.Free - 1;
            ref var entry = ref _chunks[number][index];
            state.Free = entry.Next;
            entry = default;
        }
        else
            index = state.Used++;
        if (++state.Count == ChunkLength)
            _withRoom[number >> 6] &= ~(1UL << (number & 63));
        return (number << ChunkBits) | index;
    }

    public void Give(int slot)
    {
        Count--;
        var number = slot >> ChunkBits;
        var index = slot & (ChunkLength - 1);
        ref var state = ref _states[number];
        _chunks[number][index] = new Entry { Next = state.Free };
        state.Free = index + 1;
        _withRoom[number >> 6] |= 1UL << (number & 63);
        // Chunk 0 never empties: slot 0 is nobody, so that 0 can mean "none" in links.
        if (--state.Count > 0)
            return;
        if (_spare < 0)
        {
            _spare = number;
            return;
        }
        var released = Math.Max(_spare, number);
        _spare = Math.Min(_spare, number);
        _chunks[released] = Nobody;
    }

    private int ChunkWithRoom()
    {
        for (var word = 0; word < _withRoom.Length; word++)
        {
            if (_withRoom[word] != 0)
                return (word << 6) + BitOperations.TrailingZeroCount(_withRoom[word]);
        }
        var number = _chunks.Length;
        Array.Resize(ref _chunks, number + 1);
        Array.Resize(ref _states, number + 1);
        if (number >> 6 == _withRoom.Length)
            Array.Resize(ref _withRoom, _withRoom.Length + 1);
        _chunks[number] = number == 0 ? new Entry[ChunkLength] : Nobody;
        if (number == 0)
            _states[0] = new ChunkState { Count = 1, Used = 1 };
        _withRoom[number >> 6] |= 1UL << (number & 63);
        return number;
    }

    /// <summary>How many slots of a chunk are taken, how many ever were, and the first that was given back, plus one.</summary>
    private struct ChunkState
    {
        public int Count, Used, Free;
    }
}
