using System.Text.RegularExpressions;
using Posthorn.Server.Pipeline.Mailets;
using Posthorn.Server.Pipeline.Matchers;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline;

/// <summary>The guide names every matcher and mailet, and its conditions are taken as they stand there.</summary>
public sealed partial class GuideTests
{
    private static readonly string s_guide = File.ReadAllText(Path.Combine(Root(), "docs", "guide", "pipeline.md"));

    public static TheoryData<string> Matchers => new(BuiltInMatchers.All.Keys);

    public static TheoryData<string> Mailets => new(BuiltInMailets.All.Keys);

    [Theory]
    [MemberData(nameof(Matchers))]
    public void Every_matcher_is_shown(string name) => s_guide.ShouldMatch($"`{Regex.Escape(name)}[`( ]");

    [Theory]
    [MemberData(nameof(Mailets))]
    public void Every_mailet_is_shown(string name) => s_guide.ShouldMatch($"(?m)^ *-? ? *{Regex.Escape(name)}:");

    [Fact]
    public void The_first_example_is_taken_as_it_stands() =>
        new PipelineWorld().Faults(s_guide.Split("```yaml\n")[1].Split("```")[0]).ShouldBeEmpty();

    [Fact]
    public void Every_condition_of_the_tables_is_taken_as_it_stands()
    {
        var binder = new ConditionBinder(new MatcherCatalog([]), new NoServices());
        var conditions = TableRow().Matches(s_guide).SelectMany(row => Code().Matches(row.Groups[1].Value)).Select(code => code.Groups[1].Value)
            .Where(code => char.IsAsciiLetterLower(code[0]) && BuiltInMatchers.All.Keys.Any(k => code == k || code.StartsWith(k + "(", StringComparison.Ordinal) || code.StartsWith(k + " ", StringComparison.Ordinal)))
            .ToArray();

        conditions.Length.ShouldBeGreaterThanOrEqualTo(40);
        foreach (var condition in conditions)
            Should.NotThrow(() => binder.Compile(condition), condition);
    }

    [GeneratedRegex(@"(?m)^\| (.*) \|.*\|$", RegexOptions.None, 1000)]
    private static partial Regex TableRow();

    [GeneratedRegex("`([^`]+)`", RegexOptions.None, 1000)]
    private static partial Regex Code();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Posthorn.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
