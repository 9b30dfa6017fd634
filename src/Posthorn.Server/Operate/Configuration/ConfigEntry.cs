namespace Posthorn.Server.Operate.Configuration;

/// <summary>A key of a map, where the key stands, and its value.</summary>
public sealed record ConfigEntry(ConfigLocation Location, string Key, ConfigNode Value);
