using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Posthorn.IntegrationTests.Harness;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>
/// IMAP commands in a text file, one a line, without tags. <c>{corpus:NAME}</c> is a mail of the corpus as a literal and <c>{text:…}</c> a short one, in which
/// <c>|</c> is a line end; <c>@2</c> in front says it on a second connection; <c>?reason</c> on the line before says that only OK, NO or BAD is compared, and
/// why, <c>!reason</c> that nothing is; <c>#</c> is a comment; <c>*corpus</c> in front repeats the line for each mail of the corpus, with
/// <c>{n}</c> its number in the mailbox and <c>{corpus}</c> the mail; <c>*corpus=4,5</c> for these, <c>*corpus-4,5</c> for all but these.
/// </summary>
internal static partial class DialogueScript
{
    public static IReadOnlyList<DialogueLine> Read(string file, IReadOnlyList<string> corpus)
    {
        var lines = new List<DialogueLine>();
        var comparison = AnswerComparison.All;
        foreach (var text in File.ReadLines(file).Where(l => l.Trim().Length > 0 && !l.StartsWith('#')))
        {
            if (text[0] is '?' or '!')
            {
                comparison = text[0] == '?' ? AnswerComparison.Kind : AnswerComparison.None;
                continue;
            }
            if (CorpusPattern().Match(text) is { Success: true } each)
                lines.AddRange(Chosen(each, corpus.Count).Select(i => new DialogueLine(1, Expand(each.Groups["line"].Value
                    .Replace("{n}", $"{i + 1}", StringComparison.Ordinal).Replace("{corpus}", $"{{corpus:{corpus[i]}}}", StringComparison.Ordinal)), comparison)));
            else
                lines.Add(new DialogueLine(text.StartsWith("@2 ", StringComparison.Ordinal) ? 2 : 1, Expand(text.StartsWith("@2 ", StringComparison.Ordinal) ? text[3..] : text), comparison));
            comparison = AnswerComparison.All;
        }
        return lines;
    }

    /// <summary>Names of the corpus' mails that can go through IMAP: those without a NUL (RFC 3501 4.3.1).</summary>
    public static IReadOnlyList<string> Corpus() => [.. Repository.CorpusFiles().Where(f => !File.ReadAllBytes(f).Contains((byte)0)).Select(f => Path.GetFileName(f)!)];

    /// <summary>Puts the mails in, once: what stands in a mail is not looked at.</summary>
    private static string Expand(string line) => PlacePattern().Replace(
        line, place => Literal(place.Groups[1].Value == "corpus" ? Mail(place.Groups[2].Value) : place.Groups[2].Value.Replace("|", "\r\n", StringComparison.Ordinal)));

    /// <summary>With CRLF throughout: Dovecot would store a bare LF as one, and count otherwise.</summary>
    private static string Mail(string name) => Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(Repository.Corpus, name)))
        .Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);


    private static string Literal(string content) => $"{{{content.Length}+}}\r\n{content}";

    private static IEnumerable<int> Chosen(Match each, int count)
    {
        var named = each.Groups["numbers"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture) - 1).ToHashSet();
        return Enumerable.Range(0, count).Where(i => each.Groups["sign"].Value switch { "=" => named.Contains(i), "-" => !named.Contains(i), _ => true });
    }

    [GeneratedRegex(@"^\*corpus((?<sign>[=-])(?<numbers>[0-9,]+))? (?<line>.*)$", RegexOptions.Singleline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex CorpusPattern();

    [GeneratedRegex(@"\{(corpus|text):([^}]*)\}", RegexOptions.Singleline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex PlacePattern();
}
