using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A PostgreSQL of the tests' own, on a free port, in a folder that goes with it.</summary>
/// <remarks>Syncs are on. The folder is in memory where there is such a place: what is tested here is not the disk.</remarks>
internal sealed class DatabaseServer : IAsyncDisposable
{
    private const string Programs = "/usr/lib/postgresql/15/bin/";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly SemaphoreSlim s_starting = new(1, 1); // guards the shared one
    private static DatabaseServer? s_shared;
    private readonly string _folder;
    private readonly int _port;
    private static int s_schemas;

    private DatabaseServer(string folder, int port) => (_folder, _port) = (folder, port);

    /// <summary>The one that all tests use which do it no harm; it ends with the process.</summary>
    public static async Task<DatabaseServer> SharedAsync()
    {
        await s_starting.WaitAsync();
        try
        {
            return s_shared ??= await StartAsync();
        }
        finally
        {
            s_starting.Release();
        }
    }

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres;Maximum Pool Size=20;Timeout=10";

    /// <summary>The connection string with other settings.</summary>
    public string With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString);
        change(settings);
        return settings.ConnectionString;
    }

    public int Port => _port;

    /// <summary>A schema that nobody else uses.</summary>
    public static string NewSchema() => $"posthorn_{Environment.ProcessId}_{Interlocked.Increment(ref s_schemas)}";

    /// <summary>Starts one.</summary>
    public static async Task<DatabaseServer> StartAsync()
    {
        var parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var folder = Path.Combine(parent, $"posthorn-pg-{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder);
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", folder);
        var server = new DatabaseServer(folder, FreePort());
        await AsPostgresAsync(Programs + "initdb", "-D", server.Data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await AsPostgresAsync("/bin/sh", "-c", $"printf 'host all secretive all scram-sha-256\\nhost all all all trust\\nlocal all all trust\\n' > {server.Data}/pg_hba.conf");
        await server.StartAgainAsync();
        await GuardAsync(Path.Combine(server.Data, "postmaster.pid"), "QUIT", folder);
        return server;
    }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Starts it after it was stopped.</summary>
    public Task StartAgainAsync() => AsPostgresAsync(
        Programs + "pg_ctl", "-D", Data, "-l", Path.Combine(_folder, "log"), "-w", "-t", "60", "-o",
        $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder} -c max_connections=200 -c shared_buffers=64MB -c deadlock_timeout=200ms", "start");

    /// <summary>Stops it: <c>fast</c> in order, <c>immediate</c> as a crash does.</summary>
    public Task StopAsync(string mode) => AsPostgresAsync(Programs + "pg_ctl", "-D", Data, "-w", "-m", mode, "stop");

    /// <summary>Runs a statement beside the engine.</summary>
    public async Task<object?> AskAsync(string text)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(text, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync("immediate");
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Ends a process and removes its folder when the tests' own process has gone, however it went.</summary>
    /// <param name="pidFile">Its first line is the process's id.</param>
    /// <param name="signal">What ends it.</param>
    /// <param name="folder">The folder.</param>
    public static Task GuardAsync(string pidFile, string signal, string folder) => RunAsync(
        "/bin/sh", "-c",
        $"(while kill -0 {Environment.ProcessId} 2>/dev/null; do sleep 1; done; test -e {pidFile} && kill -{signal} $(head -n 1 {pidFile}); sleep 1; rm -rf {folder}) &");

    /// <summary>A port that is free now.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Runs a program as the server's user, which is not root.</summary>
    public static Task AsPostgresAsync(string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess ? RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments]) : RunAsync(program, arguments);

    /// <summary>Runs a program to its end.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        // No pipe: the server would hold it open.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        foreach (var argument in (string[])["-c", "exec \"$0\" \"$@\" >/dev/null 2>&1 </dev/null", program, .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
