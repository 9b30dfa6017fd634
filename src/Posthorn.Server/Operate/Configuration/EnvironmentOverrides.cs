using System.Globalization;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>
/// Puts environment variables over the settings of the file: <c>POSTHORN__OUTGOING__RELAY=127.0.0.1:2626</c> sets <c>outgoing.relay</c>.
/// Two underscores go one level down, a single one is a hyphen, a number is a place in a list (the next free one appends).
/// </summary>
/// <remarks>
/// A name finds the key that is there already, whatever its case (queues' names have a case); otherwise it makes one in lower case.
/// A value within <c>{ }</c> or <c>[ ]</c> is read as YAML, any other is taken as it is. An empty value takes the key away, back to its default.
/// </remarks>
internal static class EnvironmentOverrides
{
    public const string Prefix = "POSTHORN__";

    public static ConfigNode.Map Apply(ConfigNode.Map root, IEnumerable<KeyValuePair<string, string>> environment, ICollection<ConfigError> errors)
    {
        // Shorter names first: a whole section, then keys in it. Numbers in order, so that POSTHORN__ACCOUNTS__10 appends after __9.
        var overrides = environment
            .Where(v => v.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(v => (v.Key, v.Value, Path: v.Key[Prefix.Length..].Split("__")))
            .OrderBy(v => v.Path.Length)
            .ThenBy(v => string.Join('\0', v.Path.Select(s => IsIndex(s) ? s.PadLeft(9, '0') : s)), StringComparer.Ordinal);
        ConfigNode? tree = root;
        foreach (var (name, value, path) in overrides)
        {
            var location = new ConfigLocation($"environment {name}");
            if (path.Any(s => s.Length == 0))
                errors.Add(new ConfigError(location, "", "names no setting; write POSTHORN__SECTION__KEY with two underscores for each level"));
            else
                tree = Set(tree, path, new Override(location, value, errors), "") ?? root with { Entries = [] };
        }

        return (ConfigNode.Map)tree;
    }

    private static ConfigNode? Set(ConfigNode? node, ReadOnlySpan<string> path, Override over, string keyPath)
    {
        if (path.IsEmpty)
            return over.ToNode(keyPath);
        return node switch
        {
            ConfigNode.List list => SetItem(list, path, over),
            ConfigNode.Map map => SetEntry(map, path, over),
            _ when IsIndex(path[0]) => SetItem(new ConfigNode.List(over.Location, keyPath, []), path, over),
            _ => SetEntry(new ConfigNode.Map(over.Location, keyPath, []), path, over),
        };
    }

    private static ConfigNode SetItem(ConfigNode.List list, ReadOnlySpan<string> path, Override over)
    {
        if (!IsIndex(path[0]) || int.Parse(path[0], CultureInfo.InvariantCulture) is var index && index > list.Items.Count)
        {
            over.Errors.Add(new ConfigError(over.Location, list.Path, $"is a list of {list.Items.Count}; '{path[0]}' should be a number from 0 to {list.Items.Count}"));
            return list;
        }

        var items = list.Items.ToList();
        var item = Set(index < items.Count ? items[index] : null, path[1..], over, $"{list.Path}[{index}]");
        if (index < items.Count && item is null)
            items.RemoveAt(index);
        else if (index < items.Count)
            items[index] = item!;
        else if (item is not null)
            items.Add(item);
        return list with { Items = items };
    }

    private static ConfigNode SetEntry(ConfigNode.Map map, ReadOnlySpan<string> path, Override over)
    {
        var segment = path[0];
        var meant = map.Entries.Where(e => IsMeant(segment, e.Key)).ToList();
        if (meant.Count > 1 && meant.Find(e => e.Key == segment) is { } exact)
            meant = [exact];
        if (meant.Count > 1)
        {
            over.Errors.Add(new ConfigError(over.Location, map.Path, $"'{segment}' can mean {string.Join(" or ", meant.Select(e => $"'{e.Key}'"))}; set it in the file"));
            return map;
        }

        var key = meant.Count == 1 ? meant[0].Key : segment.Replace('_', '-').ToLowerInvariant();
        var value = Set(meant.Count == 1 ? meant[0].Value : null, path[1..], over, map.Path.Length == 0 ? key : $"{map.Path}.{key}");
        var entries = map.Entries.ToList();
        var at = entries.FindIndex(e => e.Key == key);
        if (at >= 0 && value is null)
            entries.RemoveAt(at);
        else if (at >= 0)
            entries[at] = entries[at] with { Value = value! };
        else if (value is not null)
            entries.Add(new ConfigEntry(over.Location, key, value));
        return map with { Entries = entries };
    }

    private static bool IsMeant(string segment, string key) =>
        key.Replace('-', '_').Equals(segment.Replace('-', '_'), StringComparison.OrdinalIgnoreCase);

    private static bool IsIndex(string segment) => segment.Length is > 0 and < 6 && segment.All(char.IsAsciiDigit);

    /// <summary>One variable: where it is named in errors, and its value.</summary>
    private sealed record Override(ConfigLocation Location, string Value, ICollection<ConfigError> Errors)
    {
        public ConfigNode? ToNode(string path)
        {
            var value = Value.Trim();
            var isYaml = value is ['{', .., '}'] or ['[', .., ']'];
            if (!isYaml)
                return value.Length == 0 ? null : new ConfigNode.Scalar(Location, path, value, IsQuoted: true);
            var read = new List<ConfigError>();
            var node = YamlTree.ReadNode(value, Location.Source, path, read);
            foreach (var error in read)
                Errors.Add(error with { Location = Location });
            return node is null ? null : At(node);
        }

        // Lines and columns within a variable would only mislead.
        private ConfigNode At(ConfigNode node) => node switch
        {
            ConfigNode.Map map => map with { Location = Location, Entries = map.Entries.Select(e => new ConfigEntry(Location, e.Key, At(e.Value))).ToList() },
            ConfigNode.List list => list with { Location = Location, Items = list.Items.Select(At).ToList() },
            _ => node with { Location = Location },
        };
    }
}
