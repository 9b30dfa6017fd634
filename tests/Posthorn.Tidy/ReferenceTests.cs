using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace Posthorn.Tidy;

/// <summary>Who may know whom: a project is a fence around a dependency.</summary>
public sealed class ReferenceTests
{
    /// <summary>Every project under src, the projects it may refer to, and the packages it may bring in.</summary>
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new(StringComparer.Ordinal)
    {
        ["Posthorn"] = (
            [],
            [
                "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Hosting.Abstractions",
                "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options",
            ]),
        ["Posthorn.PostgreSql"] = (["Posthorn"], ["Npgsql"]),
        ["Posthorn.S3"] = (["Posthorn"], ["AWSSDK.S3"]),
        ["Posthorn.Protocols"] = ([], []),
        ["Posthorn.Client"] = ([], []),
        ["Posthorn.Server"] = (["Posthorn", "Posthorn.Protocols", "Posthorn.Client"], ["Microsoft.AspNetCore.App", "YamlDotNet", "Microsoft.AspNetCore.OpenApi"]),
        ["Posthorn.Cli"] = (["Posthorn", "Posthorn.PostgreSql", "Posthorn.S3", "Posthorn.Protocols", "Posthorn.Server", "Posthorn.Client"], ["Microsoft.AspNetCore.App", "System.CommandLine", "Spectre.Console"]),
    };

    [Fact]
    public void A_project_refers_only_to_what_the_design_lets_it_know()
    {
        foreach (var project in Projects())
        {
            Allowed.Keys.ShouldContain(project.Name, "a new project needs a row in the table");
            var (projects, packages) = Allowed[project.Name];
            project.References("ProjectReference").Except(projects).ShouldBeEmpty(project.Name);
            project.References("PackageReference").Concat(project.References("FrameworkReference")).Except(packages).ShouldBeEmpty(project.Name);
        }
    }

    [Fact]
    public void The_server_sees_the_engines_interface_and_never_an_engine() =>
        SourceTree.CSharp
            .Where(f => f.Path.StartsWith("src/Posthorn.Server/", StringComparison.Ordinal) && (f.Text.Contains("Posthorn.Journal", StringComparison.Ordinal) || f.Text.Contains("Posthorn.PostgreSql", StringComparison.Ordinal)))
            .Select(f => f.Path).ShouldBeEmpty();

    [Fact]
    public void Versions_of_packages_stand_in_one_file() =>
        SourceTree.Projects.Where(p => p.Text.Contains("Version=\"", StringComparison.Ordinal)).Select(p => p.Path).ShouldBeEmpty();

    private static IEnumerable<Project> Projects() =>
        SourceTree.Projects.Where(p => p.Path.StartsWith("src/", StringComparison.Ordinal)).Select(p => new Project(Path.GetFileNameWithoutExtension(p.Name), XDocument.Parse(p.Text)));

    private sealed record Project(string Name, XDocument Document)
    {
        public string[] References(string kind) =>
            [.. Document.Descendants(kind).Select(r => (string)r.Attribute("Include")!).Select(r => r.EndsWith(".csproj", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(r) : r)];
    }
}
