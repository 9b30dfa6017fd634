using System.Collections;
using System.Text;
using System.Text.Json;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>An event as a log entry: a line for people, and a value a field for programs, what is absent left out.</summary>
internal readonly struct MessageLogEntry(TimelineEvent happened) : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>More recipients are counted only: a mail to a thousand must not be a line of 50 kB, many times.</summary>
    private const int RecipientsMax = 10;

    private static readonly string[] s_kinds = [.. Enum.GetValues<TimelineKind>().Select(k => JsonNamingPolicy.KebabCaseLower.ConvertName(k.ToString()))];

    public int Count => Fields().Count();

    public KeyValuePair<string, object?> this[int index] => Fields().ElementAt(index);

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => Fields().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The line: <c>0000000000003 attempted in spool/outgoing, to bob@elsewhere.test: 451 4.4.1 try later [192.0.2.1:25 mx.elsewhere.test]</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(160);
        text.Append(happened.Message).Append(' ').Append(s_kinds[(int)happened.Kind]);
        if (happened.Queue is { } queue)
            text.Append(" in ").Append(queue);
        if (happened.Origin != happened.Message)
            text.Append(", of ").Append(happened.Origin);
        if (happened.Sender is { } sender)
            text.Append(", from <").Append(sender).Append('>');
        if (happened.Recipients.Count > 0)
        {
            text.Append(", to ");
            AppendRecipients(text);
        }
        if (happened.MessageIdField is { } id)
            text.Append(", Message-ID ").Append(id);
        if (happened.Detail is { } detail)
            text.Append(": ").Append(detail);
        if (happened.Peer is { } peer)
            text.Append(" [").Append(peer).Append(']');
        return text.ToString();
    }

    private void AppendRecipients(StringBuilder text)
    {
        for (var i = 0; i < Math.Min(happened.Recipients.Count, RecipientsMax); i++)
            text.Append(i == 0 ? "" : ", ").Append(happened.Recipients[i]);
        if (happened.Recipients.Count > RecipientsMax)
            text.Append(" and ").Append(happened.Recipients.Count - RecipientsMax).Append(" more");
    }

    private string Recipients()
    {
        var text = new StringBuilder();
        AppendRecipients(text);
        return text.ToString();
    }

    private IEnumerable<KeyValuePair<string, object?>> Fields()
    {
        yield return new("Event", s_kinds[(int)happened.Kind]);
        yield return new("Message", happened.Message.ToString());
        yield return new("Origin", happened.Origin.ToString());
        if (happened.Queue is { } queue)
            yield return new("Queue", queue);
        if (happened.Sender is { } sender)
            yield return new("Sender", sender);
        if (happened.Recipients.Count > 0)
        {
            yield return new("Recipients", Recipients());
            yield return new("RecipientCount", happened.Recipients.Count);
        }
        if (happened.MessageIdField is { } id)
            yield return new("MessageId", id);
        if (happened.Peer is { } peer)
            yield return new("Peer", peer);
        if (happened.Detail is { } detail)
            yield return new("Detail", detail);
    }
}
