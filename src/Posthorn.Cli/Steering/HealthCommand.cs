using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts;

namespace Posthorn.Cli.Steering;

/// <summary><c>posthorn health</c>: exit code 0 only when the server serves fully.</summary>
internal static class HealthCommand
{
    public static Command Build(ServerOptions server) => server.Does(new Command("health", "How the server is"), async (_, session, cancellationToken) =>
    {
        var info = await session.Client.GetServerAsync(cancellationToken);
        if (!session.AnswersJson(info, j => j.ServerInfo))
        {
            new Facts()
                .Add("server", $"{info.Hostname}, Posthorn {info.Version}")
                .Add("node", info.IsDraining ? $"{info.Node}, draining" : info.Node)
                .Add("running", $"{Readable.Age(info.StartedAt, session.Now)}, since {Readable.Moment(info.StartedAt)}")
                .Add("engine", Readable.Word(info.Engine))
                .Add("reason", info.Reason)
                .Add("free space", Readable.Size(info.FreeBytes))
                .Add("holds", $"{Readable.Count(info.Messages, "message")} in {Readable.Count(info.Queues, "queue")}")
                .Write(session.Out);
        }
        return info is { Engine: EngineState.Serving, IsDraining: false } ? ExitCode.Ok : ExitCode.Failure;
    });
}
