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
    private static int s_schemas;
    private readonly string _folder;
    private readonly int _port;
    private readonly FolderGuard _guard;

    private DatabaseServer(string folder, int port)
    {
        (_folder, _port) = (folder, port);
        _guard = FolderGuard.Of(folder, Path.Combine(Data, "postmaster.pid"), "QUIT");
    }

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
    /// <param name="isSmall">Whether all of it is on a file system of 128 MB, half of which it needs for itself.</param>
    public static async Task<DatabaseServer> StartAsync(bool isSmall = false)
    {
        var server = await PlacedAsync(FreePort());
        if (isSmall)
            await server.MountAsync(server.Data, "128m");
        await AsPostgresAsync(Programs + "initdb", "-D", server.Data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await AsPostgresAsync("/bin/sh", "-c", $"printf 'host all secretive all scram-sha-256\\nhost all all all trust\\nlocal all all trust\\nhost replication all all trust\\n' > {server.Data}/pg_hba.conf");
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts a standby of this one, which follows it from now on.</summary>
    /// <param name="port">Where it listens.</param>
    public async Task<DatabaseServer> StartStandbyAsync(int port)
    {
        var standby = await PlacedAsync(port);
        await AsPostgresAsync(Programs + "pg_basebackup", "-D", standby.Data, "-h", "127.0.0.1", "-p", $"{_port}", "-U", "postgres", "-c", "fast", "-X", "stream", "-R", "--no-sync");
        await standby.StartAgainAsync();
        return standby;
    }

    /// <summary>Makes a standby the primary.</summary>
    public Task PromoteAsync() => AsPostgresAsync(Programs + "pg_ctl", "-D", Data, "-w", "promote");

    private static async Task<DatabaseServer> PlacedAsync(int port)
    {
        var parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var folder = Path.Combine(parent, $"posthorn-pg-{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder);
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", folder);
        return new DatabaseServer(folder, port);
    }

    /// <summary>The folder of a small file system.</summary>
    public string Small => Path.Combine(Mounted, "tables");

    private string Mounted => Path.Combine(_folder, "small");

    /// <summary>Mounts a file system of 48 MB.</summary>
    /// <returns>A file in it that takes 8 MB, to be deleted when room is needed.</returns>
    public async Task<string> MountSmallAsync()
    {
        await MountAsync(Mounted, "48m");
        Directory.CreateDirectory(Small); // the server wants an empty one
        await RunAsync("chown", "postgres", Small);
        var reserve = Path.Combine(Mounted, "reserve");
        await File.WriteAllBytesAsync(reserve, new byte[8 << 20]);
        return reserve;
    }

    /// <summary>Gives a server that is on a small file system all the room it wants.</summary>
    public Task GrowSmallAsync() => RunAsync("mount", "-o", "remount,size=1g", Data);

    private async Task MountAsync(string folder, string size)
    {
        Directory.CreateDirectory(folder);
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size},mode=700", "posthorn-small", folder);
        await RunAsync("chown", "postgres", folder);
    }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Starts it after it was stopped.</summary>
    public Task StartAgainAsync() => AsPostgresAsync(
        Programs + "pg_ctl", "-D", Data, "-l", Path.Combine(_folder, "log"), "-w", "-t", "60", "-o",
        $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder} -c max_connections=200 -c shared_buffers=64MB -c dynamic_shared_memory_type=mmap -c deadlock_timeout=200ms", "start");

    /// <summary>Stops it: <c>fast</c> in order, <c>immediate</c> as a crash does.</summary>
    public Task StopAsync(string mode) => AsPostgresAsync(Programs + "pg_ctl", "-D", Data, "-w", "-m", mode, "stop");

    /// <summary>Stops it as a crash does, if it has not stopped by itself.</summary>
    public Task CrashAsync() => AsPostgresAsync("/bin/sh", "-c", $"{Programs}pg_ctl -D {Data} -w -m immediate stop || ! {Programs}pg_ctl -D {Data} status");

    /// <summary>Runs a statement beside the engine.</summary>
    public async Task<object?> AskAsync(string text)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(text, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Ends it as a crash does, and removes its folder.</summary>
    public ValueTask DisposeAsync() => _guard.DisposeAsync();

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
    public static Task RunAsync(string program, params string[] arguments) => FolderGuard.RunAsync(Patience, program, arguments);
}
