using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Posthorn.Tidy;

/// <summary>What the folders promise: a folder is a namespace, a file is one type, every project is in the solution.</summary>
public sealed partial class LayoutTests
{
    [Fact]
    public void A_folder_under_src_is_a_namespace()
    {
        var wrong = Sources()
            .Select(f => (f.Path, Expected: f.Folder["src/".Length..].Replace('/', '.'), Found: Namespace().Match(f.Text).Groups["name"].Value))
            .Where(f => f.Expected != f.Found)
            .Select(f => $"{f.Path}: namespace {f.Found}, expected {f.Expected}");
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void A_file_under_src_holds_one_type_and_is_named_after_it()
    {
        var wrong = Sources().Select(Fault).OfType<string>();
        wrong.ShouldBeEmpty();

        static string? Fault(SourceFile file)
        {
            var types = TopLevelType().Matches(file.Text).Select(m => m.Groups["name"].Value).ToArray();
            var name = file.Name.Split('.')[0]; // X.Recovery.cs is a part of X
            return types is [var only] && only == name ? null : $"{file.Path}: holds {string.Join(", ", types.DefaultIfEmpty("no type"))}";
        }
    }

    [Fact]
    public void No_folder_is_a_shelf_for_things_without_a_name() =>
        Sources().Where(f => Shelf().IsMatch(f.Path)).Select(f => f.Path).ShouldBeEmpty();

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = SourceTree.Files.Single(f => f.Path == "Posthorn.slnx").Text;
        SourceTree.Projects.Where(p => !solution.Contains($"\"{p.Path}\"", StringComparison.Ordinal)).Select(p => p.Path).ShouldBeEmpty();
    }

    [Fact]
    public void What_every_reader_looks_for_is_there()
    {
        string[] expected =
        [
            "LICENSE", "README.md", "CHANGELOG.md", "posthorn", "test", ".ci/run",
            "docs/architecture.md", "docs/glossary.md", "docs/RFCs.md", "docs/formats/journal.md",
            "docs/guide/configuration.md", "docs/guide/pipeline.md", "docs/guide/delivery.md", "docs/guide/administration.md", "docs/guide/cli.md",
            "docs/guide/dotnet.md",
        ];
        expected.Except(SourceTree.Files.Select(f => f.Path)).ShouldBeEmpty();
        SourceTree.Files.Single(f => f.Path == "LICENSE").Text.ShouldContain("Apache License");
    }

    private static IEnumerable<SourceFile> Sources() =>
        SourceTree.CSharp.Where(f => f.Path.StartsWith("src/", StringComparison.Ordinal) && f.Name is not "Program.cs" and not "AssemblyInfo.cs");

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"^(?:public |internal |file |sealed |static |abstract |partial |readonly |ref |unsafe )*(?:(?:class|struct|record struct|record class|record|interface|enum) +(?<name>\w+)(?=[\s<(:;])|delegate [^(]*?\b(?<name>\w+)(?:<[^(]*>)?\()",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex TopLevelType();

    [GeneratedRegex("(Helper|Util|Utils|Manager|Common|Misc)s?(/|\\.cs$)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Shelf();
}
