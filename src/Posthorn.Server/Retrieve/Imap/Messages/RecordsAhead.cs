using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>
/// Reads the records of messages that a search asks for one after the other. As long as it asks for all, many are read at once; where it asks for few,
/// because cheaper keys decide about most, no more is read than that.
/// </summary>
internal sealed class RecordsAhead(IEngine engine, MailboxView view)
{
    /// <summary>Most that are read at once: most have less than a kilobyte, but each may have a prefix of 256 KiB.</summary>
    public const int AtOnceMax = 32;

    private readonly Queue<Message> _ahead = new();
    private long _readTo = -1;
    private int _atOnce = 1;

    /// <summary>Whether all that was read was asked for.</summary>
    private bool _wereAllUsed = true;

    /// <summary>The record of a message; null when it is gone.</summary>
    /// <param name="viewed">The messages that are looked at, in order.</param>
    /// <param name="index">Which of them; not one before the last that was asked for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BodyLostException">The record is damaged.</exception>
    public async ValueTask<Message?> FindAsync(IReadOnlyList<ViewedMessage> viewed, int index, CancellationToken cancellationToken)
    {
        var number = view.Uids.NumberOf(viewed[index].Uid);
        while (_ahead.TryPeek(out var first) && first.Number < number)
        {
            _ahead.Dequeue();
            _wereAllUsed = false;
        }
        if (number <= _readTo)
            return _ahead.TryPeek(out var found) && found.Number == number ? _ahead.Dequeue() : null;
        _atOnce = _wereAllUsed ? Math.Min(_atOnce * 2, AtOnceMax) : 1;
        _wereAllUsed = true;
        var numbers = new long[Math.Min(_atOnce, viewed.Count - index)];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = view.Uids.NumberOf(viewed[index + i].Uid);
        try
        {
            foreach (var message in await engine.ReadAsync(view.Queue, numbers, cancellationToken))
                _ahead.Enqueue(message);
            _readTo = numbers[^1];
        }
        catch (BodyLostException) when (numbers.Length > 1)
        {
            _atOnce = 1; // one of them is damaged: the others are none the worse for it
            return await engine.FindAsync(view.Queue, number, cancellationToken);
        }
        return _ahead.TryPeek(out var read) && read.Number == number ? _ahead.Dequeue() : null;
    }
}
