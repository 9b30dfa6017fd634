using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>
/// Reads a YAML file as a tree in which every node knows its line and column. The part of YAML that configuration needs: maps, lists and scalars,
/// one document. Anchors, aliases, merge keys and tags are refused, each with what to write instead: what a setting is should be seen where it stands.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>Largest file, in bytes; a larger one is no configuration.</summary>
    private const int FileBytesMax = 4 << 20;

    /// <summary>Deepest nesting; the pipeline needs about 8.</summary>
    private const int DepthMax = 64;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _source;
    private readonly ICollection<ConfigError> _errors;
    private readonly Parser _parser;

    private YamlTree(string text, string source, ICollection<ConfigError> errors)
    {
        _source = source;
        _errors = errors;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>The settings of a file; null, and at least one error more, when it cannot be read or is no YAML.</summary>
    public static ConfigNode.Map? ReadFile(string path, ICollection<ConfigError> errors)
    {
        var location = new ConfigLocation(path);
        try
        {
            if (Directory.Exists(path))
                errors.Add(new ConfigError(location, "", "is a folder; name the configuration file in it"));
            else if (new FileInfo(path) is { Length: > FileBytesMax } file)
                errors.Add(new ConfigError(location, "", $"has {file.Length} bytes; a configuration has at most {FileBytesMax}"));
            else
                return ReadBytes(File.ReadAllBytes(path), path, errors);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(new ConfigError(location, "", "there is no such file; check the path given with --config"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigError(location, "", $"cannot be read: {e.Message} Check its permissions"));
        }

        return null;
    }

    /// <summary>The settings in a file's bytes.</summary>
    public static ConfigNode.Map? ReadBytes(ReadOnlySpan<byte> bytes, string source, ICollection<ConfigError> errors)
    {
        if (bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            errors.Add(new ConfigError(new ConfigLocation(source, 1, 1), "", "is UTF-16; save it as UTF-8"));
            return null;
        }

        try
        {
            return ReadText(s_strictUtf8.GetString(bytes), source, errors);
        }
        catch (DecoderFallbackException e)
        {
            var before = Encoding.UTF8.GetString(bytes[..e.Index]);
            errors.Add(new ConfigError(PlaceBehind(before, source), "", $"byte 0x{e.BytesUnknown![0]:X2} is not UTF-8; save the file as UTF-8"));
            return null;
        }
    }

    /// <summary>The settings in a text.</summary>
    public static ConfigNode.Map? ReadText(string text, string source, ICollection<ConfigError> errors)
    {
        var control = text.AsSpan().IndexOfAnyInRange('\0', '\u0008');
        if (control >= 0)
        {
            errors.Add(new ConfigError(PlaceBehind(text[..control], source), "", $"the control character 0x{(int)text[control]:X2} cannot stand in a configuration"));
            return null;
        }

        switch (ReadNode(text, source, "", errors))
        {
            case ConfigNode.Map map:
                return map;
            case null:
                return null;
            case ConfigNode.Scalar { Text: "", IsQuoted: false }:
                errors.Add(new ConfigError(new ConfigLocation(source, 1, 1), "", "holds no settings; write some, or run without --config to take the defaults"));
                return null;
            case ConfigNode.Scalar { Text: var line } other when line.Contains(':', StringComparison.Ordinal):
                errors.Add(new ConfigError(other.Location, "", $"'{line}' is no \"key: value\"; put a space behind the colon"));
                return null;
            case var other:
                errors.Add(new ConfigError(other.Location, "", "a configuration is a map of \"key: value\" lines; this is something else"));
                return null;
        }
    }

    /// <summary>Any one node, such as the value of an environment variable; null, and an error more, when it is no YAML.</summary>
    public static ConfigNode? ReadNode(string text, string source, string path, ICollection<ConfigError> errors)
    {
        var tree = new YamlTree(text, source, errors);
        try
        {
            return tree.ReadDocument(path);
        }
        catch (YamlException e)
        {
            errors.Add(Explain(text, source, e));
            return null;
        }
        catch (InvalidOperationException)
        {
            // The scanner loses its state when a flow collection is left open and a block key follows.
            var at = tree._parser.Current?.End;
            errors.Add(new ConfigError(new ConfigLocation(source, (int)(at?.Line ?? 1), (int)(at?.Column ?? 1)), "", "a '{' or '[' that was opened before is not closed here"));
            return null;
        }
    }

    private ConfigNode? ReadDocument(string path)
    {
        Next<StreamStart>();
        if (_parser.Current is StreamEnd)
            return new ConfigNode.Scalar(new ConfigLocation(_source, 1, 1), path, "");
        Next<DocumentStart>();
        var root = Read(path, depth: 0);
        Next<DocumentEnd>();
        if (_parser.Current is DocumentStart second)
        {
            _errors.Add(new ConfigError(LocationOf(second), "", "a second document begins here; a configuration is one document"));
            return null;
        }

        return root;
    }

    private ConfigNode Read(string path, int depth)
    {
        var current = _parser.Current!;
        var location = LocationOf(current);
        if (depth > DepthMax)
            throw new SemanticErrorException(current.Start, current.End, $"is nested more than {DepthMax} deep");
        RefuseAnchorAndTag(current, location, path);
        switch (current)
        {
            case MappingStart:
                return new ConfigNode.Map(location, path, ReadEntries(path, depth));
            case SequenceStart:
                return new ConfigNode.List(location, path, ReadItems(path, depth));
            case Scalar scalar:
                _parser.MoveNext();
                var isPlain = scalar.Style == ScalarStyle.Plain;
                return new ConfigNode.Scalar(location, path, isPlain && scalar.Value is "~" or "null" ? "" : scalar.Value, !isPlain);
            case AnchorAlias alias:
                _parser.MoveNext();
                Refuse(location, path, $"'*{alias.Value}' reads as a YAML alias, which is not supported; quote a text that begins with '*'");
                return new ConfigNode.Scalar(location, path, $"*{alias.Value}");
            default:
                throw new InvalidOperationException($"A {current.GetType().Name} cannot begin a node.");
        }
    }

    private List<ConfigEntry> ReadEntries(string path, int depth)
    {
        Next<MappingStart>();
        var entries = new List<ConfigEntry>();
        var places = new Dictionary<string, ConfigLocation>(StringComparer.Ordinal);
        while (_parser.Current is not MappingEnd)
        {
            var location = LocationOf(_parser.Current!);
            var key = ReadKey(location, path, depth);
            var keyPath = path.Length == 0 ? key : $"{path}.{key}";
            var value = Read(keyPath, depth + 1);
            if (key.Length == 0)
                continue;
            if (key == "<<")
                Refuse(location, path, "merge keys ('<<') are not supported; write the settings out");
            else if (!places.TryAdd(key, location))
                Refuse(location, keyPath, $"stands here twice; the first is in line {places[key].Line}. Remove one");
            else
                entries.Add(new ConfigEntry(location, key, value));
        }

        Next<MappingEnd>();
        return entries;
    }

    private string ReadKey(ConfigLocation location, string path, int depth)
    {
        if (_parser.Current is MappingStart or SequenceStart)
        {
            Refuse(location, path, "a map or a list cannot be a key; quote a text that begins with '{' or '['");
            Read(path, depth + 1);
            return "";
        }

        var key = Read(path, depth + 1) is ConfigNode.Scalar scalar ? scalar.Text : "";
        if (key.Length == 0)
            Refuse(location, path, "a key is missing in front of the colon");
        return key;
    }

    private List<ConfigNode> ReadItems(string path, int depth)
    {
        Next<SequenceStart>();
        var items = new List<ConfigNode>();
        while (_parser.Current is not SequenceEnd)
            items.Add(Read($"{path}[{items.Count}]", depth + 1));
        Next<SequenceEnd>();
        return items;
    }

    private void RefuseAnchorAndTag(ParsingEvent current, ConfigLocation location, string path)
    {
        if (current is not NodeEvent node)
            return;
        if (!node.Anchor.IsEmpty && current is not AnchorAlias)
            Refuse(location, path, $"'&{node.Anchor.Value}' reads as a YAML anchor, which is not supported; quote a text that begins with '&'");
        if (!node.Tag.IsEmpty)
            Refuse(location, path, $"'{node.Tag.Value}' reads as a YAML tag, which is not supported; quote a text that begins with '!' (in an expression, write \"not\")");
    }

    private void Refuse(ConfigLocation location, string path, string reason) => _errors.Add(new ConfigError(location, path, reason));

    private ConfigLocation LocationOf(ParsingEvent at) => new(_source, (int)at.Start.Line, (int)at.Start.Column);

    private void Next<T>()
        where T : ParsingEvent
    {
        if (_parser.Current is null)
            _parser.MoveNext();
        if (_parser.Current is not T)
            throw new InvalidOperationException($"{typeof(T).Name} was expected, not {_parser.Current?.GetType().Name}.");
        _parser.MoveNext();
    }

    /// <summary>The parser's words are about grammar; most faults have a plain cause that can be seen in the line.</summary>
    private static ConfigError Explain(string text, string source, YamlException e)
    {
        var lines = text.Split('\n');
        var line = Math.Clamp((int)e.Start.Line, 1, lines.Length);
        for (var i = 0; i <= Math.Min(line, lines.Length - 1); i++)
        {
            var indent = lines[i].AsSpan(0, lines[i].Length - lines[i].AsSpan().TrimStart().Length);
            var tab = indent.IndexOf('\t');
            if (tab >= 0 && e.Message.Contains("tab", StringComparison.Ordinal))
                return new ConfigError(new ConfigLocation(source, i + 1, tab + 1), "", "a tab indents this line; YAML wants spaces");
        }

        var content = lines[line - 1].AsSpan().TrimStart("- ");
        if (content is ['*', ..])
            return new ConfigError(new ConfigLocation(source, line, lines[line - 1].Length - content.Length + 1), "", "a text that begins with '*' must stand in quotes");

        var place = new ConfigLocation(source, line, (int)e.Start.Column);
        var at = lines[line - 1].Length >= e.Start.Column ? lines[line - 1][(int)e.Start.Column - 1] : '\0';
        var reason = e.Message switch
        {
            var m when m.Contains("cannot start any token", StringComparison.Ordinal) => $"a text that begins with '{at}' must stand in quotes",
            var m when m.Contains("quoted scalar", StringComparison.Ordinal) && m.Contains("escape", StringComparison.Ordinal) =>
                "this text has a backslash that is no escape; put it in single quotes, or double the backslash",
            var m when m.Contains("quoted scalar", StringComparison.Ordinal) => "the quote that opens here is not closed",
            var m when m.Contains("flow sequence", StringComparison.Ordinal) => "a '[' that was opened before is not closed here",
            var m when m.Contains("flow mapping", StringComparison.Ordinal) => "a '{' that was opened before is not closed here",
            var m when m.Contains("plain scalar value, found invalid mapping", StringComparison.Ordinal) =>
                "a second \": \" in one line, or a line indented too far; a text with \": \" in it must stand in quotes",
            var m when m.Contains("did not find expected node content", StringComparison.Ordinal) => "a value was expected here; a text that begins with one of []{},? must stand in quotes",
            var m when m.Contains("did not find expected key", StringComparison.Ordinal) => "a \"key: value\" was expected here; check the indentation of this line and the one before",
            var m when m.Contains("Block sequence entries", StringComparison.Ordinal) => "a list cannot begin here; put \"- \" on a line of its own below the key",
            var m when m.StartsWith("is nested", StringComparison.Ordinal) => m,
            var m => $"this is no YAML: {m}",
        };
        return new ConfigError(place, "", reason);
    }

    private static ConfigLocation PlaceBehind(string text, string source) =>
        new(source, text.AsSpan().Count('\n') + 1, text.Length - (text.LastIndexOf('\n') + 1) + 1);
}
