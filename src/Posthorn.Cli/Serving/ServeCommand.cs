using System.CommandLine;
using Posthorn.Cli.Terminal;
using Posthorn.Server;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Logging;

namespace Posthorn.Cli.Serving;

/// <summary><c>posthorn serve</c>: the whole server in this process, until a signal ends it.</summary>
internal static class ServeCommand
{
    public static Command Build(Surroundings surroundings)
    {
        var config = new Option<string?>("--config", "-c") { Description = "The configuration; without it the defaults", HelpName = "FILE" };
        var data = new Option<string?>("--data", "-d") { Description = "The folder for everything that is kept [./data]", HelpName = "FOLDER" };
        var log = OptionKinds.Word<LogFormat>("--log", "How log lines look");
        var command = new Command("serve", "Run the server; it says 'ready' when it is") { config, data, log };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(surroundings, parsed.GetValue(config), parsed.GetValue(data), parsed.GetValue(log), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Surroundings surroundings, string? file, string? data, LogFormat? format, CancellationToken cancellationToken)
    {
        var config = ConfigLoader.Load(file, ConfigLoader.ProcessEnvironment(), data);
        if (format is { } given)
            config = config with { Options = config.Options with { Log = config.Options.Log with { Format = given } } };
        using var signals = new EndSignals(surroundings.Error, surroundings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(signals.Ended, cancellationToken);
        using var logs = new LineLoggerProvider(config.Options.Log, surroundings.Error, surroundings.Time);
        using var files = DataFolder.Open(config.Options.Data);
        try
        {
            var engine = await ChosenEngine.OpenAsync(config.Options, files, surroundings.Time, either.Token, new StartLog(logs.CreateLogger("Posthorn.Start")));
            await using var server = await PosthornServer.StartAsync(config, engine, surroundings.Time, logs, cancellationToken: either.Token);
            foreach (var listener in server.Listeners)
                surroundings.Out.WriteLine($"listening {listener}");
            surroundings.Out.WriteLine("ready");
            await WaitAsync(either.Token);
            await server.StopAsync(CancellationToken.None);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Told to end while it was still starting: there is nothing to drain.
        }
        return ExitCode.Ok;
    }

    private static async Task WaitAsync(CancellationToken end)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (end.Register(ended.SetResult))
            await ended.Task;
    }
}
