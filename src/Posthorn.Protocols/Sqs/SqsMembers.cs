using System.Collections.Frozen;

namespace Posthorn.Protocols.Sqs;

/// <summary>The members by their names in both protocols: Query flattens lists and maps, whose names are singular there.</summary>
public static class SqsMembers
{
    /// <summary>Member, kind, name in Query when that is another one. The entries' name depends on the action.</summary>
    private static readonly (SqsMember Member, SqsMemberKind Kind, string? QueryName)[] s_table =
    [
        (SqsMember.QueueUrl, SqsMemberKind.Text, null),
        (SqsMember.QueueName, SqsMemberKind.Text, null),
        (SqsMember.QueueOwnerAWSAccountId, SqsMemberKind.Text, null),
        (SqsMember.QueueNamePrefix, SqsMemberKind.Text, null),
        (SqsMember.NextToken, SqsMemberKind.Text, null),
        (SqsMember.MaxResults, SqsMemberKind.Number, null),
        (SqsMember.Attributes, SqsMemberKind.Map, "Attribute"),
        (SqsMember.Tags, SqsMemberKind.Map, "Tag"),
        (SqsMember.TagKeys, SqsMemberKind.Texts, "TagKey"),
        (SqsMember.Label, SqsMemberKind.Text, null),
        (SqsMember.AWSAccountIds, SqsMemberKind.Texts, "AWSAccountId"),
        (SqsMember.Actions, SqsMemberKind.Texts, "ActionName"),
        (SqsMember.AttributeNames, SqsMemberKind.Texts, "AttributeName"),
        (SqsMember.MessageSystemAttributeNames, SqsMemberKind.Texts, "MessageSystemAttributeName"),
        (SqsMember.MessageAttributeNames, SqsMemberKind.Texts, "MessageAttributeName"),
        (SqsMember.MaxNumberOfMessages, SqsMemberKind.Number, null),
        (SqsMember.WaitTimeSeconds, SqsMemberKind.Number, null),
        (SqsMember.ReceiveRequestAttemptId, SqsMemberKind.Text, null),
        (SqsMember.SourceArn, SqsMemberKind.Text, null),
        (SqsMember.DestinationArn, SqsMemberKind.Text, null),
        (SqsMember.MaxNumberOfMessagesPerSecond, SqsMemberKind.Number, null),
        (SqsMember.TaskHandle, SqsMemberKind.Text, null),
        (SqsMember.Entries, SqsMemberKind.Entries, null),
        (SqsMember.Id, SqsMemberKind.Text, null),
        (SqsMember.MessageBody, SqsMemberKind.Text, null),
        (SqsMember.DelaySeconds, SqsMemberKind.Number, null),
        (SqsMember.MessageAttributes, SqsMemberKind.Attributes, "MessageAttribute"),
        (SqsMember.MessageSystemAttributes, SqsMemberKind.Attributes, "MessageSystemAttribute"),
        (SqsMember.MessageGroupId, SqsMemberKind.Text, null),
        (SqsMember.MessageDeduplicationId, SqsMemberKind.Text, null),
        (SqsMember.ReceiptHandle, SqsMemberKind.Text, null),
        (SqsMember.VisibilityTimeout, SqsMemberKind.Number, null),
    ];

    private static readonly SqsMemberKind[] s_kinds = [.. Enum.GetValues<SqsMember>().Select(m => Array.Find(s_table, t => t.Member == m).Kind)];

    private static readonly FrozenDictionary<string, SqsMember>.AlternateLookup<ReadOnlySpan<char>> s_json = s_table
        .Select(t => KeyValuePair.Create(t.Member.ToString(), t.Member)).Append(KeyValuePair.Create("tags", SqsMember.Tags))
        .ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Also by the JSON name: clients send an empty list under it (<c>Entries=</c>, <c>TagKeys=</c>).</summary>
    private static readonly FrozenDictionary<string, SqsMember>.AlternateLookup<ReadOnlySpan<char>> s_query = s_table
        .Where(t => t.QueryName is not null).Select(t => KeyValuePair.Create(t.QueryName!, t.Member))
        .Concat(s_table.Select(t => KeyValuePair.Create(t.Member.ToString(), t.Member)))
        .ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The shape of a member.</summary>
    public static SqsMemberKind KindOf(SqsMember member) => s_kinds[(int)member];

    /// <summary>Whether a member belongs to a message, so that an entry of a batch can have it.</summary>
    public static bool IsOfEntry(SqsMember member) => member >= SqsMember.Id;

    /// <summary>The member of a name in JSON; <see cref="SqsMember.None"/> for one that is not known.</summary>
    public static SqsMember OfJson(ReadOnlySpan<char> name) => s_json.TryGetValue(name, out var member) ? member : SqsMember.None;

    /// <summary>The member of a name in Query, without index and what follows.</summary>
    public static SqsMember OfQuery(ReadOnlySpan<char> name) => s_query.TryGetValue(name, out var member) ? member : SqsMember.None;
}
