using System.Globalization;
using System.Text;
using System.Text.Json;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs.Json;

/// <summary>Reads requests of the JSON protocol (AWS JSON 1.0). Members that are not known are passed over.</summary>
public static class SqsJsonReader
{
    private const int NameLengthMax = 64;

    /// <summary>Reads a request's body; an empty one is an object without members.</summary>
    /// <param name="action">What the header asks for.</param>
    /// <param name="body">The bytes; a message's body that is not escaped stays in them.</param>
    /// <exception cref="AwsException">It is no JSON object, or a member has another type.</exception>
    public static SqsCall Read(SqsAction action, ReadOnlyMemory<byte> body)
    {
        var call = new SqsCall(action);
        if (body.IsEmpty)
            return call;
        try
        {
            var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = 16 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw Malformed("The request is no JSON object.");
            while (NextMember(ref reader, out var member))
                ReadMember(ref reader, body, call, member);
            if (reader.Read())
                throw Malformed("Something follows the request's object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw Malformed(e is JsonException ? "The request is no valid JSON." : "A text of the request is no valid Unicode.");
        }
        return call;
    }

    private static void ReadMember(ref Utf8JsonReader reader, ReadOnlyMemory<byte> source, SqsCall call, SqsMember member)
    {
        if (member == SqsMember.None || reader.TokenType == JsonTokenType.Null)
        {
            reader.Skip();
            return;
        }
        if (SqsMembers.IsOfEntry(member))
        {
            ReadOfEntry(ref reader, source, call.Entry, member);
            return;
        }
        switch (SqsMembers.KindOf(member))
        {
            case SqsMemberKind.Text:
                call.Set(member, TextOf(ref reader, member));
                break;
            case SqsMemberKind.Number:
                call.Set(member, NumberOf(ref reader, member));
                break;
            case SqsMemberKind.Texts:
                call.Set(member, TextsOf(ref reader, member));
                break;
            case SqsMemberKind.Map:
                call.Set(member, MapOf(ref reader, member));
                break;
            default:
                call.Entries = EntriesOf(ref reader, source);
                break;
        }
    }

    private static void ReadOfEntry(ref Utf8JsonReader reader, ReadOnlyMemory<byte> source, SqsEntry entry, SqsMember member)
    {
        switch (SqsMembers.KindOf(member))
        {
            case SqsMemberKind.Number:
                entry.Set(member, NumberOf(ref reader, member));
                break;
            case SqsMemberKind.Attributes:
                entry.Set(member, AttributesOf(ref reader, source, member));
                break;
            case SqsMemberKind.Text when member == SqsMember.MessageBody:
                entry.Body = BytesOf(ref reader, source, member);
                break;
            default:
                entry.Set(member, TextOf(ref reader, member));
                break;
        }
    }

    private static List<SqsEntry> EntriesOf(ref Utf8JsonReader reader, ReadOnlyMemory<byte> source)
    {
        Expect(ref reader, JsonTokenType.StartArray, SqsMember.Entries);
        var entries = new List<SqsEntry>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartObject, SqsMember.Entries);
            var entry = new SqsEntry();
            while (NextMember(ref reader, out var member))
            {
                if (SqsMembers.IsOfEntry(member) && reader.TokenType != JsonTokenType.Null)
                    ReadOfEntry(ref reader, source, entry, member);
                else
                    reader.Skip();
            }
            entries.Add(entry);
        }
        return entries;
    }

    private static List<SqsAttribute> AttributesOf(ref Utf8JsonReader reader, ReadOnlyMemory<byte> source, SqsMember member)
    {
        Expect(ref reader, JsonTokenType.StartObject, member);
        var attributes = new List<SqsAttribute>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
                continue;
            Expect(ref reader, JsonTokenType.StartObject, member);
            attributes.Add(AttributeOf(ref reader, source, member, name));
        }
        return attributes;
    }

    private static SqsAttribute AttributeOf(ref Utf8JsonReader reader, ReadOnlyMemory<byte> source, SqsMember member, string name)
    {
        string? type = null;
        ReadOnlyMemory<byte>? text = null, binary = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("DataType"u8);
            var isText = reader.ValueTextEquals("StringValue"u8);
            var isBinary = reader.ValueTextEquals("BinaryValue"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null || !(isType || isText || isBinary))
                reader.Skip();
            else if (isType)
                type = TextOf(ref reader, member);
            else if (isText)
                text = BytesOf(ref reader, source, member);
            else if (reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var bytes))
                binary = bytes;
            else
                throw Malformed($"The BinaryValue of attribute '{name}' is no base 64.");
        }
        return new SqsAttribute(name, type, text, binary);
    }

    private static List<KeyValuePair<string, string>> MapOf(ref Utf8JsonReader reader, SqsMember member)
    {
        Expect(ref reader, JsonTokenType.StartObject, member);
        var map = new List<KeyValuePair<string, string>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Null)
                map.Add(KeyValuePair.Create(name, TextOf(ref reader, member)));
        }
        return map;
    }

    private static List<string> TextsOf(ref Utf8JsonReader reader, SqsMember member)
    {
        Expect(ref reader, JsonTokenType.StartArray, member);
        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            texts.Add(TextOf(ref reader, member));
        return texts;
    }

    /// <summary>A text; numbers and flags are taken as they are written, as the service does.</summary>
    private static string TextOf(ref Utf8JsonReader reader, SqsMember member) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => throw WrongType(member, "text"),
    };

    private static long NumberOf(ref Utf8JsonReader reader, SqsMember member) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetInt64(out var number) => number,
        JsonTokenType.String when long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw WrongType(member, "a whole number"),
    };

    /// <summary>A text's UTF-8: where it stands in the request, unless it is escaped.</summary>
    private static ReadOnlyMemory<byte> BytesOf(ref Utf8JsonReader reader, ReadOnlyMemory<byte> source, SqsMember member)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw WrongType(member, "text");
        if (!reader.ValueIsEscaped)
            return source.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        var bytes = new byte[reader.ValueSpan.Length];
        try
        {
            return bytes.AsMemory(0, reader.CopyString(bytes));
        }
        catch (InvalidOperationException)
        {
            throw new AwsException(SqsErrors.InvalidMessageContents, SqsText.AllowedCharacters); // half of a surrogate pair
        }
    }

    /// <summary>Goes to the next member's value; false at the object's end.</summary>
    private static bool NextMember(ref Utf8JsonReader reader, out SqsMember member)
    {
        member = SqsMember.None;
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
            return false;
        if (reader.ValueSpan.Length <= NameLengthMax)
        {
            Span<char> name = stackalloc char[NameLengthMax];
            member = SqsMembers.OfJson(name[..reader.CopyString(name)]);
        }
        return reader.Read();
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, SqsMember member)
    {
        if (reader.TokenType != type)
            throw WrongType(member, type == JsonTokenType.StartArray ? "a list" : "an object");
    }

    private static AwsException WrongType(SqsMember member, string wanted) => Malformed($"{member} is to be {wanted}.");

    private static AwsException Malformed(string message) => new(SqsErrors.Serialization, message);
}
