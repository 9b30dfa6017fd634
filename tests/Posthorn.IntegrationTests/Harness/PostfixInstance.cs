using System.Globalization;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>
/// A real Postfix of its own: configuration, queue and log in a throw-away folder, on a free port, nothing shared with one that
/// the machine may run. It changes nothing in a mail but for its Received line.
/// </summary>
internal sealed class PostfixInstance : IAsyncDisposable
{
    private const string Services = """
        127.0.0.1:{port} inet n - n - - smtpd
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        error unix - - n - - error
        retry unix - - n - - error
        discard unix - - n - - discard
        showq unix n - n - - showq
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        postlog unix-dgram n - n - 1 postlogd

        """;

    private readonly TemporaryFolder _folder;

    private PostfixInstance(TemporaryFolder folder, int port)
    {
        (_folder, Port) = (folder, port);
    }

    public int Port { get; }

    public string Log => File.Exists(_folder["maillog"]) ? File.ReadAllText(_folder["maillog"]) : "";

    private string Configuration => _folder["conf"];

    /// <summary>Starts one that hands everything to a port of this machine; <paramref name="settings"/> are lines of main.cf.</summary>
    public static async Task<PostfixInstance> StartAsync(int relayPort, string settings = "")
    {
        if (Environment.UserName != "root")
            throw new InvalidOperationException("Postfix starts as root only: run ./test as root.");
        var folder = new TemporaryFolder();
        var postfix = new PostfixInstance(folder, FreePort.Take());
        try
        {
            postfix.Configure(relayPort, settings);
            var started = await ChildProcess.RunAsync("/usr/sbin/postfix", ["-c", postfix.Configuration, "start"]);
            if (started.ExitCode != 0)
                throw new InvalidOperationException($"Postfix did not start: {started}\n{postfix.Log}");
            await Until.TrueAsync(() => FreePort.IsServedAsync(postfix.Port), "Postfix listens");
            return postfix;
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether nothing waits in its queues.</summary>
    public async Task<bool> IsEmptyAsync()
    {
        var queue = await ChildProcess.RunAsync("/usr/sbin/postqueue", ["-c", Configuration, "-p"]);
        return queue.Output.Contains("Mail queue is empty", StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(Configuration))
        {
            await ChildProcess.RunAsync("/usr/sbin/postfix", ["-c", Configuration, "stop"]);
            await Until.TrueAsync(async () => !await IsRunningAsync(), "Postfix has ended");
        }
        _folder.Dispose();
    }

    private async Task<bool> IsRunningAsync() => (await ChildProcess.RunAsync("/usr/sbin/postfix", ["-c", Configuration, "status"])).ExitCode == 0;

    private void Configure(int relayPort, string settings)
    {
        foreach (var name in new[] { "conf", "queue", "data" })
            Directory.CreateDirectory(_folder[name]);
        File.WriteAllText(Path.Combine(Configuration, "master.cf"), Services.Replace("{port}", Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(Configuration, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {_folder["queue"]}
            data_directory = {_folder["data"]}
            maillog_file = {_folder["maillog"]}
            maillog_file_prefixes = {_folder.Path}
            myhostname = postfix.test
            mydestination =
            mynetworks = 127.0.0.0/8
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            alias_maps =
            alias_database =
            local_recipient_maps =
            relayhost = [127.0.0.1]:{relayPort}
            smtpd_relay_restrictions = permit_mynetworks, reject
            # A mail passes as it is: no missing header is added, none removed, no line or header is cut, no 8-bit text converted.
            local_header_rewrite_clients =
            message_drop_headers =
            smtp_line_length_limit = 0
            header_size_limit = 10240000
            disable_mime_output_conversion = yes
            message_size_limit = 0
            mailbox_size_limit = 0
            # Retries within a test's patience.
            minimal_backoff_time = 1s
            maximal_backoff_time = 2s
            queue_run_delay = 1s
            {settings}

            """);
        var owned = ChildProcess.RunAsync("chown", ["postfix", _folder["data"]]).GetAwaiter().GetResult();
        if (owned.ExitCode != 0)
            throw new InvalidOperationException($"The user 'postfix' is missing: {owned}");
    }
}
