using Posthorn.Server.Operate.Configuration;

namespace Posthorn.UnitTests.Operate.Configuration;

/// <summary>Loads a configuration from a text named <c>p.yaml</c> and tells its faults as lines.</summary>
internal static class ConfigText
{
    public static LoadedConfig Load(string yaml, params (string Name, string Value)[] environment) =>
        ConfigLoader.LoadText(yaml, "p.yaml", environment.Select(v => KeyValuePair.Create(v.Name, v.Value)));

    public static string[] Faults(string yaml, params (string Name, string Value)[] environment)
    {
        try
        {
            Load(yaml, environment);
            return [];
        }
        catch (ConfigException e)
        {
            return e.Errors.Select(f => f.ToString()).ToArray();
        }
    }
}
