using System.CommandLine;
using Posthorn.Cli.Serving;
using Posthorn.Cli.Terminal;
using Posthorn.Server;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Logging;

namespace Posthorn.Cli.Demo;

/// <summary>
/// <c>posthorn demo</c>: a server in a throw-away folder and a mail server of its own to deliver to; sends a mail, a message and a failing mail,
/// and tells the life of each. Ends by itself; exit code 0 only when everything went as told.
/// </summary>
internal static class DemoCommand
{
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("demo", "See it work: one terminal, no other software, nothing left behind");
        command.SetAction((_, cancellationToken) => RunAsync(surroundings, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Surroundings surroundings, CancellationToken cancellationToken)
    {
        using var signals = new EndSignals(surroundings.Error, surroundings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(signals.Ended, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("posthorn-demo-").FullName;
        try
        {
            await using var sink = MailSink.Start();
            var config = ConfigLoader.LoadText(Configuration(folder, sink), "the demo");
            using var logs = new LineLoggerProvider(config.Options.Log, TextWriter.Null, surroundings.Time);
            using var files = DataFolder.Open(folder);
            var engine = await DataFolder.OpenEngineAsync(files, folder, surroundings.Time, either.Token);
            await using var server = await PosthornServer.StartAsync(config, engine, surroundings.Time, logs, cancellationToken: either.Token);
            var story = new DemoStory(surroundings, sink, server.Listeners);
            await story.TellAsync(either.Token);
            return story.HasGoneWell ? ExitCode.Ok : ExitCode.Failure;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A configuration like anyone's, but for free ports, a relay that is the sink, and a schedule for impatient people.</summary>
    private static string Configuration(string folder, MailSink sink) => $"""
        data: "{folder}"
        hostname: posthorn.demo.test
        listen: {"{"} smtp: "127.0.0.1:0", http: "127.0.0.1:0", pop3: "off", imap: "off" {"}"}
        smtp: {"{"} relay-networks: ["127.0.0.0/8"] {"}"}
        addresses:
          orders@shop.test: orders
          ann@shop.test: ann
        outgoing:
          relay: "{sink.EndPoint}"
          schedule: 1s, 2s, 4s
        """;
}
