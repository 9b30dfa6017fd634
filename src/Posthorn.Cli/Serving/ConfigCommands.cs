using System.CommandLine;
using System.Text.Json.Nodes;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Cli.Serving;

/// <summary><c>posthorn config check</c></summary>
internal static class ConfigCommands
{
    public static Command Build(Surroundings surroundings, ServerOptions server)
    {
        var config = new Option<string?>("--config", "-c") { Description = "The configuration; without it the defaults and the environment", HelpName = "FILE" };
        var check = new Command("check", "Read the configuration as 'serve' would, and show what is set and where") { config };
        check.SetAction(parsed =>
        {
            var loaded = ConfigLoader.Load(parsed.GetValue(config), ConfigLoader.ProcessEnvironment());
            if (server.IsJson(parsed))
            {
                JsonAnswer.Write(surroundings.Out, ToJson(loaded), j => j.JsonObject);
                return ExitCode.Ok;
            }
            surroundings.Out.Write(loaded.Effective);
            foreach (var warning in loaded.Warnings)
                surroundings.Error.WriteLine($"warning: {warning}");
            surroundings.Out.WriteLine("The configuration is valid.");
            return ExitCode.Ok;
        });
        return new Command("config", "The configuration") { check };
    }

    private static JsonObject ToJson(LoadedConfig loaded) => new()
    {
        ["settings"] = new JsonArray([.. loaded.Effective.Settings.Select(s => Entry(s.Key, "value", s.Value, s.Location))]),
        ["warnings"] = new JsonArray([.. loaded.Warnings.Select(w => Entry(w.Key, "text", w.Text, w.Location))]),
    };

    private static JsonObject Entry(string key, string name, string text, ConfigLocation location) =>
        new() { ["key"] = key, [name] = text, ["location"] = location.ToString() };
}
