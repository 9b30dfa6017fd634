using System.Net;
using System.Net.Sockets;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A pgbouncer in transaction mode before the shared server: no session outlives a transaction.</summary>
internal sealed class Pooler
{
    private static readonly SemaphoreSlim s_starting = new(1, 1); // guards the shared one
    private static Pooler? s_shared;
    private readonly int _port;
    private readonly FolderGuard _guard; // to the end of the tests' process

    private Pooler(int port, FolderGuard guard) => (_port, _guard) = (port, guard);

    public static async Task<Pooler> SharedAsync()
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

    /// <summary>What a node behind it is told: no prepared statements (it is older than 1.21), and a way around for the listener.</summary>
    public async Task<PostgresOptions> OptionsAsync(string schema)
    {
        var server = await DatabaseServer.SharedAsync();
        return new PostgresOptions
        {
            ConnectionString = server.With(s => (s.Port, s.MaxAutoPrepare, s.SslMode) = (_port, 0, Npgsql.SslMode.Disable)), ListenConnectionString = server.ConnectionString, Schema = schema,
        };
    }

    /// <summary>It goes into the background before it listens.</summary>
    private static async Task ListensAsync(int port)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
            }
        }
    }

    private static async Task<Pooler> StartAsync()
    {
        var server = await DatabaseServer.SharedAsync();
        var folder = Path.Combine(Path.GetTempPath(), $"posthorn-pool-{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder);
        var guard = FolderGuard.Of(folder, Path.Combine(folder, "pid"), "KILL");
        var port = DatabaseServer.FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder, "users.txt"), "\"postgres\" \"\"\n");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "pgbouncer.ini"),
            $"""
            [databases]
            * = host=127.0.0.1 port={server.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {folder}/users.txt
            pool_mode = transaction
            default_pool_size = 10
            max_client_conn = 300
            pidfile = {folder}/pid
            logfile = {folder}/log
            ignore_startup_parameters = extra_float_digits

            """);
        if (Environment.IsPrivilegedProcess)
            await DatabaseServer.RunAsync("chown", "-R", "postgres", folder);
        await DatabaseServer.AsPostgresAsync("/usr/sbin/pgbouncer", "-d", "-q", Path.Combine(folder, "pgbouncer.ini"));
        await ListensAsync(port);
        return new Pooler(port, guard);
    }
}
