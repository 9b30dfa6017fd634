using System.CommandLine;
using System.Reflection;
using Posthorn.Cli.Terminal;

namespace Posthorn.Cli.Steering;

/// <summary><c>posthorn version</c></summary>
internal static class VersionCommand
{
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("version", "The program's version");
        command.SetAction(_ =>
        {
            surroundings.Out.WriteLine(
                typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");
            return ExitCode.Ok;
        });
        return command;
    }
}
