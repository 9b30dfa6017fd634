using System.Text;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs;

/// <summary>What a message must be like, before any queue is asked.</summary>
public static class SqsMessageRules
{
    private const int NameBytesMax = 255;

    /// <summary>Bytes that count: the body's, and each attribute's name, type and value. System attributes are free.</summary>
    public static long SizeOf(SqsEntry entry)
    {
        long size = entry.Body?.Length ?? 0;
        foreach (var attribute in entry.Attributes)
            size += Encoding.UTF8.GetByteCount(attribute.Name) + Encoding.UTF8.GetByteCount(attribute.DataType ?? "") + attribute.Value.Length;
        return size;
    }

    /// <summary>Checks a message that is to be sent: a body, its size, its characters, its attributes.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="bytesMax">The queue's limit.</param>
    /// <param name="isInBatch">An entry of a batch: its errors have their own words.</param>
    /// <exception cref="AwsException">It is not like that.</exception>
    public static void Check(SqsEntry entry, long bytesMax, bool isInBatch)
    {
        if (entry.Body is not { Length: > 0 } body)
            throw SqsErrors.Missing("MessageBody");
        if (SizeOf(entry) > bytesMax)
            throw SqsErrors.Invalid($"One or more parameters {(isInBatch ? "cannot be validated" : "are invalid")}. Reason: Message must be shorter than {bytesMax} bytes.");
        if (!SqsText.IsAllowed(body.Span))
            throw new AwsException(SqsErrors.InvalidMessageContents, SqsText.AllowedCharacters);
        CheckAttributes(entry.Attributes);
        CheckSystemAttributes(entry.SystemAttributes);
    }

    /// <summary>Checks a delay against the protocol's bounds.</summary>
    /// <exception cref="AwsException">It is outside of them.</exception>
    public static void CheckDelay(long? seconds)
    {
        if (seconds is < 0 or > SqsLimits.DelaySecondsMax)
            throw SqsErrors.Invalid("DelaySeconds", seconds, $"DelaySeconds must be >= 0 and <= {SqsLimits.DelaySecondsMax}.");
    }

    /// <summary>Checks a group's or a deduplication id.</summary>
    /// <exception cref="AwsException">It is none.</exception>
    public static void CheckId(string member, string? id)
    {
        if (id is not null && !SqsText.IsId(id))
            throw SqsErrors.Invalid(member, id, $"{member} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    }

    /// <summary>Checks the names of a batch's entries, and that there are 1 to 10 of them.</summary>
    /// <exception cref="AwsException">The batch is refused as a whole.</exception>
    public static IReadOnlyList<SqsEntry> CheckBatch(SqsCall call)
    {
        if (call.Entries is not { Count: > 0 } entries)
            throw new AwsException(SqsErrors.EmptyBatchRequest, $"There should be at least one {SqsActions.EntryName(call.Action)} in the request.");
        if (entries.Count > SqsLimits.EntriesMax)
            throw new AwsException(SqsErrors.TooManyEntriesInBatchRequest, $"Maximum number of entries per request are {SqsLimits.EntriesMax}. You have sent {entries.Count}.");
        for (var i = 0; i < entries.Count; i++)
        {
            if (!SqsText.IsEntryId(entries[i].Id))
            {
                throw new AwsException(
                    SqsErrors.InvalidBatchEntryId, "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.");
            }
            for (var other = 0; other < i; other++)
                if (entries[other].Id == entries[i].Id)
                    throw new AwsException(SqsErrors.BatchEntryIdsNotDistinct, $"Id {entries[i].Id} repeated.");
        }
        return entries;
    }

    private static void CheckAttributes(IReadOnlyList<SqsAttribute> attributes)
    {
        if (attributes.Count > SqsLimits.AttributesMax)
            throw SqsErrors.Invalid($"Number of message attributes [{attributes.Count}] exceeds the allowed maximum [{SqsLimits.AttributesMax}].");
        for (var i = 0; i < attributes.Count; i++)
        {
            CheckName(attributes[i].Name);
            for (var other = 0; other < i; other++)
                if (attributes[other].Name == attributes[i].Name)
                    throw SqsErrors.Invalid($"Message (user) attribute name '{attributes[i].Name}' already exists.");
            CheckValue("user", attributes[i]);
        }
    }

    private static void CheckSystemAttributes(IReadOnlyList<SqsAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.Name != "AWSTraceHeader")
                throw SqsErrors.Invalid($"Message system attribute name '{attribute.Name}' is invalid.");
            CheckValue("system", attribute);
            if (attribute.DataType != "String")
                throw SqsErrors.Invalid($"Message (system) attribute '{attribute.Name}' must be of type 'String'.");
        }
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0)
            throw SqsErrors.Invalid("Message (user) attribute name must not be empty.");
        if (Encoding.UTF8.GetByteCount(name) > NameBytesMax)
            throw SqsErrors.Invalid("Length of message (user) attribute name must be less than 256 bytes.");
        foreach (var c in name)
            if (!char.IsLetterOrDigit(c) && c is not ('_' or '-' or '.'))
                throw SqsErrors.Invalid($"Invalid non-alphanumeric character '#x{(int)c:X2}' was found in the message (user) attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.");
        if (name[0] == '.' || name[^1] == '.')
            throw SqsErrors.Invalid($"Invalid message (user) attribute name {(name[0] == '.' ? "starting" : "ending")} with character '.' was found.");
        if (name.Contains("..", StringComparison.Ordinal))
            throw SqsErrors.Invalid("Message (user) attribute name can not have successive '.' character.");
        if (name.StartsWith("AWS.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Amazon.", StringComparison.OrdinalIgnoreCase))
            throw SqsErrors.Invalid($"Message (user) attribute name '{name}' can not start with 'AWS.' or 'Amazon.'.");
    }

    private static void CheckValue(string kind, in SqsAttribute attribute)
    {
        var name = attribute.Name;
        if (attribute.DataType is not { Length: > 0 } type)
            throw SqsErrors.Invalid($"Message ({kind}) attribute '{name}' must contain a non-empty message attribute type.");
        var isNumber = SqsAttribute.IsOfType(type, "Number");
        if (Encoding.UTF8.GetByteCount(type) > NameBytesMax || type.EndsWith('.') || !(isNumber || attribute.IsBinary || SqsAttribute.IsOfType(type, "String")))
        {
            throw SqsErrors.Invalid(
                $"The message ({kind}) attribute '{name}' has an invalid message (user) attribute type, the set of supported type prefixes is Binary, Number, and String.");
        }
        if (attribute.Value.Length == 0)
        {
            var other = attribute.IsBinary ? attribute.Text : attribute.Binary;
            throw SqsErrors.Invalid(other is { Length: > 0 }
                ? $"The message ({kind}) attribute '{name}' with type '{type}' must use field '{(attribute.IsBinary ? "Binary" : "String")}'."
                : $"Message ({kind}) attribute '{name}' must contain a non-empty value of type '{type}'.");
        }
        if (attribute.IsBinary)
            return;
        if (!SqsText.IsAllowed(attribute.Value.Span))
            throw SqsErrors.Invalid($"Message ({kind}) attribute '{name}': {SqsText.AllowedCharacters}");
        if (isNumber && !SqsText.IsNumber(attribute.Value.Span))
            throw SqsErrors.Invalid($"Can't cast the value of message ({kind}) attribute '{name}' to a number.");
    }
}
