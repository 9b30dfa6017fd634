using Posthorn.Messages;

namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>
/// Some messages of a mailbox that follow each other. Its UIDs are shared with snapshots: the array's first <see cref="Count"/> never change, a removal
/// makes another array. All else is the view's alone.
/// </summary>
internal sealed class ViewChunk
{
    /// <summary>Most messages of a chunk: so large that a million are two thousand chunks, so small that a removal copies 2 KB.</summary>
    public const int Capacity = 512;

    private const int FirstCapacity = 16; // most mailboxes are small

    private ulong[] _ids;
    private long[] _modSeqs;
    private int[] _flagSets;
    private MessageState[] _states;
    private byte[] _receives; // the lowest bits: a lease that follows another is another state
    private long[]? _versions; // null while all have the first one: most of a mailbox never changes while somebody looks
    private long _firstVersion;
    private (long Size, long Date)[]? _facts;

    public ViewChunk(int capacity = FirstCapacity)
    {
        Uids = new uint[capacity];
        _ids = new ulong[capacity];
        _modSeqs = new long[capacity];
        _flagSets = new int[capacity];
        _states = new MessageState[capacity];
        _receives = new byte[capacity];
    }

    public uint[] Uids { get; private set; }

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    public uint FirstUid => Uids[0];

    public uint LastUid => Uids[Count - 1];

    /// <summary>The highest version of its messages, so that most chunks need no look when changes are looked for.</summary>
    public long VersionMax { get; private set; }

    public long VersionOf(int index) => _versions is null ? _firstVersion : _versions[index];

    public int FlagSetOf(int index) => _flagSets[index];

    public long ModSeqOf(int index) => _modSeqs[index];

    public ViewedMessage At(int index, FlagTable flags) => new(Uids[index], new MessageId(_ids[index]), _modSeqs[index], flags[_flagSets[index]], _states[index]);

    /// <summary>Where a UID is; negative when it is not here.</summary>
    public int Find(uint uid) => Array.BinarySearch(Uids, 0, Count, uid);

    public void Append(uint uid, in MessageSummary summary, int flagSet, long version)
    {
        if (Count == Uids.Length)
            Grow();
        Uids[Count] = uid;
        _ids[Count] = summary.Id.Value;
        Set(Count, summary, flagSet, version);
        if (_facts is not null)
            _facts[Count] = default;
        Count++;
        VersionMax = Math.Max(VersionMax, version);
    }

    /// <summary>Takes over what is known of a message now; false when that was known already.</summary>
    public bool Update(int index, in MessageSummary summary, int flagSet, long version)
    {
        if (_modSeqs[index] == summary.ModSeq && _flagSets[index] == flagSet && _states[index] == summary.State && _receives[index] == (byte)summary.ReceiveCount)
            return false;
        Set(index, summary, flagSet, version);
        VersionMax = Math.Max(VersionMax, version);
        return true;
    }

    /// <summary>Takes messages out, by their places in ascending order.</summary>
    public void Remove(List<int> places)
    {
        var uids = new uint[Math.Max(FirstCapacity, Uids.Length)];
        var (to, next) = (0, 0);
        for (var from = 0; from < Count; from++)
        {
            if (next < places.Count && places[next] == from)
            {
                next++;
                continue;
            }
            uids[to] = Uids[from];
            _ids[to] = _ids[from];
            (_modSeqs[to], _flagSets[to], _states[to], _receives[to]) = (_modSeqs[from], _flagSets[from], _states[from], _receives[from]);
            if (_versions is not null)
                _versions[to] = _versions[from];
            if (_facts is not null)
                _facts[to] = _facts[from];
            to++;
        }
        Uids = uids;
        Count = to;
    }

    /// <summary>Size in bytes as a mail and internal date in ticks; both 0 while they have not been looked up.</summary>
    public (long Size, long Date) FactsOf(int index) => _facts is null ? default : _facts[index];

    public void SetFacts(int index, long size, long date)
    {
        _facts ??= new (long, long)[Uids.Length];
        _facts[index] = (size, date);
    }

    private void Set(int index, in MessageSummary summary, int flagSet, long version)
    {
        (_modSeqs[index], _flagSets[index], _states[index], _receives[index]) = (summary.ModSeq, flagSet, summary.State, (byte)summary.ReceiveCount);
        if (_versions is null && Count == 0)
            _firstVersion = version;
        if (_versions is null && version == _firstVersion)
            return;
        if (_versions is null)
        {
            _versions = new long[Uids.Length];
            Array.Fill(_versions, _firstVersion);
        }
        _versions[index] = version;
    }

    private void Grow()
    {
        var capacity = Math.Min(Capacity, Uids.Length * 4);
        var uids = Uids;
        Array.Resize(ref uids, capacity);
        Uids = uids;
        Array.Resize(ref _ids, capacity);
        Array.Resize(ref _modSeqs, capacity);
        Array.Resize(ref _flagSets, capacity);
        Array.Resize(ref _states, capacity);
        Array.Resize(ref _receives, capacity);
        if (_versions is not null)
            Array.Resize(ref _versions, capacity);
        if (_facts is not null)
            Array.Resize(ref _facts, capacity);
    }
}
