using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Net;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Journal;
using Posthorn.Cli.Messages;
using Posthorn.Cli.Migrating;
using Posthorn.Cli.Demo;
using Posthorn.Cli.Queues;
using Posthorn.Cli.Receiving;
using Posthorn.Cli.Sending;
using Posthorn.Cli.Serving;
using Posthorn.Cli.Steering;
using Posthorn.Cli.Terminal;
using Posthorn.Cli.Webhooks;
using Posthorn.Client;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Cli;

/// <summary>The program <c>posthorn</c>: takes the command line apart, runs one command, and turns what went wrong into a line and an exit code.</summary>
internal static class PosthornProgram
{
    public static async Task<int> RunAsync(string[] args, Surroundings surroundings, CancellationToken cancellationToken = default)
    {
        var root = Build(surroundings);
        // Not bundled: '-yes' would be '-y' and a queue named 'es'.
        var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false });
        var configuration = new InvocationConfiguration
        {
            Output = surroundings.Out,
            Error = surroundings.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // commands that must end orderly see to signals themselves
        };
        if (parsed.Errors.Count > 0)
            return Usage(surroundings, parsed, parsed.Errors.Select(e => e.Message));
        if (StrayOption(parsed) is { } stray)
            return Usage(surroundings, parsed, [$"'{stray}' is no option here. If it is meant as it stands, put '--' before it."]);
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Failure;
        }
        catch (Exception e)
        {
            return Fail(surroundings, e);
        }
    }

    /// <summary>Says what went wrong.</summary>
    /// <returns>The exit code of that kind of failure.</returns>
    private static int Fail(Surroundings surroundings, Exception exception)
    {
        switch (exception)
        {
            case ConfigException e:
                surroundings.Fail(e.Errors.Count == 1 ? "The configuration is refused:" : $"The configuration is refused, for {e.Errors.Count} reasons:");
                foreach (var error in e.Errors)
                    surroundings.Error.WriteLine("  " + error);
                return ExitCode.Failure;
            case UsageException or PosthornException { Status: HttpStatusCode.BadRequest }:
                surroundings.Fail(exception.Message);
                return ExitCode.Usage;
            case PosthornNotFoundException:
                surroundings.Fail(exception.Message);
                return ExitCode.NotFound;
            case PosthornRefusedException:
                surroundings.Fail(exception.Message);
                return ExitCode.Refused;
            case PosthornUnavailableException { InnerException: not null }:
                surroundings.Fail(exception.Message);
                surroundings.Error.WriteLine("Is a server running there? Start one with 'posthorn serve', or name another with --server or POSTHORN_SERVER.");
                return ExitCode.Failure;
            case StartException or PosthornException or IOException or UnauthorizedAccessException:
                surroundings.Fail(exception.Message);
                return ExitCode.Failure;
            default:
                surroundings.Fail($"This should not have happened; please report it with these lines.{Environment.NewLine}{exception}");
                return ExitCode.Failure;
        }
    }

    private static Command Build(Surroundings surroundings)
    {
        var server = new ServerOptions(surroundings);
        // No RootCommand: that one takes its name from the file that happens to be executed.
        var root = new Command("posthorn", "Posthorn: a durable message queue that speaks mail.");
        root.Options.Add(new HelpOption());
        server.AddTo(root);
        root.Subcommands.Add(ServeCommand.Build(surroundings));
        root.Subcommands.Add(DemoCommand.Build(surroundings));
        root.Subcommands.Add(ConfigCommands.Build(surroundings, server));
        root.Subcommands.Add(JournalCommands.Build(surroundings, server));
        root.Subcommands.Add(MigrateCommand.Build(surroundings, server));
        root.Subcommands.Add(SendCommand.Build(server));
        root.Subcommands.Add(ReceiveCommand.Build(server));
        root.Subcommands.Add(QueueCommands.Build(server));
        root.Subcommands.Add(MessageCommands.Build(server));
        root.Subcommands.Add(TraceCommand.Build(server));
        root.Subcommands.Add(DestinationCommands.Build(server));
        root.Subcommands.Add(NodeCommands.Build(server));
        root.Subcommands.Add(WebhookCommands.Build(server));
        root.Subcommands.Add(OrderCommands.Build(server));
        root.Subcommands.Add(TaskCommands.Build(server));
        root.Subcommands.Add(HealthCommand.Build(server));
        root.Subcommands.Add(VersionCommand.Build(surroundings, server));
        return root;
    }

    /// <summary>A misspelt option where a name may stand would be taken for the name: 'queue list --jsn' for a queue's prefix.</summary>
    private static string? StrayOption(ParseResult parsed) =>
        parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash) ? null
            : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value).FirstOrDefault(v => v.Length > 1 && v[0] == '-');

    private static int Usage(Surroundings surroundings, ParseResult parsed, IEnumerable<string> errors)
    {
        // After a word that is no command, that a command is missing too says nothing more.
        if (parsed.UnmatchedTokens.Count > 0 && parsed.CommandResult.Command.Subcommands.Count > 0)
            errors = [$"'{parsed.UnmatchedTokens[0]}' is no command."];
        foreach (var error in errors)
            surroundings.Fail(error);
        var names = new List<string>();
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as CommandResult)
            names.Insert(0, command.Command.Name);
        surroundings.Error.WriteLine($"'{string.Join(' ', names)} --help' shows what there is.");
        return ExitCode.Usage;
    }
}
