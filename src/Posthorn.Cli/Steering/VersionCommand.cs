using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;

namespace Posthorn.Cli.Steering;

/// <summary><c>posthorn version</c></summary>
internal static class VersionCommand
{
    public static Command Build(Surroundings surroundings, ServerOptions server)
    {
        var command = new Command("version", "The program's version");
        command.SetAction(parsed =>
        {
            var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            if (server.IsJson(parsed))
                JsonAnswer.Write(surroundings.Out, new JsonObject { ["version"] = version }, j => j.JsonObject);
            else
                surroundings.Out.WriteLine(version);
            return ExitCode.Ok;
        });
        return command;
    }
}
