using System.Buffers.Text;
using System.Text;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>A place in a list of messages: just behind this one. Queues in the order of their names, in each the order of delivery.</summary>
internal sealed record MessageCursor(string Queue, int Priority, long Number)
{
    public static MessageCursor Behind(Message message) => new(message.Queue, message.Priority.Value, message.Number);

    public static MessageCursor? Parse(string text)
    {
        if (!Base64Url.IsValid(text))
            return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ', 3);
        return parts.Length == 3 && int.TryParse(parts[0], out var priority) && long.TryParse(parts[1], out var number)
            ? new MessageCursor(parts[2], priority, number)
            : null;
    }

    public bool IsBefore(Message message) =>
        message.Queue.Value != Queue || message.Priority.Value < Priority || (message.Priority.Value == Priority && message.Number > Number);

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Priority} {Number} {Queue}"));
}
