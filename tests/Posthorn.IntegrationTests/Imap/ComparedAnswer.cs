using System.Globalization;
using System.Text.RegularExpressions;
using Posthorn.IntegrationTests.Harness;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>What of an answer must be alike on two servers: the data, and whether it was OK, NO or BAD; not the words, and not the numbers that each gives by itself.</summary>
internal static partial class ComparedAnswer
{
    /// <summary>Response codes whose presence and content count, besides those with a server's own numbers.</summary>
    private static readonly HashSet<string> s_codes = new(
        ["APPENDUID", "COPYUID", "MODIFIED", "TRYCREATE", "READ-ONLY", "READ-WRITE", "CLOSED", "UIDNEXT", "UIDVALIDITY", "PERMANENTFLAGS"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Attributes of a mailbox that a server may leave out (RFC 3501 7.2.2, RFC 5258 4), but for the children when they were asked for.</summary>
    private static readonly string[] s_mayBeLeftOut = ["\\Marked", "\\UnMarked"];

    private static readonly string[] s_children = ["\\HasChildren", "\\HasNoChildren"];

    /// <param name="answer">The answer.</param>
    /// <param name="command">What it answers.</param>
    public static string Of(ImapAnswer answer, string command)
    {
        // An extended LIST names children when it is asked to (RFC 5258 3.2), the plain one does on both.
        var isExtended = command.StartsWith("LIST ", StringComparison.Ordinal) && command.Contains('(', StringComparison.Ordinal) && !command.Contains("CHILDREN", StringComparison.Ordinal);
        string[] leftOut = isExtended ? [.. s_mayBeLeftOut, .. s_children] : s_mayBeLeftOut;
        var lines = answer.Untagged.Select(u => Untagged(u, leftOut)).OfType<string>().ToList();
        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', [.. lines, StatusOf(answer.Status)]);
    }

    private static string? Untagged(string response, string[] leftOut)
    {
        if (response.StartsWith('+'))
            return "+";
        var words = response.Split(' ', 4);
        if (words.Length > 2 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return Numbered(words[1], words[2].ToUpperInvariant(), response);
        return words[1].ToUpperInvariant() switch
        {
            "OK" or "NO" or "BAD" or "BYE" => Code(response[2..]) is { } code ? $"* {words[1]} {code}" : null,
            "CAPABILITY" or "ID" or "ENABLED" => null, // what each server can is its own
            "SEARCH" or "SORT" => Numbers(response),
            "FLAGS" => $"* FLAGS {SystemFlags(ImapSyntax.Read(response)[2])}",
            "LIST" or "LSUB" => List(response, leftOut),
            "STATUS" => Status(response),
            _ => OwnNumbers(string.Join(' ', ImapSyntax.Read(response).Select(ImapSyntax.Write))),
        };
    }

    private static string? Numbered(string number, string kind, string response)
    {
        if (kind == "RECENT")
            return null; // Posthorn has no \Recent (RFC 9051 has none either)
        if (kind != "FETCH")
            return $"* {number} {kind}";
        var items = (IReadOnlyList<object>)ImapSyntax.Read(response)[3];
        return $"* {number} FETCH\n{ImapSyntax.WritePairs(items, Item)}";
    }

    private static object Item(string name, object value) => name switch
    {
        "FLAGS" => ImapSyntax.Sorted(((IReadOnlyList<object>)value).Where(f => !f.Equals("\\Recent")).ToList()),
        "MODSEQ" => "(?)",
        "INTERNALDATE" => Date((string)value),
        "BODY" or "BODYSTRUCTURE" => ImapSyntax.Write(value).ToUpperInvariant(), // types and parameters' names have no case
        _ when name.StartsWith("BODY[", StringComparison.Ordinal) && value.Equals("NIL") => "\"\"", // a part that is not there
        _ => value,
    };

    /// <summary>In UTC: a server may tell it in any zone.</summary>
    private static string Date(string value) =>
        DateTimeOffset.ParseExact(value.Trim('"').Trim(), "d-MMM-yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture).UtcDateTime.ToString("u", CultureInfo.InvariantCulture);

    /// <summary>Which keywords a mailbox has had is its server's to remember; Posthorn names its own.</summary>
    private static string SystemFlags(object flags) =>
        ImapSyntax.Write(ImapSyntax.Sorted(((IReadOnlyList<object>)flags).Where(f => f is string text && text.StartsWith('\\')).ToList()));

    private static string List(string response, string[] leftOut)
    {
        var values = ImapSyntax.Read(response);
        // One that does not exist cannot be selected (RFC 5258 3).
        var attributes = ((IReadOnlyList<object>)values[2]).Select(a => a.Equals("\\NonExistent") ? "\\Noselect" : a).Where(a => !leftOut.Contains(a)).ToList();
        return $"* {values[1]} {ImapSyntax.Write(ImapSyntax.Sorted(attributes))} {ImapSyntax.Write(values[3])} {Unquoted(values[4])}{string.Concat(values.Skip(5).Select(v => " " + ImapSyntax.Write(v)))}";
    }

    private static string Status(string response)
    {
        var values = ImapSyntax.Read(response);
        return $"* STATUS {Unquoted(values[2])}\n{ImapSyntax.WritePairs((IReadOnlyList<object>)values[3], (name, value) => name is "UIDVALIDITY" or "HIGHESTMODSEQ" ? "?" : value)}";
    }

    private static string Numbers(string response)
    {
        var values = ImapSyntax.Read(response).Select(ImapSyntax.Write).Skip(1).ToList();
        return OwnNumbers("* " + string.Join(' ', values));
    }

    private static string Unquoted(object name) =>
        ImapSyntax.Write(name).Trim('"') is var text && text.Equals("INBOX", StringComparison.OrdinalIgnoreCase) ? "INBOX" : ImapSyntax.Write(name).Trim('"');

    private static string StatusOf(string status) => Code(status) is { } code ? $"{status.Split(' ', 2)[0]} {code}" : status.Split(' ', 2)[0];

    private static string? Code(string status)
    {
        if (CodePattern().Match(status) is not { Success: true } match)
            return null;
        var (name, rest) = (match.Groups[1].Value.ToUpperInvariant(), match.Groups[2].Value.Trim());
        return !s_codes.Contains(name) ? null : name switch
        {
            "UIDVALIDITY" => "[UIDVALIDITY ?]",
            "APPENDUID" or "COPYUID" => $"[{name} ? {rest[(rest.IndexOf(' ', StringComparison.Ordinal) + 1)..]}]",
            "PERMANENTFLAGS" => $"[{name} {SystemFlags(ImapSyntax.Read(rest)[0])}]",
            _ => rest.Length > 0 ? $"[{name} {rest}]" : $"[{name}]",
        };
    }

    private static string OwnNumbers(string text) => ModSeqPattern().Replace(TagPattern().Replace(text, "(TAG ?)"), "MODSEQ ?");

    [GeneratedRegex(@"^\w+ \[([A-Za-z-]+)([^\]]*)\]", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\(TAG ""[^""]*""\)", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"MODSEQ \d+", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ModSeqPattern();
}
