using Shouldly;
using Xunit;

namespace Posthorn.Tidy;

/// <summary>Ratchets: a file or method that is too long may stay as long as it is, never grow; what got shorter gets a lower bound here.</summary>
public sealed class LengthTests
{
    private const int FileLinesMax = 400;
    private const int MethodLinesMax = 70;

    /// <summary>The only files allowed to be longer than <see cref="FileLinesMax"/>, with the lines they had. To be shortened, never added to.</summary>
    private static readonly Dictionary<string, int> LongFiles = new(StringComparer.Ordinal);

    /// <summary>The same for methods longer than <see cref="MethodLinesMax"/>: "path: declaration".</summary>
    private static readonly Dictionary<string, int> LongMethods = new(StringComparer.Ordinal);

    [Fact]
    public void No_file_is_too_long() =>
        Check(SourceTree.CSharp.ToDictionary(f => f.Path, f => f.Lines.Length, StringComparer.Ordinal), FileLinesMax, LongFiles);

    [Fact]
    public void No_method_is_too_long() => Check(Methods(), MethodLinesMax, LongMethods);

    private static void Check(Dictionary<string, int> lengths, int max, Dictionary<string, int> exceptions)
    {
        lengths.Where(l => l.Value > exceptions.GetValueOrDefault(l.Key, max)).Select(l => $"{l.Key} has {l.Value} lines").ShouldBeEmpty();
        exceptions.Where(e => lengths.GetValueOrDefault(e.Key) < e.Value)
            .Select(e => $"{e.Key} has {lengths.GetValueOrDefault(e.Key)} lines now: lower its bound of {e.Value}, or take it out").ShouldBeEmpty();
    }

    /// <summary>A method is what stands between a lone brace and its partner at the depth of a member, under a line with a parameter list.</summary>
    private static Dictionary<string, int> Methods()
    {
        var lengths = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var file in SourceTree.CSharp)
        {
            var lines = file.Lines;
            foreach (var indent in new[] { "    ", "        " })
            {
                for (var start = 1; start < lines.Length; start++)
                {
                    if (lines[start] != indent + "{" || !IsMethod(lines, start, indent, out var declaration))
                        continue;
                    var end = Array.FindIndex(lines, start, l => l.StartsWith(indent + "}", StringComparison.Ordinal));
                    if (end > start && lines[end] == indent + "}") // an initializer ends in "};"
                        lengths[$"{file.Path}: {declaration}"] = end - start - 1;
                }
            }
        }
        return lengths;
    }

    private static bool IsMethod(string[] lines, int brace, string indent, out string declaration)
    {
        var first = brace - 1;
        while (first > 0 && lines[first].StartsWith(indent + " ", StringComparison.Ordinal))
            first--;
        declaration = lines[first].Trim();
        var words = declaration.Split('(')[0].Split(' ');
        return declaration.Contains('(') && !words.Any(w => w is "class" or "struct" or "record" or "interface" or "if" or "for" or "foreach" or "while" or "switch" or "using" or "lock");
    }
}
