using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Protocols.Sns;

/// <summary>
/// A request of the Query protocol: the action, and its parameters by name. Lists are numbered (<c>Tags.member.1.Key</c>), maps too
/// (<c>Attributes.entry.1.key</c>), from one and in any order.
/// </summary>
public sealed class SnsCall
{
    /// <summary>Most pairs of a request: ten messages with ten attributes each need 370.</summary>
    private const int PairsMax = 2_000;

    private readonly Dictionary<string, ReadOnlyMemory<byte>> _values;

    private SnsCall(SnsAction action, Dictionary<string, ReadOnlyMemory<byte>> values) => (Action, _values) = (action, values);

    /// <summary>What is asked for.</summary>
    public SnsAction Action { get; }

    /// <summary>The parameter of this name; null when it was not given.</summary>
    /// <exception cref="AwsException">It is no UTF-8.</exception>
    public string? this[string name] => TextOf(_values, name);

    /// <summary>Reads a request.</summary>
    /// <param name="query">The query string without its question mark; decoded in place.</param>
    /// <param name="form">The body; decoded in place, and messages' texts stay in it.</param>
    /// <returns>The call; null when it names no action.</returns>
    /// <exception cref="AwsException">There is no such action, there are too many parameters, or a name is no UTF-8.</exception>
    public static SnsCall? Read(Memory<byte> query, Memory<byte> form)
    {
        var values = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        ReadPairs(query, values);
        ReadPairs(form, values);
        if (TextOf(values, "Action") is not { } name)
            return null;
        return new SnsCall(SnsActions.TryFind(name, out var action) ? action : throw AwsErrors.NoAction(name), values);
    }

    /// <summary>A parameter that must be given.</summary>
    /// <exception cref="AwsException">It was not.</exception>
    public string Required(string name) => this[name] ?? throw SnsErrors.Missing(name);

    /// <summary>Whether a parameter was given as a flag that is set.</summary>
    public bool Flag(string name) => this[name] is "true" or "True" or "1";

    /// <summary>The attributes of a topic or a subscription, in the order of their numbers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes => Pairs("Attributes.entry", "key", "value");

    /// <summary>Tags, in the order of their numbers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags => Pairs("Tags.member", "Key", "Value");

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string name) => [.. Numbered(_values, $"{name}.member").Select(m => TextOf(m, "") ?? "")];

    /// <summary>The message of a Publish.</summary>
    public SnsMessage Message => MessageOf(_values);

    /// <summary>The messages of a PublishBatch, in the order of their numbers.</summary>
    public IReadOnlyList<SnsMessage> Entries => [.. Numbered(_values, "PublishBatchRequestEntries.member").Select(MessageOf)];

    private static void ReadPairs(Memory<byte> form, Dictionary<string, ReadOnlyMemory<byte>> values)
    {
        var pairs = new FormReader(form);
        while (pairs.TryRead(out var name, out var value))
        {
            if (values.Count >= PairsMax)
                throw new AwsException(AwsErrors.MalformedQueryString, $"A request has at most {PairsMax} parameters.");
            if (!Utf8.IsValid(name.Span))
                throw new AwsException(AwsErrors.MalformedQueryString, "The name of a parameter is no UTF-8.");
            values[Encoding.UTF8.GetString(name.Span)] = value;
        }
    }

    private static SnsMessage MessageOf(Dictionary<string, ReadOnlyMemory<byte>> values) => new()
    {
        Id = TextOf(values, "Id"),
        Text = ValueOf(values, "Message"),
        Subject = TextOf(values, "Subject"),
        Structure = TextOf(values, "MessageStructure"),
        GroupId = TextOf(values, "MessageGroupId"),
        DeduplicationId = TextOf(values, "MessageDeduplicationId"),
        Attributes = [.. Numbered(values, "MessageAttributes.entry").Select(AttributeOf)],
    };

    private static SqsAttribute AttributeOf(Dictionary<string, ReadOnlyMemory<byte>> values) => new(
        TextOf(values, "Name") ?? "",
        TextOf(values, "Value.DataType"),
        ValueOf(values, "Value.StringValue"),
        ValueOf(values, "Value.BinaryValue") is { } binary ? BytesOf(binary) : null);

    private IReadOnlyList<KeyValuePair<string, string>> Pairs(string prefix, string key, string value) =>
        [.. Numbered(_values, prefix).Select(m => KeyValuePair.Create(TextOf(m, key) ?? throw SnsErrors.Missing(key), TextOf(m, value) ?? ""))];

    /// <summary>What stands under <c>prefix.N.</c>, by N; what stands under <c>prefix.N</c> itself has the name "".</summary>
    private static IEnumerable<Dictionary<string, ReadOnlyMemory<byte>>> Numbered(Dictionary<string, ReadOnlyMemory<byte>> values, string prefix)
    {
        var found = new SortedDictionary<int, Dictionary<string, ReadOnlyMemory<byte>>>();
        foreach (var (name, value) in values)
        {
            if (name.Length <= prefix.Length + 1 || name[prefix.Length] != '.' || !name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var rest = name.AsSpan(prefix.Length + 1);
            var dot = rest.IndexOf('.');
            if (!int.TryParse(dot < 0 ? rest : rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                continue;
            if (!found.TryGetValue(index, out var members))
                found.Add(index, members = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal));
            members[dot < 0 ? "" : rest[(dot + 1)..].ToString()] = value;
        }
        return found.Values;
    }

    private static string? TextOf(Dictionary<string, ReadOnlyMemory<byte>> values, string name)
    {
        if (!values.TryGetValue(name, out var value))
            return null;
        return Utf8.IsValid(value.Span) ? Encoding.UTF8.GetString(value.Span) : throw new AwsException(AwsErrors.MalformedQueryString, $"The value of {name} is no UTF-8.");
    }

    private static ReadOnlyMemory<byte>? ValueOf(Dictionary<string, ReadOnlyMemory<byte>> values, string name) => values.TryGetValue(name, out var value) ? value : (ReadOnlyMemory<byte>?)null;

    private static ReadOnlyMemory<byte>? BytesOf(ReadOnlyMemory<byte> value)
    {
        // A plus that was not percent-encoded came as a space.
        var text = Encoding.UTF8.GetString(value.Span).Replace(' ', '+');
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes.AsMemory(0, length) : throw SnsErrors.BadAttribute("The BinaryValue of an attribute is no base 64.");
    }
}
