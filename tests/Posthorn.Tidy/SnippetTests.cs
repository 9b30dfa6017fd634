using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Posthorn.Tidy;

/// <summary>C# on a page that names where it is from is a piece of that file, so that it compiles and does what the tests saw it do.</summary>
public sealed partial class SnippetTests
{
    [Fact]
    public void What_a_page_quotes_stands_in_the_file_it_names() =>
        Snippets().Where(s => s.Source is not null && !IsPartOf(s.Code, s.Source)).Select(s => $"{s.Page}: not in {s.Source}:\n{s.Code}").ShouldBeEmpty();

    [Fact]
    public void Every_piece_of_CSharp_in_the_guide_for_programs_names_its_file()
    {
        var snippets = Snippets().Where(s => s.Page == "docs/guide/dotnet.md").ToArray();
        snippets.Length.ShouldBeGreaterThan(5);
        snippets.Where(s => s.Source is null).Select(s => s.Code).ShouldBeEmpty();
    }

    private static IEnumerable<(string Page, string? Source, string Code)> Snippets() =>
        from page in SourceTree.Markdown
        from Match match in Fence().Matches(page.Text)
        select (page.Path, match.Groups["source"].Success ? match.Groups["source"].Value : null, match.Groups["code"].Value);

    /// <summary>Line by line, however far the whole is indented.</summary>
    private static bool IsPartOf(string code, string source)
    {
        var file = SourceTree.Files.SingleOrDefault(f => f.Path == source)?.Lines ?? [];
        var wanted = code.TrimEnd('\n').Split('\n');
        return Enumerable.Range(0, Math.Max(0, file.Length - wanted.Length + 1)).Any(at =>
        {
            var indent = file[at].Length - file[at].TrimStart().Length;
            return wanted.Select((line, i) => line == (file[at + i].Length >= indent ? file[at + i][indent..] : file[at + i].TrimStart())).All(isSame => isSame);
        });
    }

    [GeneratedRegex(@"(?:^<!-- from (?<source>\S+) -->\n)?^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Fence();
}
