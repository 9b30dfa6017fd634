using System.CommandLine;
using Posthorn.Cli.Terminal;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Cli.Serving;

/// <summary><c>posthorn config check</c></summary>
internal static class ConfigCommands
{
    public static Command Build(Surroundings surroundings)
    {
        var config = new Option<string?>("--config", "-c") { Description = "The configuration; without it the defaults and the environment", HelpName = "FILE" };
        var check = new Command("check", "Read the configuration as 'serve' would, and show what is set and where") { config };
        check.SetAction(parsed =>
        {
            var loaded = ConfigLoader.Load(parsed.GetValue(config), ConfigLoader.ProcessEnvironment());
            surroundings.Out.Write(loaded.Effective);
            foreach (var warning in loaded.Warnings)
                surroundings.Error.WriteLine($"warning: {warning}");
            surroundings.Out.WriteLine("The configuration is valid.");
            return ExitCode.Ok;
        });
        return new Command("config", "The configuration") { check };
    }
}
