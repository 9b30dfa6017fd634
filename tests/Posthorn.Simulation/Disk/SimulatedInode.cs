using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Disk;

/// <summary>The bytes of one file: what everybody reads, what is durable, and which pages differ.</summary>
internal sealed class SimulatedInode
{
    private readonly SortedSet<int> _dirtyPages = [];
    private byte[] _visible = [];
    private byte[] _durable = [];

    public long Length => _visible.Length;

    public ReadOnlySpan<byte> Bytes => _visible;

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (offset + source.Length > _visible.Length)
            Array.Resize(ref _visible, checked((int)(offset + source.Length)));
        source.CopyTo(_visible.AsSpan((int)offset));
        MarkDirty(offset, source.Length);
    }

    public void SetLength(long length)
    {
        var old = _visible.Length;
        Array.Resize(ref _visible, checked((int)length));
        if (length > old)
            MarkDirty(old, (int)length - old);
    }

    public void Flush()
    {
        if (_durable.Length != _visible.Length)
            Array.Resize(ref _durable, _visible.Length);
        foreach (var page in _dirtyPages)
            CopyPage(_visible, _durable, page, SimulatedDisk.PageBytes);
        _dirtyPages.Clear();
    }

    /// <summary>What a failed flush does: some pages reach the disk, the others are lost and look clean.</summary>
    public void FlushPartly(SimulationRandom random)
    {
        if (random.Chance(1, 2))
            Array.Resize(ref _durable, _visible.Length);
        foreach (var page in _dirtyPages)
        {
            if (random.Chance(1, 2))
                CopyPage(_visible, _durable, page, SimulatedDisk.PageBytes);
        }
        _dirtyPages.Clear();
    }

    /// <summary>One bit becomes another by itself.</summary>
    public void Rot(long offset, int bit)
    {
        _visible[offset] ^= (byte)(1 << bit);
        if (offset < _durable.Length)
            _durable[offset] ^= (byte)(1 << bit);
    }

    public SimulatedInode Copy() => new() { _visible = (byte[])_visible.Clone(), _durable = (byte[])_visible.Clone() };

    public SimulatedInode AfterPowerLoss(SimulationRandom random)
    {
        var everything = random.Chance(1, 10);
        // The length is metadata and may land before, with or without the data.
        var length = everything || random.Chance(2, 3) ? _visible.Length : _durable.Length;
        var bytes = new byte[length];
        _durable.AsSpan(0, Math.Min(_durable.Length, length)).CopyTo(bytes);
        foreach (var page in _dirtyPages)
        {
            switch (everything ? 0 : random.Below(3))
            {
                case 0:
                    CopyPage(_visible, bytes, page, SimulatedDisk.PageBytes);
                    break;
                case 1:
                    CopyPage(_visible, bytes, page, SimulatedDisk.SectorBytes * random.Between(1, 7));
                    break;
            }
        }
        return new SimulatedInode { _visible = bytes, _durable = (byte[])bytes.Clone() };
    }

    private static void CopyPage(byte[] from, byte[] to, int page, int bytes)
    {
        var offset = page * SimulatedDisk.PageBytes;
        var count = Math.Min(bytes, Math.Min(from.Length, to.Length) - offset);
        if (count > 0)
            from.AsSpan(offset, count).CopyTo(to.AsSpan(offset));
    }

    private void MarkDirty(long offset, int count)
    {
        for (var page = (int)(offset / SimulatedDisk.PageBytes); page * (long)SimulatedDisk.PageBytes < offset + count; page++)
            _dirtyPages.Add(page);
    }
}
