using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Posthorn.PostgreSql.Tests;

/// <summary>An s3rver of the tests' own on a free port, in a folder that goes with it. It ends with the tests' process.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly SemaphoreSlim s_starting = new(1, 1); // guards the shared one
    private static S3Server? s_shared;

    private readonly string _folder;
    private readonly FolderGuard _guard;

    private S3Server(string folder, int port)
    {
        (_folder, Port) = (folder, port);
        _guard = FolderGuard.Of(folder, PidFile, "KILL");
    }

    public int Port { get; }

    /// <summary>The sizes of the objects of all buckets, as they are on the disk.</summary>
    public IReadOnlyList<long> Objects() => [.. Directory.GetFiles(Path.Combine(_folder, "data"), "*_object", SearchOption.AllDirectories).Select(file => new FileInfo(file)).Where(file => file.Exists).Select(file => file.Length)];

    private string PidFile => Path.Combine(_folder, "pid");

    /// <summary>The one that tests use which do it no harm.</summary>
    public static async Task<S3Server> SharedAsync()
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

    public static async Task<S3Server> StartAsync()
    {
        var parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var folder = Path.Combine(parent, $"posthorn-s3-{Guid.NewGuid():n}");
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        var server = new S3Server(folder, FreePort());
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>The address of the bucket <c>bodies</c>, which is there.</summary>
    public string Address(string bucket = "bodies", string prefix = "", string keys = "access-key=S3RVER&secret-key=S3RVER", int? port = null) =>
        $"s3://{bucket}/{prefix}?endpoint=http://127.0.0.1:{port ?? Port}&region=us-east-1&{keys}&timeout=10&retries=1";

    /// <summary>Starts it after it was stopped.</summary>
    public async Task StartAgainAsync()
    {
        var program = Path.Combine(Tools(), "node_modules", "s3rver", "bin", "s3rver.js");
        if (!File.Exists(program))
            throw new FileNotFoundException("s3rver is not installed: npm ci --prefix .build/tools, as ./test does.", program);
        await FolderGuard.RunAsync(
            Patience, "bash", "-c", "setsid --fork bash -c 'echo $$ >\"$1\"; exec node \"$2\" -s -d \"$3\" -a 127.0.0.1 -p \"$4\" --no-vhost-buckets --configure-bucket bodies' s3 \"$@\"", "s3",
            PidFile, program, Path.Combine(_folder, "data"), $"{Port}");
        using var end = new CancellationTokenSource(Patience);
        while (!await IsServedAsync())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, end.Token);
    }

    /// <summary>Ends it as a crash does; what it has stays.</summary>
    public async Task StopAsync()
    {
        using var process = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(PidFile), null));
        process.Kill();
        await process.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => _guard.DisposeAsync();

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task<bool> IsServedAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Tools()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Posthorn.slnx")))
                return Path.Combine(folder, ".build", "tools");
        }
        throw new DirectoryNotFoundException($"No Posthorn.slnx above {AppContext.BaseDirectory}.");
    }
}
