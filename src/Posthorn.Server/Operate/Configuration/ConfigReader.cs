using System.Globalization;
using System.Net;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>
/// Reads one section: each value by its key, with its default and bounds. Every fault is added to the errors and the default returned, so that
/// one run tells them all. <see cref="Close"/> then refuses the keys that nobody asked for.
/// </summary>
public sealed class ConfigReader
{
    private readonly ConfigNode.Map _map;
    private readonly ICollection<ConfigError> _errors;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private ConfigReader(ConfigNode.Map map, ICollection<ConfigError> errors) => (_map, _errors) = (map, errors);

    /// <summary>Opens a section. One without any keys (<c>outgoing:</c> and nothing below) is as good as absent; anything else but a map is an error.</summary>
    public static ConfigReader Open(ConfigNode node, ICollection<ConfigError> errors)
    {
        if (node is ConfigNode.Map map)
            return new ConfigReader(map, errors);
        if (node is not ConfigNode.Scalar { Text: "", IsQuoted: false })
            errors.Add(new ConfigError(node.Location, node.Path, $"{Describe(node)} stands where keys with values belong, like \"{node.Path}: {{ key: value }}\""));
        return new ConfigReader(new ConfigNode.Map(node.Location, node.Path, []), errors);
    }

    /// <summary>Where the section stands.</summary>
    public ConfigLocation Location => _map.Location;

    /// <summary>The key path of the section; empty for the root.</summary>
    public string Path => _map.Path;

    /// <summary>The node of a key, which becomes a known one; null when absent.</summary>
    public ConfigNode? Node(string key)
    {
        _known.Add(key);
        return _map[key];
    }

    /// <summary>Whether the key is given.</summary>
    public bool Has(string key) => Node(key) is not null;

    /// <summary>Text that is not empty; null when absent.</summary>
    public string? Text(string key) => Scalar(key)?.Text;

    /// <summary>Text that is not empty.</summary>
    public string Text(string key, string byDefault) => Text(key) ?? byDefault;

    /// <summary>Text that must be there.</summary>
    public string RequiredText(string key)
    {
        if (Has(key))
            return Text(key) ?? "";
        _errors.Add(new ConfigError(Location, PathOf(key), "is missing and must be given"));
        return "";
    }

    /// <summary>The path of a file, made absolute (<see cref="ConfigLocation.ResolvePath"/>); null when absent.</summary>
    public string? FilePath(string key) => Scalar(key) is { } scalar ? scalar.Location.ResolvePath(scalar.Text) : null;

    /// <summary>A list of texts; a single text is a list of one.</summary>
    public IReadOnlyList<string> Texts(string key) => Items(key).Select(i => i.Text).ToList();

    /// <summary>The scalars of a list, with their places; a single scalar is a list of one.</summary>
    public IReadOnlyList<ConfigNode.Scalar> Items(string key)
    {
        switch (Node(key))
        {
            case null:
                return [];
            case ConfigNode.List list:
                return list.Items.Select(AsScalar).OfType<ConfigNode.Scalar>().ToList();
            case var single:
                return AsScalar(single) is { } scalar ? [scalar] : [];
        }
    }

    /// <summary>A whole number within bounds.</summary>
    public int Integer(string key, int byDefault, int min = 0, int max = int.MaxValue) => OptionalInteger(key, min, max) ?? byDefault;

    /// <summary>A whole number within bounds; null when absent.</summary>
    public int? OptionalInteger(string key, int min = 0, int max = int.MaxValue) => (int?)OptionalLong(key, min, max);

    /// <summary>A whole number within bounds; null when absent.</summary>
    public long? OptionalLong(string key, long min = 0, long max = long.MaxValue)
    {
        if (Scalar(key) is not { } scalar)
            return null;
        // "1_000" reads well in YAML and means what it says.
        if (!long.TryParse(scalar.Text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return Refuse<long>(scalar, $"'{scalar.Text}' is no whole number");
        return number >= min && number <= max ? number : Refuse<long>(scalar, $"{number} is out of bounds; {Bounds(min, max, long.MaxValue)}");
    }

    /// <summary>Bytes within bounds; see <see cref="ConfigScalar.TrySize"/>.</summary>
    public long Size(string key, long byDefault, long min = 0, long max = long.MaxValue) => OptionalSize(key, min, max) ?? byDefault;

    /// <summary>Bytes within bounds; null when absent.</summary>
    public long? OptionalSize(string key, long min = 0, long max = long.MaxValue)
    {
        if (Scalar(key) is not { } scalar)
            return null;
        if (!ConfigScalar.TrySize(scalar.Text, out var bytes, out var reason))
            return Refuse<long>(scalar, reason);
        return bytes >= min && bytes <= max ? bytes : Refuse<long>(scalar, $"{scalar.Text} is out of bounds; {Bounds(min, max, long.MaxValue, " bytes")}");
    }

    /// <summary>A time span within bounds; see <see cref="ConfigScalar.TryDuration"/>.</summary>
    public TimeSpan Duration(string key, TimeSpan byDefault, TimeSpan min = default, TimeSpan? max = null) => OptionalDuration(key, min, max) ?? byDefault;

    /// <summary>A time span within bounds; null when absent.</summary>
    public TimeSpan? OptionalDuration(string key, TimeSpan min = default, TimeSpan? max = null)
    {
        if (Scalar(key) is not { } scalar)
            return null;
        if (!ConfigScalar.TryDuration(scalar.Text, out var duration, out var reason))
            return Refuse<TimeSpan>(scalar, reason);
        var isWithin = duration >= min && (max is null || duration <= max);
        return isWithin ? duration : Refuse<TimeSpan>(scalar, $"{scalar.Text} is out of bounds; {Bounds(Show(min), max is { } m ? Show(m) : null)}");
    }

    /// <summary>Yes or no.</summary>
    public bool Flag(string key, bool byDefault) => OptionalFlag(key) ?? byDefault;

    /// <summary>Yes or no; null when absent.</summary>
    public bool? OptionalFlag(string key)
    {
        if (Scalar(key) is not { } scalar)
            return null;
        return ConfigScalar.TryFlag(scalar.Text, out var flag, out var reason) ? flag : Refuse<bool>(scalar, reason);
    }

    /// <summary>One of a few words: the names of <typeparamref name="T"/> in lower case with hyphens (<c>VerifyCertificate</c> is <c>verify-certificate</c>).</summary>
    public T Choice<T>(string key, T byDefault)
        where T : struct, Enum
    {
        if (Scalar(key) is not { } scalar)
            return byDefault;
        var words = Enum.GetValues<T>().Select(v => (Value: v, Word: Hyphenated(v.ToString()))).ToArray();
        foreach (var (value, word) in words)
        {
            if (word.Equals(scalar.Text, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        return Refuse<T>(scalar, $"'{scalar.Text}' is not one of {string.Join(", ", words.Select(w => w.Word))}") ?? byDefault;
    }

    /// <summary>Where to listen, <paramref name="byDefault"/> when absent; see <see cref="ConfigScalar.TryEndpoint"/>.</summary>
    public IPEndPoint? Endpoint(string key, IPEndPoint? byDefault)
    {
        if (Scalar(key) is not { } scalar)
            return byDefault;
        if (ConfigScalar.TryEndpoint(scalar.Text, out var endpoint, out var reason))
            return endpoint;
        Refuse(scalar, reason);
        return byDefault;
    }

    /// <summary>A list of networks; see <see cref="ConfigScalar.TryNetwork"/>.</summary>
    public IReadOnlyList<IPNetwork> Networks(string key)
    {
        var networks = new List<IPNetwork>();
        foreach (var item in Items(key))
        {
            if (ConfigScalar.TryNetwork(item.Text, out var network, out var reason))
                networks.Add(network);
            else
                Refuse(item, reason);
        }

        return networks;
    }

    /// <summary>The section below a key; null when absent.</summary>
    public ConfigReader? Section(string key) => Node(key) is { } node ? Open(node, _errors) : null;

    /// <summary>The sections of a list of maps; none when absent.</summary>
    public IReadOnlyList<ConfigReader> Sections(string key)
    {
        switch (Node(key))
        {
            case null or ConfigNode.Scalar { Text: "", IsQuoted: false }:
                return [];
            case ConfigNode.List list:
                return list.Items.Select(i => Open(i, _errors)).ToList();
            case var other:
                Refuse(other, $"{Describe(other)} stands where a list of maps belongs, like \"- {{ key: value }}\"");
                return [];
        }
    }

    /// <summary>All entries of a section whose keys are names that the administrator chose; none of them is unknown.</summary>
    public IReadOnlyList<ConfigEntry> Entries()
    {
        _known.UnionWith(_map.Entries.Select(e => e.Key));
        return _map.Entries;
    }

    /// <summary>Says that the section as a whole cannot be taken.</summary>
    public void Refuse(string reason) => _errors.Add(new ConfigError(Location, Path, reason));

    /// <summary>Says that the value of a key cannot be taken; the place is that of its value, or of the section when it is absent.</summary>
    public void Refuse(string key, string reason) => _errors.Add(new ConfigError(Node(key)?.Location ?? Location, PathOf(key), reason));

    /// <summary>Ends the section: every key that was not asked for is an error, with the known key that was probably meant.</summary>
    public void Close()
    {
        foreach (var entry in _map.Entries.Where(e => !_known.Contains(e.Key)))
        {
            var meant = Spelling.Nearest(entry.Key, _known) is { } near
                ? $"did you mean '{near}'?"
                : $"known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}";
            _errors.Add(new ConfigError(entry.Location, entry.Value.Path, $"there is no such key; {meant}"));
        }
    }

    private ConfigNode.Scalar? Scalar(string key) => Node(key) is { } node ? AsScalar(node) : null;

    private ConfigNode.Scalar? AsScalar(ConfigNode node)
    {
        if (node is not ConfigNode.Scalar scalar)
            Refuse(node, $"{Describe(node)} stands where one value belongs");
        else if (scalar.Text.Length == 0)
            Refuse(node, "has no value; give one, or leave the key out");
        else
            return scalar;
        return null;
    }

    private T? Refuse<T>(ConfigNode.Scalar scalar, string reason)
        where T : struct
    {
        Refuse(scalar, reason);
        return null;
    }

    private void Refuse(ConfigNode node, string reason) => _errors.Add(new ConfigError(node.Location, node.Path, reason));

    private string PathOf(string key) => _map.Path.Length == 0 ? key : $"{_map.Path}.{key}";

    private static string Describe(ConfigNode node) => node switch
    {
        ConfigNode.List => "a list",
        ConfigNode.Map => "a map",
        ConfigNode.Scalar scalar => $"'{scalar.Text}'",
        _ => throw new InvalidOperationException($"A {node.GetType().Name} is no kind of node."),
    };

    private static string Bounds(long min, long max, long open, string unit = "") => Bounds($"{min}{unit}", max == open ? null : $"{max}{unit}");

    private static string Bounds(string min, string? max) => max is null ? $"at least {min}" : $"from {min} to {max}";

    private static string Show(TimeSpan span) => span switch
    {
        _ when span == TimeSpan.Zero => "0",
        _ when span.Ticks % TimeSpan.TicksPerDay == 0 => $"{span.Ticks / TimeSpan.TicksPerDay}d",
        _ when span.Ticks % TimeSpan.TicksPerHour == 0 => $"{span.Ticks / TimeSpan.TicksPerHour}h",
        _ when span.Ticks % TimeSpan.TicksPerMinute == 0 => $"{span.Ticks / TimeSpan.TicksPerMinute}m",
        _ when span.Ticks % TimeSpan.TicksPerSecond == 0 => $"{span.Ticks / TimeSpan.TicksPerSecond}s",
        _ => $"{span.TotalMilliseconds}ms",
    };

    private static string Hyphenated(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
