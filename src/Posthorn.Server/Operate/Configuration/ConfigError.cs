namespace Posthorn.Server.Operate.Configuration;

/// <summary>One thing that is wrong with the configuration: where, which key (empty when it is the file itself), why and what would be right.</summary>
public sealed record ConfigError(ConfigLocation Location, string Key, string Reason)
{
    public override string ToString() => Key.Length == 0 ? $"{Location}: {Reason}" : $"{Location}: {Key}: {Reason}";
}
