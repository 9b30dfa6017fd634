using Posthorn.Journal.Format;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Paging;

/// <summary>The rows of one queue in one segment at one place of its browsing order, by number, read for somebody who browses: he looks at cold messages without bringing them in.</summary>
internal sealed class ColdWindow
{
    private readonly List<(HintRow Row, int Rank, Lane Lane)> _rows = [];

    /// <summary>The flags of rows by the number of their set, when they are wanted.</summary>
    private readonly Dictionary<ushort, IReadOnlyList<string>> _flags = [];

    /// <summary>The flags of rows whose number of a set does not fit, by message.</summary>
    private readonly Dictionary<ulong, IReadOnlyList<string>> _manyFlags = [];

    /// <summary>The first row that was not passed.</summary>
    private int _at;

    /// <summary>From <see cref="_at"/> on, the first row that may be cold under this hold of the lock: one in memory now may be cold later.</summary>
    private int _probe;

    private ColdWindow(Segment segment) => Segment = segment;

    public Segment Segment { get; }

    /// <summary>Whether nothing of it is left to be looked at.</summary>
    public bool IsRead => _at == _rows.Count;

    /// <summary>Reads the rows from a number on.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="hint">Its hint.</param>
    /// <param name="lanes">The hint's lanes as they are now.</param>
    /// <param name="queue">Whose rows.</param>
    /// <param name="hasPriority">Which priorities count.</param>
    /// <param name="from">The lowest number that counts.</param>
    /// <param name="hasFlags">Whether flags are wanted.</param>
    public static ColdWindow Of(Segment segment, Hint hint, Lane?[] lanes, QueueState queue, Func<int, bool> hasPriority, long from, bool hasFlags)
    {
        var window = new ColdWindow(segment);
        var rows = hint.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            if (!hasPriority(rows[i].Priority) || rows[i].Number < from || lanes[rows[i].Lane] is not { } lane || lane.Queue != queue)
                continue;
            window._rows.Add((rows[i], i, lane));
            if (hasFlags)
                window.ReadFlags(hint, rows[i]);
        }
        window._rows.Sort((a, b) => a.Row.Number.CompareTo(b.Row.Number));
        return window;
    }

    /// <summary>The flags of a row of this window, when they were wanted.</summary>
    public IReadOnlyList<string> FlagsOf(in HintRow row) => row.FlagSet switch
    {
        0 => [],
        HintRow.ManyFlags => _manyFlags[row.Id],
        _ => _flags[row.FlagSet],
    };

    /// <summary>The lock was given up in between: what was in memory may be cold now.</summary>
    public void LookAgain() => _probe = _at;

    /// <summary>The first message from a number on that is cold now; under the lock. Numbers are asked for in ascending order.</summary>
    public bool TryFind(MessageIndex index, long from, out HintRow row, out Lane lane)
    {
        while (_at < _rows.Count && _rows[_at].Row.Number < from)
            _at++;
        for (_probe = Math.Max(_probe, _at); _probe < _rows.Count; _probe++)
        {
            (row, var rank, lane) = _rows[_probe];
            if (index.IsCold(Segment, rank, row, lane))
                return true;
        }
        (row, lane) = (default, null!);
        return false;
    }

    private void ReadFlags(Hint hint, in HintRow row)
    {
        if (row.FlagSet == HintRow.ManyFlags)
            _manyFlags[row.Id] = MessageCodec.Flags(hint.FlagsOf(row));
        else if (row.FlagSet != 0 && !_flags.ContainsKey(row.FlagSet))
            _flags[row.FlagSet] = MessageCodec.Flags(hint.FlagsOf(row));
    }
}
