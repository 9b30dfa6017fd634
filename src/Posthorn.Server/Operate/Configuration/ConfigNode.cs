namespace Posthorn.Server.Operate.Configuration;

/// <summary>A piece of the configuration as it was written, with its place: a scalar, a list or a map. Concerns bind themselves from it.</summary>
public abstract record ConfigNode(ConfigLocation Location, string Path)
{
    /// <summary>A plain value; its text without quotes. <c>IsQuoted</c> tells <c>"yes"</c> from <c>yes</c>; an absent value is an empty, unquoted text.</summary>
    public sealed record Scalar(ConfigLocation Location, string Path, string Text, bool IsQuoted = false) : ConfigNode(Location, Path);

    /// <summary>A list.</summary>
    public sealed record List(ConfigLocation Location, string Path, IReadOnlyList<ConfigNode> Items) : ConfigNode(Location, Path);

    /// <summary>A map, in the order written; a key never stands twice (the loader refuses it).</summary>
    public sealed record Map(ConfigLocation Location, string Path, IReadOnlyList<ConfigEntry> Entries) : ConfigNode(Location, Path)
    {
        public ConfigNode? this[string key] => Entries.FirstOrDefault(e => e.Key == key)?.Value;
    }
}
