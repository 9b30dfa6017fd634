using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Posthorn.Tidy;

/// <summary>What the pages point to exists, and every page is pointed to.</summary>
public sealed partial class LinkTests
{
    [Fact]
    public void No_link_of_a_page_is_dead() => Links().Where(l => !l.IsAlive).Select(l => $"{l.Page.Path}: {l.Target}").ShouldBeEmpty();

    [Fact]
    public void Every_page_of_the_docs_can_be_reached_by_links()
    {
        var reached = Links().Select(l => l.File).ToHashSet(StringComparer.Ordinal);
        SourceTree.Markdown
            .Where(p => p.Path.StartsWith("docs/", StringComparison.Ordinal) && !reached.Contains(p.Path) && !reached.Contains(p.Folder))
            .Select(p => p.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps()
    {
        var numbers = SourceTree.Markdown.Where(p => p.Folder == "docs/decisions" && char.IsDigit(p.Name[0])).Select(p => p.Name[..4]).ToArray();
        numbers.ShouldBe(Enumerable.Range(1, numbers.Length).Select(n => n.ToString("D4")));
    }

    private static IEnumerable<Link> Links() =>
        from page in SourceTree.Markdown
        from Match match in InlineLink().Matches(Fence().Replace(page.Text, ""))
        let target = match.Groups["target"].Value
        where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
        select new Link(page, target);

    /// <summary>A heading's anchor as the usual renderers make it.</summary>
    private static string Anchor(string heading) =>
        string.Concat(heading.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex InlineLink();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Fence();

    private sealed record Link(SourceFile Page, string Target)
    {
        /// <summary>What it points to, as a path from the root.</summary>
        public string File => Target.StartsWith('#')
            ? Page.Path
            : Path.GetRelativePath(SourceTree.Root, Path.GetFullPath(Path.Combine(SourceTree.Root, Page.Folder, Target.Split('#')[0]))).TrimEnd('/');

        public bool IsAlive
        {
            get
            {
                var full = Path.Combine(SourceTree.Root, File);
                if (!System.IO.File.Exists(full))
                    return Directory.Exists(full) && !Target.Contains('#');
                var anchor = Target.Contains('#') ? Target.Split('#')[1] : null;
                return anchor is null
                    || System.IO.File.ReadLines(full).Where(l => l.StartsWith('#')).Any(h => Anchor(h) == anchor);
            }
        }
    }
}
