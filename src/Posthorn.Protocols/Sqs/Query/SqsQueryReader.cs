using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs.Query;

/// <summary>
/// Reads requests of the Query protocol: pairs whose names say where the value belongs (<c>MessageAttribute.1.Value.DataType</c>), in any order.
/// </summary>
public sealed class SqsQueryReader
{
    /// <summary>Most pairs of a request: ten messages with ten attributes each need 440.</summary>
    private const int PairsMax = 2_000;

    private readonly Dictionary<(SqsMember, int), string> _texts = [];
    private readonly Dictionary<(SqsMember, int), (string? Name, string? Value)> _maps = [];
    private readonly Dictionary<int, SqsEntry> _entries = [];
    private readonly Dictionary<(int Entry, SqsMember, int), SqsAttribute> _attributes = [];
    private readonly HashSet<SqsMember> _empty = [];
    private readonly SqsCall _call = new(default);
    private string? _action;
    private int _pairs;

    private SqsQueryReader()
    {
    }

    /// <summary>Reads a request.</summary>
    /// <param name="query">The query string without its question mark; decoded in place.</param>
    /// <param name="form">The body; decoded in place, and messages' bodies stay in it.</param>
    /// <returns>The call; null when it names no action.</returns>
    /// <exception cref="AwsException">There is no such action, there are too many parameters, or a value is no number, base 64 or text.</exception>
    public static SqsCall? Read(Memory<byte> query, Memory<byte> form)
    {
        var reader = new SqsQueryReader();
        reader.ReadPairs(query);
        reader.ReadPairs(form);
        if (reader._action is not { } name)
            return null;
        reader._call.Action = SqsActions.TryFind(name, out var action) ? action : throw AwsErrors.NoAction(name);
        reader.Gather();
        return reader._call;
    }

    private void ReadPairs(Memory<byte> form)
    {
        var pairs = new FormReader(form);
        while (pairs.TryRead(out var name, out var value))
        {
            if (++_pairs > PairsMax)
                throw new AwsException(AwsErrors.MalformedQueryString, $"A request has at most {PairsMax} parameters.");
            ReadPair(name.Span, value);
        }
    }

    private void ReadPair(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> value)
    {
        Span<char> text = stackalloc char[256];
        if (name.Length > text.Length || !Encoding.UTF8.TryGetChars(name, text, out var length))
            return;
        var rest = (ReadOnlySpan<char>)text[..length];
        var first = Next(ref rest);
        if (first.SequenceEqual("Action") && rest.IsEmpty)
        {
            _action = TextOf(SqsMember.None, value);
            return;
        }
        if (SqsActions.IsEntryName(first))
        {
            if (!TryIndex(ref rest, out var index))
                return;
            if (!_entries.TryGetValue(index, out var entry))
                _entries.Add(index, entry = new SqsEntry());
            ReadOfEntry(entry, index, SqsMembers.OfQuery(Next(ref rest)), rest, value);
            return;
        }
        var member = SqsMembers.OfQuery(first);
        if (SqsMembers.IsOfEntry(member))
            ReadOfEntry(_call.Entry, 0, member, rest, value);
        else if (member != SqsMember.None)
            ReadOfCall(member, rest, value);
    }

    private void ReadOfCall(SqsMember member, ReadOnlySpan<char> rest, ReadOnlyMemory<byte> value)
    {
        switch (SqsMembers.KindOf(member))
        {
            case SqsMemberKind.Text when rest.IsEmpty:
                _call.Set(member, TextOf(member, value));
                break;
            case SqsMemberKind.Number when rest.IsEmpty:
                _call.Set(member, NumberOf(member, value));
                break;
            case SqsMemberKind.Texts:
                if (rest.IsEmpty && value.IsEmpty)
                    _empty.Add(member); // an empty list
                else if (rest.IsEmpty)
                    _texts[(member, 0)] = TextOf(member, value);
                else if (TryIndex(ref rest, out var at))
                    _texts[(member, at)] = TextOf(member, value);
                break;
            case SqsMemberKind.Map:
                // Without a number too: an old form of setting one attribute.
                var index = TryIndex(ref rest, out var number) ? number : 0;
                var (name, text) = _maps.GetValueOrDefault((member, index));
                if (rest is "Name" or "Key")
                    _maps[(member, index)] = (TextOf(member, value), text);
                else if (rest is "Value")
                    _maps[(member, index)] = (name, TextOf(member, value));
                break;
            case SqsMemberKind.Entries:
                _empty.Add(member);
                break;
        }
    }

    private void ReadOfEntry(SqsEntry entry, int index, SqsMember member, ReadOnlySpan<char> rest, ReadOnlyMemory<byte> value)
    {
        switch (SqsMembers.KindOf(member))
        {
            case SqsMemberKind.Number when rest.IsEmpty:
                entry.Set(member, NumberOf(member, value));
                break;
            case SqsMemberKind.Attributes when TryIndex(ref rest, out var at):
                ReadAttribute((index, member, at), rest, value);
                break;
            case SqsMemberKind.Text when member == SqsMember.MessageBody && rest.IsEmpty:
                entry.Body = value;
                break;
            case SqsMemberKind.Text when SqsMembers.IsOfEntry(member) && rest.IsEmpty:
                entry.Set(member, TextOf(member, value));
                break;
        }
    }

    private void ReadAttribute((int, SqsMember Member, int) key, ReadOnlySpan<char> rest, ReadOnlyMemory<byte> value)
    {
        var attribute = _attributes.TryGetValue(key, out var known) ? known : new SqsAttribute("", null, null, null);
        _attributes[key] = rest switch
        {
            "Name" => attribute with { Name = TextOf(key.Member, value) },
            "Value.DataType" => attribute with { DataType = TextOf(key.Member, value) },
            "Value.StringValue" => attribute with { Text = value },
            "Value.BinaryValue" => attribute with { Binary = BytesOf(value) },
            _ => attribute,
        };
    }

    /// <summary>Puts lists and maps together, by their numbers.</summary>
    private void Gather()
    {
        foreach (var member in _empty)
        {
            if (member == SqsMember.Entries)
                _call.Entries = [];
            else
                _call.Set(member, (IReadOnlyList<string>)[]);
        }
        foreach (var list in _texts.GroupBy(t => t.Key.Item1))
            _call.Set(list.Key, (IReadOnlyList<string>)[.. list.OrderBy(t => t.Key.Item2).Select(t => t.Value)]);
        foreach (var map in _maps.GroupBy(m => m.Key.Item1))
        {
            _call.Set(map.Key, [.. map.OrderBy(m => m.Key.Item2).Select(m => KeyValuePair.Create(
                m.Value.Name ?? throw SqsErrors.Missing(map.Key == SqsMember.Tags ? $"Tag.{m.Key.Item2}.Key" : $"Attribute.{m.Key.Item2}.Name"), m.Value.Value ?? ""))]);
        }
        foreach (var list in _attributes.GroupBy(a => (a.Key.Entry, a.Key.Item2)))
        {
            var entry = list.Key.Entry == 0 ? _call.Entry : _entries[list.Key.Entry];
            entry.Set(list.Key.Item2, [.. list.OrderBy(a => a.Key.Item3).Select(a => a.Value)]);
        }
        if (_entries.Count > 0)
            _call.Entries = [.. _entries.OrderBy(e => e.Key).Select(e => e.Value)];
    }

    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> name)
    {
        var dot = name.IndexOf('.');
        var part = dot < 0 ? name : name[..dot];
        name = dot < 0 ? default : name[(dot + 1)..];
        return part;
    }

    /// <summary>Takes a number of 1 and more off the front of a name; leaves it alone when there is none.</summary>
    private static bool TryIndex(ref ReadOnlySpan<char> name, out int index)
    {
        var rest = name;
        if (!int.TryParse(Next(ref rest), NumberStyles.None, CultureInfo.InvariantCulture, out index) || index < 1)
            return false;
        name = rest;
        return true;
    }

    private static string TextOf(SqsMember member, ReadOnlyMemory<byte> value) => System.Text.Unicode.Utf8.IsValid(value.Span)
        ? Encoding.UTF8.GetString(value.Span)
        : throw new AwsException(AwsErrors.MalformedQueryString, $"The value of {member} is no UTF-8.");

    private static long NumberOf(SqsMember member, ReadOnlyMemory<byte> value) =>
        Utf8Parser.TryParse(value.Span, out long number, out var length) && length == value.Length
            ? number
            : throw SqsErrors.Invalid(member.ToString(), TextOf(member, value), "Must be an integer.");

    private static byte[] BytesOf(ReadOnlyMemory<byte> value)
    {
        // A plus that was not percent-encoded came as a space.
        var text = Encoding.UTF8.GetString(value.Span).Replace(' ', '+');
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : throw SqsErrors.Invalid("The BinaryValue of an attribute is no base 64.");
    }
}
