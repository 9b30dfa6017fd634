using System.Diagnostics;
using System.Globalization;
using Posthorn.Cli.Connection;

namespace Posthorn.Cli.Receiving;

/// <summary>Runs a command by the system's shell, with a file as its standard input.</summary>
/// <remarks>
/// It writes to our standard output itself; its standard error goes through us, because the last line of that is why it failed.
/// It is waited for, whatever signals come: those of a terminal it gets itself.
/// </remarks>
internal static class ShellCommand
{
    /// <summary>Where the input is; told to the command too.</summary>
    private const string InputVariable = "POSTHORN_MAIL";

    /// <summary>How long is waited for the last of what a command complained of.</summary>
    private static readonly TimeSpan s_errorTimeMax = TimeSpan.FromSeconds(1);

    /// <returns>Why it failed; null when it ended with 0.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no shell.</exception>
    public static async Task<string?> RunAsync(Session session, string command, IReadOnlyDictionary<string, string> environment, string input)
    {
        // The file itself, not a pipe: nothing is copied, and a command that reads nothing and leaves something running holds up nobody.
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/c", $"({command}) < \"%{InputVariable}%\""])
            : new ProcessStartInfo("/bin/sh", ["-c", $"exec /bin/sh -c \"$0\" < \"${InputVariable}\"", command]);
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.Environment[InputVariable] = input;
        using var process = Process.Start(start)!;
        var complaint = new StandardError(process.StandardError, session.Surroundings.Error);
        await process.WaitForExitAsync(CancellationToken.None);
        // What the command left running may hold its standard error for ever.
        await Task.WhenAny(complaint.Ended, Task.Delay(s_errorTimeMax, session.Surroundings.Time, CancellationToken.None));
        if (process.ExitCode == 0)
            return null;
        var how = string.Create(CultureInfo.InvariantCulture, $"the command ended with {process.ExitCode}");
        return complaint.LastLine is { } last ? $"{how}: {last}" : how;
    }
}
