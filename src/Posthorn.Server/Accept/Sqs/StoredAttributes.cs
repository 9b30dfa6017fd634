using Posthorn.Messages;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>
/// How a message's attributes are kept among those that the engine and the mail path set themselves. A sender's own stand under their own names, so that
/// every other door shows them; one whose name means something here gets a prefix that no name of SQS can have.
/// </summary>
internal static class StoredAttributes
{
    /// <summary>The trace header, a system attribute.</summary>
    public const string TraceHeader = "aws:trace-header";

    /// <summary>The access key's account that sent it.</summary>
    public const string SenderId = "aws:sender-id";

    /// <summary>What a consumer is told of a body that does not come along.</summary>
    public const string ToldPrefix = "posthorn.";

    private const string MailPrefix = "mail.";
    private const string EscapePrefix = "sqs:";

    public static Dictionary<string, AttributeValue> Of(SqsEntry entry, string? traceHeader, string senderId)
    {
        var stored = Of(entry.Attributes, senderId);
        foreach (var attribute in entry.SystemAttributes)
            stored[TraceHeader] = AttributeValue.Of(attribute.Value, type: null, isText: true);
        if (traceHeader is not null && entry.SystemAttributes.Count == 0)
            stored[TraceHeader] = traceHeader;
        return stored;
    }

    public static Dictionary<string, AttributeValue> Of(IReadOnlyList<SqsAttribute> attributes, string senderId)
    {
        var stored = new Dictionary<string, AttributeValue>(attributes.Count + 2, StringComparer.Ordinal) { [SenderId] = senderId };
        foreach (var attribute in attributes)
            stored[NameOf(attribute.Name)] = AttributeValue.Of(attribute.Value, attribute.DataType, isText: !attribute.IsBinary);
        return stored;
    }

    /// <summary>The attributes a consumer may see as message attributes, in the order of their names.</summary>
    public static IEnumerable<SqsAttribute> Visible(IReadOnlyDictionary<string, AttributeValue> stored)
    {
        foreach (var (name, value) in stored.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(EscapePrefix, StringComparison.Ordinal))
                yield return Of(name[EscapePrefix.Length..], value);
            else if (!IsReserved(name))
                yield return Of(name, value);
        }
    }

    public static SqsAttribute Of(string name, in AttributeValue value) => value.IsText
        ? new SqsAttribute(name, value.Type ?? "String", value.Bytes, null)
        : new SqsAttribute(name, value.Type ?? "Binary", null, value.Bytes);

    private static string NameOf(string name) => IsReserved(name) ? EscapePrefix + name : name;

    private static bool IsReserved(string name) =>
        name.StartsWith(MailPrefix, StringComparison.Ordinal) || name.StartsWith(ToldPrefix, StringComparison.Ordinal)
        || name is MessageAttributes.DeadLetterSource or TraceHeader or SenderId or MailAttributes.DeadLetterSource;
}
