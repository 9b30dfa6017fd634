using System.Buffers.Text;
using System.Text;
using Posthorn.Messages;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>
/// A place in a list of messages: just behind this one. Queues in the order of their names, in each the order of delivery: by priority but in a
/// FIFO queue, what was consumed at the end.
/// </summary>
internal sealed record MessageCursor(string Queue, int Rank, long Number)
{
    private const int RankOfConsumed = -1;

    public static MessageCursor Behind(Message message, bool isFifo) => new(message.Queue, RankOf(message, isFifo), message.Number);

    public static MessageCursor? Parse(string text)
    {
        if (!Base64Url.IsValid(text))
            return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ', 3);
        return parts.Length == 3 && int.TryParse(parts[0], out var rank) && long.TryParse(parts[1], out var number)
            ? new MessageCursor(parts[2], rank, number)
            : null;
    }

    public bool IsBefore(Message message, bool isFifo)
    {
        var rank = RankOf(message, isFifo);
        return message.Queue.Value != Queue || rank < Rank || (rank == Rank && message.Number > Number);
    }

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Rank} {Number} {Queue}"));

    private static int RankOf(Message message, bool isFifo) =>
        message.State == MessageState.Consumed ? RankOfConsumed : isFifo ? Priority.Levels - 1 : message.Priority.Value;
}
