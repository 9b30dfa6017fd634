namespace Posthorn.IntegrationTests.Harness;

/// <summary>A program under <c>samples/</c>, as it was built with the tests.</summary>
internal static class SampleProcess
{
    public static ChildProcess Start(string sample, IEnumerable<string> arguments, string? input = null)
    {
        // bin/Release/net10.0 of this assembly, and of the sample beside it.
        var build = Path.GetRelativePath(Path.Combine(Repository.Root, "tests", "Posthorn.IntegrationTests"), AppContext.BaseDirectory);
        var program = Path.Combine(Repository.Root, "samples", sample, build, sample + ".dll");
        return ChildProcess.Start("dotnet", [program, .. arguments], input, workingDirectory: Path.GetDirectoryName(program));
    }
}
