using System.Diagnostics;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Ends a server and removes its folder when it is disposed of, or when the tests' own process has gone, however it went.</summary>
/// <remarks>
/// A shell of its own session that reads from a pipe of which the tests' process holds the other end: the system closes that with the process, whoever
/// killed it. It holds nothing else open that it did not open itself.
/// </remarks>
internal sealed class FolderGuard : IAsyncDisposable
{
    // What was inherited (a caller's lock, the pipes of a test runner) would be held for as long as the server lives.
    private const string CloseInherited = "for fd in /proc/$$/fd/*; do fd=${fd##*/}; [ \"$fd\" -gt 2 ] && eval \"exec $fd>&-\" 2>/dev/null; done; ";

    // A server that is just being started writes its id a moment later.
    private const string Guard = CloseInherited + """
        exec >/dev/null 2>&1; cat
        for i in $(seq 50); do
            if pid=$(head -n 1 "$1") && kill -"$2" "$pid"; then had=1; elif [ "$had" ] || [ $i -gt 10 ]; then break; fi
            sleep 0.1
        done
        umount -l "$3"/* 2>/dev/null
        rm -rf "$3"
        """;

    private readonly Process _shell;
    private readonly string _folder;

    private FolderGuard(Process shell, string folder) => (_shell, _folder) = (shell, folder);

    /// <summary>Begins to guard.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pidFile">A file in it whose first line is, while the server runs, its process's id.</param>
    /// <param name="signal">What ends it at once.</param>
    public static FolderGuard Of(string folder, string pidFile, string signal)
    {
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = "/", RedirectStandardInput = true, UseShellExecute = false };
        foreach (var argument in (string[])["--fork", "bash", "-c", Guard, "guard", pidFile, signal, folder])
            start.ArgumentList.Add(argument);
        return new FolderGuard(Process.Start(start)!, folder);
    }

    /// <summary>Runs a program to its end; whatever it leaves running holds nothing of this process.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task RunAsync(TimeSpan patience, string program, params string[] arguments)
    {
        // No pipe: the server would hold it open.
        var start = new ProcessStartInfo("bash") { WorkingDirectory = "/" };
        foreach (var argument in (string[])["-c", CloseInherited + "exec \"$0\" \"$@\" >/dev/null 2>&1 </dev/null", program, .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        using var end = new CancellationTokenSource(patience);
        await process.WaitForExitAsync(end.Token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    /// <summary>Ends it now; waits until the folder is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        _shell.Dispose();
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Directory.Exists(_folder))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, end.Token);
    }
}
