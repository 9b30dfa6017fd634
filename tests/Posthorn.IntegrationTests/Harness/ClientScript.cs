using System.Globalization;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>Scripts that work a door over with other people's clients; each checks for itself and ends with how much it has checked.</summary>
internal static class ClientScript
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Clients", name);

    /// <summary>Runs a script that is to succeed, with at least so many checks.</summary>
    public static async Task RunAsync(int atLeast, string program, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(program, arguments, within: TimeSpan.FromMinutes(3));
        result.ExitCode.ShouldBe(0, result.ToString());
        var last = result.Output.Split('\n').Last(l => l.StartsWith("done: ", StringComparison.Ordinal));
        int.Parse(last.Split(' ')[1], CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(atLeast, result.ToString());
    }
}
