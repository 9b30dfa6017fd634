using Shouldly;
using Xunit;

namespace Posthorn.Tidy;

/// <summary>What no line may hold.</summary>
public sealed class TextTests
{
    private static readonly string[] TextEndings = [".cs", ".csproj", ".props", ".slnx", ".json", ".yaml", ".yml", ".md", ".py", ".cjs", ".txt", ".css", ".html", ".js"];

    /// <summary>Put together here, so that this file passes its own test.</summary>
    private static readonly string[] Banned = ["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Exception", "Thread.Sl" + "eep", "Skip" + " = \""];

    [Fact]
    public void No_code_is_unfinished_asleep_or_skipped() =>
        Lines(SourceTree.CSharp)
            .Where(l => Banned.Any(word => l.Text.Contains(word, StringComparison.Ordinal)))
            .Select(l => l.ToString()).ShouldBeEmpty();

    [Fact]
    public void No_line_ends_in_white_space() =>
        Lines(Texts()).Where(l => l.Text.Length > 0 && char.IsWhiteSpace(l.Text[^1])).Select(l => l.ToString()).ShouldBeEmpty();

    [Fact]
    public void Every_file_ends_with_one_line_end() =>
        Texts().Where(f => f.Text is { Length: > 0 } text && (!text.EndsWith('\n') || text.EndsWith("\n\n", StringComparison.Ordinal) || text.Contains('\r')))
            .Select(f => f.Path).ShouldBeEmpty();

    [Fact]
    public void No_merge_was_left_half_done() =>
        Lines(Texts()).Where(l => l.Text.StartsWith("<<<<" + "<<<", StringComparison.Ordinal) || l.Text.StartsWith(">>>>" + ">>>", StringComparison.Ordinal))
            .Select(l => l.ToString()).ShouldBeEmpty();

    private static IEnumerable<SourceFile> Texts() =>
        SourceTree.Files.Where(f => TextEndings.Contains(Path.GetExtension(f.Path)) || f.Path is "test" or "posthorn" or ".ci/run" or ".editorconfig" or ".gitignore");

    private static IEnumerable<Line> Lines(IEnumerable<SourceFile> files) => files.SelectMany(f => f.Lines.Select((text, i) => new Line(f.Path, i + 1, text)));

    private sealed record Line(string Path, int Number, string Text)
    {
        public override string ToString() => $"{Path}:{Number}: {Text.Trim()}";
    }
}
