using System.Collections;
using System.Globalization;
using System.Reflection;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Reading;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Commands and inputs as a line of text, lists included, so that tests can compare them and people can read them.</summary>
internal static class Described
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        bool flag => flag ? "yes" : "no",
        SequenceSet or ImapReply or PartPath or DateOnly => value.ToString()!,
        DateTimeOffset time => time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
        ImapInput.Complete complete => $"{complete.Tag}: {Of(complete.Command)}",
        ImapInput.ContinuationWanted => "+",
        ImapInput.Refused refused => $"{refused.Tag ?? "*"} {refused.Reply}",
        ImapInput.AppendEnd end => $"{end.Tag}: end of {end.Count}",
        ImapInput.AppendMessage message => $"{message.Tag}: message {message.Index} to '{message.Mailbox}' {Of(message.Header)}",
        KeyValuePair<string, string?> pair => $"{pair.Key}={pair.Value}",
        KeyValuePair<string, long> pair => $"{pair.Key}={pair.Value}",
        IEnumerable list => $"[{string.Join(' ', list.Cast<object>().Select(Of))}]",
        Enum or IFormattable => string.Format(CultureInfo.InvariantCulture, "{0}", value),
        _ => OfRecord(value),
    };

    private static string OfRecord(object value)
    {
        var type = value.GetType();
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetIndexParameters().Length == 0 && p.Name is not ("AllowedIn" or "Verb" or "HasModSeq"));
        var name = value is ImapCommand.Plain plain ? plain.Verb.ToString() : type.Name;
        var told = properties.Select(p => (p.Name, Value: p.GetValue(value))).Where(p => p.Value is not (null or false));
        return $"({string.Join(' ', told.Select(p => p.Value is true ? p.Name[2..] : Of(p.Value)).Prepend(name))})";
    }
}
