using System.Text;
using System.Text.RegularExpressions;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>
/// What is set, one line a value with the place it came from, secrets masked: logged once at start and printed by <c>posthorn config check</c>.
/// What is not in it has its default (docs/guide/configuration.md).
/// </summary>
public sealed partial class EffectiveConfig
{
    private const string Mask = "********";

    private EffectiveConfig(IReadOnlyList<EffectiveSetting> settings) => Settings = settings;

    /// <summary>Nothing is set.</summary>
    public static EffectiveConfig None { get; } = new([]);

    /// <summary>All settings that are set, in the order written.</summary>
    public IReadOnlyList<EffectiveSetting> Settings { get; }

    /// <summary>The settings of a tree.</summary>
    public static EffectiveConfig Of(ConfigNode tree) => new(Flatten(tree, isSecret: false).ToList());

    /// <summary>One line a setting: <c>outgoing.relay = 127.0.0.1:2626  (posthorn.yaml:31:10)</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var setting in Settings)
            text.Append(setting).Append('\n');
        return text.ToString();
    }

    private static IEnumerable<EffectiveSetting> Flatten(ConfigNode node, bool isSecret) => node switch
    {
        ConfigNode.Map map => map.Entries.SelectMany(e => Flatten(e.Value, isSecret || SecretKey().IsMatch(e.Key))),
        ConfigNode.List list => list.Items.SelectMany(i => Flatten(i, isSecret)),
        ConfigNode.Scalar scalar => [new EffectiveSetting(scalar.Path, isSecret ? Mask : Shown(scalar.Text), scalar.Location)],
        _ => throw new InvalidOperationException($"A {node.GetType().Name} is no kind of node."),
    };

    private static string Shown(string text) => QuerySecret().Replace(ConnectionPassword().Replace(UrlPassword().Replace(text, $"${{user}}:{Mask}@"), $"${{key}}{Mask}"), $"${{key}}{Mask}");

    // Rather a masked name too many than a secret in a log: "secret-key", "api-token", "Authorization" of a header that a mailet sends.
    [GeneratedRegex("passw|secret|token|authorization|credential|api-?key", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex SecretKey();

    [GeneratedRegex("(?<user>://[^/@:\\s]*):[^/@\\s]*@", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex UrlPassword();

    [GeneratedRegex("(?<key>(^|;)\\s*(password|pwd|passfile|ssl password)\\s*=)[^;]*", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ConnectionPassword();

    [GeneratedRegex("(?<key>[?&](secret-key|access-key)=)[^&]*", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex QuerySecret();
}
