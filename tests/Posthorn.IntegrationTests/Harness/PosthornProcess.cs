using System.Net;
using Posthorn.Client;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>
/// The real program, started as a user does: <c>./posthorn serve --config … --data …</c>, on free ports. It can be ended, killed and
/// started again on the same data; folder and process are gone after the test.
/// </summary>
internal sealed class PosthornProcess : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, IPEndPoint> _listeners = new(StringComparer.Ordinal);
    private ChildProcess? _process;
    private PosthornClient? _client;

    private PosthornProcess(string config, string? data)
    {
        DataFolder = data ?? _folder["data"];
        ConfigFile = _folder["posthorn.yaml"];
        Configure(config);
    }

    public string DataFolder { get; }

    public string ConfigFile { get; }

    public ChildProcess Process => _process ?? throw new InvalidOperationException("Not started.");

    public IPEndPoint Smtp => Listener("smtp");

    public Uri Http => new($"http://{Listener("http")}");

    /// <summary>What authorizes the client and the commands; null where anybody may.</summary>
    public string? Token { get; set; }

    /// <summary>The product's own client, speaking to this server.</summary>
    public PosthornClient Client => _client ??= PosthornClient.Connect(Http, Token);

    /// <summary>Starts on a configuration; <c>hostname</c> and <c>listen</c> are put in front of it unless it says them.</summary>
    public static async Task<PosthornProcess> StartAsync(string config = "", string? data = null)
    {
        var server = new PosthornProcess(config, data);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <c>serve</c> on a configuration that it is to refuse, to its end.</summary>
    public static async Task<CommandResult> RefuseAsync(string config, string? data = null)
    {
        await using var server = new PosthornProcess(config, data);
        return await ChildProcess.RunAsync(Repository.Program, server.Arguments);
    }

    /// <summary>Writes another configuration, for the next start.</summary>
    public void Configure(string config)
    {
        var text = config;
        if (!config.Contains("listen:", StringComparison.Ordinal))
            text = "listen: { smtp: 127.0.0.1:0, pop3: 127.0.0.1:0, imap: 127.0.0.1:0, http: 127.0.0.1:0 }\n" + text;
        if (!config.Contains("hostname:", StringComparison.Ordinal))
            text = "hostname: posthorn.test\n" + text;
        File.WriteAllText(ConfigFile, text);
    }

    public async Task StartAgainAsync()
    {
        _client = null;
        _listeners.Clear();
        if (_process is not null)
            await _process.DisposeAsync();
        var process = _process = ChildProcess.Start(Repository.Program, Arguments);
        await Until.TrueAsync(() => process.HasExited || process.OutputLines.Contains("ready"), "posthorn serve says 'ready'");
        if (!process.OutputLines.Contains("ready"))
        {
            var code = await process.WaitForExitAsync(TimeSpan.FromSeconds(5));
            throw new InvalidOperationException($"posthorn serve ended with {code} before it was ready:\n{process.Output}\n{process.Error}");
        }
        foreach (var line in process.OutputLines.Where(l => l.StartsWith("listening ", StringComparison.Ordinal)))
        {
            var words = line.Split(' ');
            _listeners[words[1]] = IPEndPoint.Parse(words[2]);
        }
    }

    public IPEndPoint Listener(string door) => _listeners.TryGetValue(door, out var endpoint)
        ? endpoint
        : throw new InvalidOperationException($"No listener '{door}' among: {Process.Output}");

    /// <summary>Up to 1,000 messages of a queue that may not be there yet, or of all queues.</summary>
    public Task<IReadOnlyList<MessageInfo>> MessagesAsync(string? queue = null) =>
        MessagesAsync(new MessageQuery { Queues = queue is null ? null : [queue] });

    public async Task<IReadOnlyList<MessageInfo>> MessagesAsync(MessageQuery query)
    {
        try
        {
            return (await Client.ListMessagesAsync(query, limit: 1000)).Messages;
        }
        catch (PosthornNotFoundException)
        {
            return []; // queues are made when their first message comes
        }
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync(TimeSpan? within = null)
    {
        Process.Signal(ChildProcess.Terminate);
        return await Process.WaitForExitAsync(within ?? TimeSpan.FromSeconds(30));
    }

    /// <summary><c>kill -9</c>.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Runs a command of the program against this server.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) =>
        ChildProcess.RunAsync(Repository.Program, [.. arguments, "--server", Http.ToString()], environment: TokenEnvironment);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    private Dictionary<string, string> TokenEnvironment => new(StringComparer.Ordinal) { ["POSTHORN_TOKEN"] = Token ?? "" };

    private string[] Arguments => ["serve", "--config", ConfigFile, "--data", DataFolder];
}
