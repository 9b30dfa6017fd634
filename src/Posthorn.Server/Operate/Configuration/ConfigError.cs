namespace Posthorn.Server.Operate.Configuration;

/// <summary>One thing that is wrong with the configuration: where, which key, why and what would be right.</summary>
public sealed record ConfigError(ConfigLocation Location, string Key, string Reason)
{
    public override string ToString() => $"{Location}: {Key}: {Reason}";
}
