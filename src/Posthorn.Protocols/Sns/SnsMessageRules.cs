using System.Text;
using System.Text.Json;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Protocols.Sns;

/// <summary>What a message must be like to be published.</summary>
public static class SnsMessageRules
{
    private const int NameBytesMax = 255;

    /// <summary>Checks a message: its text, size, subject, attributes, and the ids that its topic's kind wants.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isFifo">Whether the topic is a FIFO topic.</param>
    /// <param name="deduplicatesByContent">Whether it makes deduplication ids of texts.</param>
    /// <exception cref="AwsException">It is not like that.</exception>
    public static void Check(SnsMessage message, bool isFifo, bool deduplicatesByContent)
    {
        if (message.Text is not { } text)
            throw SnsErrors.Missing("Message");
        if (text.Length == 0)
            throw SnsErrors.Invalid("Empty message");
        if (message.Size > SnsLimits.MessageBytesMax)
            throw SnsErrors.Invalid("Message too long");
        if (!SqsText.IsAllowed(text.Span))
            throw SnsErrors.Invalid($"Message Reason: {SqsText.AllowedCharacters}");
        if (message.Subject is { } subject && !IsSubject(subject))
            throw SnsErrors.Invalid("Subject");
        if (message.Structure is not (null or "json"))
            throw SnsErrors.Invalid("MessageStructure");
        CheckAttributes(message.Attributes);
        CheckIds(message, isFifo, deduplicatesByContent);
    }

    /// <summary>Checks the names of a batch's entries, that there are 1 to 10 of them, and their size together.</summary>
    /// <exception cref="AwsException">The batch is refused as a whole.</exception>
    public static void CheckBatch(IReadOnlyList<SnsMessage> entries)
    {
        if (entries.Count == 0)
            throw new AwsException(SnsErrors.EmptyBatchRequest, "The batch request doesn't contain any entries.");
        if (entries.Count > SnsLimits.EntriesMax)
            throw new AwsException(SnsErrors.TooManyEntriesInBatchRequest, "The batch request contains more entries than permissible.");
        foreach (var entry in entries)
        {
            if (entry.Id is { Length: > 80 })
                throw new AwsException(SnsErrors.InvalidBatchEntryId, $"The Id of a batch entry in the batch request is too long: {entry.Id}");
            if (!SqsText.IsEntryId(entry.Id))
                throw new AwsException(SnsErrors.InvalidBatchEntryId, $"The Id of a batch entry in the batch request contains an impermissible character: {entry.Id}");
        }
        if (entries.DistinctBy(e => e.Id, StringComparer.Ordinal).Count() < entries.Count)
            throw new AwsException(SnsErrors.BatchEntryIdsNotDistinct, "Two or more batch entries in the request have the same Id.");
        if (entries.Sum(e => e.Size) > SnsLimits.MessageBytesMax)
            throw new AwsException(SnsErrors.BatchRequestTooLong, "The length of all the messages put together is more than the limit.");
    }

    /// <summary>The texts by protocol of a message whose structure is <c>json</c>; <c>default</c> is among them.</summary>
    /// <exception cref="AwsException">It is no object of that kind.</exception>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> TextsOf(ReadOnlyMemory<byte> json)
    {
        var texts = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw SnsErrors.Invalid("Message Structure - JSON message body failed to parse");
            foreach (var member in document.RootElement.EnumerateObject())
                if (member.Value.ValueKind == JsonValueKind.String)
                    texts[member.Name] = Encoding.UTF8.GetBytes(member.Value.GetString()!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw SnsErrors.Invalid("Message Structure - JSON message body failed to parse");
        }
        return texts.ContainsKey("default") ? texts : throw SnsErrors.Invalid("Message Structure - No default entry in JSON message body");
    }

    private static void CheckIds(SnsMessage message, bool isFifo, bool deduplicatesByContent)
    {
        if (message.GroupId is { } group && !SqsText.IsId(group))
            throw SnsErrors.Invalid("MessageGroupId Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length");
        if (message.DeduplicationId is { } id && !SqsText.IsId(id))
            throw SnsErrors.Invalid("MessageDeduplicationId Reason: MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length");
        if (!isFifo)
        {
            if (message.DeduplicationId is not null)
                throw SnsErrors.Invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type");
            return;
        }
        if (message.GroupId is null)
            throw SnsErrors.Invalid("The MessageGroupId parameter is required for FIFO topics");
        if (message.DeduplicationId is null && !deduplicatesByContent)
            throw SnsErrors.Invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
    }

    private static bool IsSubject(string subject) => subject.Length is > 0 and <= SnsLimits.SubjectLengthMax && subject.All(c => c is >= ' ' and < '\x7F') && subject[0] != ' ';

    private static void CheckAttributes(IReadOnlyList<SqsAttribute> attributes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var attribute in attributes)
        {
            CheckName(attribute.Name);
            if (!names.Add(attribute.Name))
                throw SnsErrors.BadAttribute($"Message attribute name '{attribute.Name}' already exists.");
            CheckValue(attribute);
        }
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0)
            throw SnsErrors.BadAttribute("The message attribute name must not be empty.");
        if (Encoding.UTF8.GetByteCount(name) > NameBytesMax)
            throw SnsErrors.BadAttribute("Length of message attribute name must be less than 256 bytes.");
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))
                throw SnsErrors.BadAttribute($"Invalid non-alphanumeric character '#x{(int)c:X2}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.");
        if (name[0] == '.' || name[^1] == '.')
            throw SnsErrors.BadAttribute($"Invalid message attribute name {(name[0] == '.' ? "starting" : "ending")} with character '.' was found.");
        if (name.Contains("..", StringComparison.Ordinal))
            throw SnsErrors.BadAttribute("Message attribute name can not have successive '.' character.");
    }

    private static void CheckValue(in SqsAttribute attribute)
    {
        var name = attribute.Name;
        if (attribute.DataType is not { Length: > 0 } type)
            throw new AwsException(SnsErrors.ValidationError, $"1 validation error detected: Value null at 'messageAttributes.{name}.member.dataType' failed to satisfy constraint: Member must not be null");
        var isNumber = SqsAttribute.IsOfType(type, "Number");
        if (!isNumber && !attribute.IsBinary && !SqsAttribute.IsOfType(type, "String"))
            throw SnsErrors.BadAttribute($"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.");
        if (attribute.Value.Length == 0)
        {
            var other = attribute.IsBinary ? attribute.Text : attribute.Binary;
            throw SnsErrors.BadAttribute(other is { Length: > 0 }
                ? $"The message attribute '{name}' with type '{type}' must use field '{(attribute.IsBinary ? "Binary" : "String")}'."
                : $"The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{type}'.");
        }
        if (!attribute.IsBinary && !SqsText.IsAllowed(attribute.Value.Span))
            throw SnsErrors.BadAttribute($"The message attribute '{name}': {SqsText.AllowedCharacters}");
        if (isNumber && !SqsText.IsNumber(attribute.Value.Span))
            throw SnsErrors.BadAttribute($"Could not cast message attribute '{name}' value to number.");
    }
}
