using System.CommandLine;
using Posthorn.Cli.Terminal;
using Posthorn.Client;

namespace Posthorn.Cli.Connection;

/// <summary>The options that every command has: which server, and whether to answer in JSON.</summary>
internal sealed class ServerOptions(Surroundings surroundings)
{
    public const string StandardServer = "http://127.0.0.1:9324";

    private readonly Option<string?> _server = new("--server")
    {
        Description = $"The server's address [{StandardServer}, or POSTHORN_SERVER]; POSTHORN_TOKEN holds name:password",
        HelpName = "URL",
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Answer in JSON, for programs", Recursive = true };

    public void AddTo(Command root)
    {
        root.Options.Add(_server);
        root.Options.Add(_json);
    }

    /// <summary>Gives a command what it does: it gets a session with the server.</summary>
    public Command Does(Command command, Func<ParseResult, Session, CancellationToken, Task<int>> action)
    {
        command.SetAction((parsed, cancellationToken) => action(parsed, Open(parsed), cancellationToken));
        return command;
    }

    /// <summary>Whether a command that needs no server is to answer in JSON.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    private Session Open(ParseResult parsed)
    {
        var text = parsed.GetValue(_server) ?? surroundings.Environment("POSTHORN_SERVER") ?? StandardServer;
        if (!text.Contains("://", StringComparison.Ordinal))
            text = "http://" + text;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var server) || (server.Scheme != "http" && server.Scheme != "https"))
            throw new UsageException($"--server: '{text}' is no address such as {StandardServer}.");
        return new Session(PosthornClient.Connect(server, surroundings.Environment("POSTHORN_TOKEN")), surroundings, parsed.GetValue(_json));
    }
}
